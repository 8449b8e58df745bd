import type { Bug } from "./model.ts";

const FORMAT = "src/orders/format.mjs";

/** Delivery dates are computed for orders that have not left yet. */
export const orderDate: Bug = {
  name: "order-date",
  title: "The page of an order that has not been shipped crashes",
  error: { type: "RangeError", value: /Invalid time value/ },
  crash: { path: FORMAT, function: "day" },
  request: { method: "GET", path: "/orders/1003" },
  author: { name: "Jonas Weber", email: "jonas@pine-shop.example", login: "jonas-weber" },
  change: {
    message: "perf(orders): compute the delivery date without a mutable Date",
    edits: [
      {
        path: FORMAT,
        find: `    expectedOn: order.shippedAt ? expectedDelivery(order.shippedAt) : null,
`,
        replace: `    expectedOn: expectedDelivery(order.shippedAt),
`,
      },
      {
        path: FORMAT,
        find: `  const date = new Date(shippedAt);
  date.setUTCDate(date.getUTCDate() + DELIVERY_DAYS);
  return day(date);
`,
        replace: `  return day(new Date(Date.parse(shippedAt) + DELIVERY_DAYS * 86_400_000));
`,
      },
    ],
  },
  fix: {
    message: "fix(orders): an order that has not left has no delivery date",
    edits: [
      {
        path: FORMAT,
        find: `    expectedOn: expectedDelivery(order.shippedAt),
`,
        replace: `    expectedOn: order.shippedAt ? expectedDelivery(order.shippedAt) : null,
`,
      },
      {
        path: "test/order-not-shipped.test.mjs",
        create: `import assert from "node:assert/strict";
import { test } from "node:test";
import { renderOrder } from "../src/orders/format.mjs";
import { getOrder } from "../src/orders/orders.mjs";

test("an order that has not left is in preparation and has no delivery date", () => {
  const order = renderOrder(getOrder("1003"));
  assert.equal(order.status, "in preparation");
  assert.equal(order.expectedOn, null);
});
`,
      },
    ],
  },
  badFix: {
    message: "fix(orders): an order without a date of purchase can be shown",
    edits: [
      {
        path: FORMAT,
        find: `    placedOn: day(new Date(order.placedAt)),
`,
        replace: `    placedOn: order.placedAt ? day(new Date(order.placedAt)) : null,
`,
      },
      {
        path: "test/order-not-placed.test.mjs",
        create: `import assert from "node:assert/strict";
import { test } from "node:test";
import { renderOrder } from "../src/orders/format.mjs";

test("an order without a date of purchase is shown without one", () => {
  const order = renderOrder({ id: "1", items: [], placedAt: null, shippedAt: "2026-03-03T08:00:00Z" });
  assert.equal(order.placedOn, null);
});
`,
      },
    ],
  },
};
