import assert from "node:assert/strict";
import { test } from "node:test";
import { refreshStock, stockOf } from "../src/stock/refresh.mjs";

test("a feed sets what is available", async () => {
  const used = await refreshStock([
    { sku: "TNT-2", quantity: { onHand: 9, reserved: 2 } },
    { sku: "UNKNOWN", quantity: { onHand: 1, reserved: 0 } },
  ]);
  assert.equal(used, 1);
  assert.equal(stockOf("TNT-2"), 7);
});
