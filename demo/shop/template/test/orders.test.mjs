import assert from "node:assert/strict";
import { test } from "node:test";
import { renderOrder } from "../src/orders/format.mjs";
import { getOrder } from "../src/orders/orders.mjs";

test("a shipped order says when it should arrive", () => {
  const order = renderOrder(getOrder("1001"));
  assert.equal(order.placedOn, "2026-03-02");
  assert.equal(order.status, "shipped");
  assert.equal(order.expectedOn, "2026-03-06");
});

test("an unknown order is not found", () => {
  assert.throws(() => getOrder("9999"), /no such order/);
});
