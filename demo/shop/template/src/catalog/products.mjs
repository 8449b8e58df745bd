import { HttpError } from "../http.mjs";

const products = [
  { sku: "TNT-2", slug: "two-person-tent", name: "Two-person tent", cents: 18900, tags: ["tent", "sleep"] },
  { sku: "BAG-0", slug: "down-sleeping-bag", name: "Down sleeping bag", cents: 24900, tags: ["sleep"] },
  { sku: "STV-1", slug: "gas-stove", name: "Gas stove", cents: 5900, tags: ["cook"] },
  { sku: "MUG-1", slug: "enamel-mug", name: "Enamel mug", cents: 1250, tags: ["cook"] },
  { sku: "CRE-1", slug: "crème-brûlée-kit", name: "Crème brûlée kit", cents: 3900, tags: ["cook", "gift"] },
  { sku: "LMP-1", slug: "head-lamp", name: "Head lamp", cents: 3490, tags: ["light"] },
];

export function listProducts() {
  return products;
}

export function productBySku(sku) {
  return products.find((product) => product.sku === sku);
}

/** The product of a slug as it stands in the path, percent-encoded or not. */
export function findProduct(slug) {
  const wanted = decodePath(slug);
  const product = products.find((one) => one.slug === wanted);
  if (!product) throw new HttpError(404, "no such product");
  return product;
}

function decodePath(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new HttpError(400, "the address is not valid");
  }
}
