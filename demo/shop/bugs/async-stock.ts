import type { Bug } from "./model.ts";

const REFRESH = "src/stock/refresh.mjs";

/** Background work loses its error handler, and a line without a quantity rejects it. */
export const asyncStock: Bug = {
  name: "async-stock",
  title: "The stock refresh dies on a line without a quantity, unhandled",
  error: { type: "TypeError", value: /Cannot read properties of undefined \(reading 'onHand'\)/ },
  crash: { path: REFRESH, function: "availableOf" },
  request: { method: "POST", path: "/stock/feed", body: { lines: [{ sku: "MUG-1" }] } },
  author: { name: "Sam Osei", email: "sam@pine-shop.example", login: "sam-osei" },
  change: {
    message: "refactor(stock): simplify the feed's quantities",
    edits: [
      {
        path: REFRESH,
        find: `  refreshStock(lines).catch((error) => reportError(error, { route: "stock refresh" }));
`,
        replace: `  refreshStock(lines);
`,
      },
      {
        path: REFRESH,
        find: `import { reportError } from "../telemetry.mjs";
`,
        replace: "",
      },
      {
        path: REFRESH,
        find: `// The supplier leaves \`quantity\` out for what it no longer carries.
function availableOf(line) {
  return Math.max(0, (line.quantity?.onHand ?? 0) - (line.quantity?.reserved ?? 0));
`,
        replace: `function availableOf(line) {
  return Math.max(0, line.quantity.onHand - line.quantity.reserved);
`,
      },
    ],
  },
  fix: {
    message: "fix(stock): a line without a quantity means none is left",
    edits: [
      {
        path: REFRESH,
        find: `  return Math.max(0, line.quantity.onHand - line.quantity.reserved);
`,
        replace: `  const { onHand = 0, reserved = 0 } = line.quantity ?? {};
  return Math.max(0, onHand - reserved);
`,
      },
      {
        path: "test/stock-no-quantity.test.mjs",
        create: `import assert from "node:assert/strict";
import { test } from "node:test";
import { refreshStock, stockOf } from "../src/stock/refresh.mjs";

test("a line without a quantity sets the stock to none and does not stop the refresh", async () => {
  const used = await refreshStock([{ sku: "MUG-1" }, { sku: "STV-1", quantity: { onHand: 3, reserved: 1 } }]);
  assert.equal(used, 2);
  assert.equal(stockOf("MUG-1"), 0);
  assert.equal(stockOf("STV-1"), 2);
});
`,
      },
    ],
  },
  badFix: {
    message: "fix(stock): skip lines whose quantity is null",
    edits: [
      {
        path: REFRESH,
        find: `    if (!productBySku(line?.sku)) continue;
`,
        replace: `    if (!productBySku(line?.sku)) continue;
    if (line.quantity === null) continue;
`,
      },
      {
        path: "test/stock-null-quantity.test.mjs",
        create: `import assert from "node:assert/strict";
import { test } from "node:test";
import { refreshStock } from "../src/stock/refresh.mjs";

test("a line whose quantity is null is skipped", async () => {
  assert.equal(await refreshStock([{ sku: "MUG-1", quantity: null }]), 0);
});
`,
      },
    ],
  },
};
