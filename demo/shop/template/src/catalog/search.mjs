import { listProducts } from "./products.mjs";

/** The search of a raw query string: `q` in lower case and `tag`, both maybe empty. */
export function readSearch(rawQuery) {
  const params = new URLSearchParams(rawQuery);
  return { text: (params.get("q") ?? "").trim().toLowerCase(), tag: params.get("tag") ?? "" };
}

/** Products whose name has every word of the text, cheapest first. */
export function searchProducts({ text, tag }) {
  const words = text.split(/\s+/).filter(Boolean);
  return listProducts()
    .filter((product) => !tag || product.tags.includes(tag))
    .filter((product) => words.every((word) => product.name.toLowerCase().includes(word)))
    .toSorted((a, b) => a.cents - b.cents);
}
