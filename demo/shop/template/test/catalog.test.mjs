import assert from "node:assert/strict";
import { test } from "node:test";
import { findProduct } from "../src/catalog/products.mjs";
import { readSearch, searchProducts } from "../src/catalog/search.mjs";

test("a search finds products by words of their name, cheapest first", () => {
  const found = searchProducts(readSearch("q=mug"));
  assert.deepEqual(found.map((product) => product.sku), ["MUG-1"]);
  assert.equal(searchProducts(readSearch("")).length, 6);
});

test("a search by tag keeps to the tag", () => {
  const found = searchProducts(readSearch("tag=cook"));
  assert.deepEqual(found.map((product) => product.sku), ["MUG-1", "CRE-1", "STV-1"]);
});

test("a blank in a search may be written as plus", () => {
  assert.deepEqual(searchProducts(readSearch("q=gas+stove")).map((product) => product.sku), ["STV-1"]);
});

test("a product is found by its slug, also percent-encoded", () => {
  assert.equal(findProduct("enamel-mug").sku, "MUG-1");
  assert.equal(findProduct("cr%C3%A8me-br%C3%BBl%C3%A9e-kit").sku, "CRE-1");
});
