import type { Change, Person } from "./model.ts";

const SEARCH = "src/catalog/search.mjs";

/**
 * Nothing crashes: every search asks the warehouse about all products, one after the other, before it looks which of them
 * are wanted. The shop's own tests pass, only slower. The fix's test fails without it.
 */
export const slowSearch: { title: string; author: Person; change: Change; fix: Change } = {
  title: "Every search waits for the warehouse, once for each product",
  author: { name: "Noor Haddad", email: "noor@pine-shop.example", login: "noor-haddad" },
  change: {
    message: "feat(catalog): search results say what the warehouse has",
    edits: [
      {
        path: "src/stock/warehouse.mjs",
        create: `import { setTimeout as pause } from "node:timers/promises";
import { stockOf } from "./refresh.mjs";

const ANSWER_MS = 230;

/** What the warehouse has of a product. It is in another town, and takes its time. */
export async function askWarehouse(sku) {
  await pause(ANSWER_MS);
  return stockOf(sku);
}
`,
      },
      {
        path: SEARCH,
        find: `import { listProducts } from "./products.mjs";
`,
        replace: `import { askWarehouse } from "../stock/warehouse.mjs";
import { listProducts } from "./products.mjs";
`,
      },
      {
        path: SEARCH,
        find: `export function searchProducts({ text, tag }) {
  const words = text.split(/\\s+/).filter(Boolean);
  return listProducts()
`,
        replace: `export async function searchProducts({ text, tag }) {
  const words = text.split(/\\s+/).filter(Boolean);
  const products = [];
  for (const product of listProducts()) products.push({ ...product, onHand: await askWarehouse(product.sku) });
  return products
`,
      },
      {
        path: "src/app.mjs",
        find: `({ rawQuery }) => json(200, { products: searchProducts(readSearch(rawQuery)) })],`,
        replace: `async ({ rawQuery }) => json(200, { products: await searchProducts(readSearch(rawQuery)) })],`,
      },
      {
        path: "test/catalog.test.mjs",
        find: `cheapest first", () => {
  const found = searchProducts(readSearch("q=mug"));
  assert.deepEqual(found.map((product) => product.sku), ["MUG-1"]);
  assert.equal(searchProducts(readSearch("")).length, 6);
`,
        replace: `cheapest first", async () => {
  const found = await searchProducts(readSearch("q=mug"));
  assert.deepEqual(found.map((product) => product.sku), ["MUG-1"]);
  assert.equal((await searchProducts(readSearch(""))).length, 6);
`,
      },
      {
        path: "test/catalog.test.mjs",
        find: `keeps to the tag", () => {
  const found = searchProducts(readSearch("tag=cook"));
`,
        replace: `keeps to the tag", async () => {
  const found = await searchProducts(readSearch("tag=cook"));
`,
      },
      {
        path: "test/catalog.test.mjs",
        find: `written as plus", () => {
  assert.deepEqual(searchProducts(readSearch("q=gas+stove")).map((product) => product.sku), ["STV-1"]);
`,
        replace: `written as plus", async () => {
  const found = await searchProducts(readSearch("q=gas+stove"));
  assert.deepEqual(found.map((product) => product.sku), ["STV-1"]);
`,
      },
    ],
  },
  fix: {
    message: "perf(catalog): search reads the stock that the shop knows",
    edits: [
      {
        path: SEARCH,
        find: `import { askWarehouse } from "../stock/warehouse.mjs";
`,
        replace: `import { stockOf } from "../stock/refresh.mjs";
`,
      },
      {
        path: SEARCH,
        find: `  const products = [];
  for (const product of listProducts()) products.push({ ...product, onHand: await askWarehouse(product.sku) });
`,
        replace: `  const products = listProducts().map((product) => ({ ...product, onHand: stockOf(product.sku) }));
`,
      },
      {
        path: "test/search-speed.test.mjs",
        create: `import assert from "node:assert/strict";
import { test } from "node:test";
import { readSearch, searchProducts } from "../src/catalog/search.mjs";

test("a search does not wait for the warehouse", async () => {
  const from = performance.now();
  const [mug] = await searchProducts(readSearch("q=mug"));
  assert.equal(mug.onHand, 0);
  assert.ok(performance.now() - from < 200);
});
`,
      },
    ],
  },
};
