import type { Bug } from "./model.ts";

const PRICING = "src/checkout/pricing.mjs";

/** A refactoring drops the guard for coupons that are unknown or have expired. */
export const couponNull: Bug = {
  name: "coupon-null",
  title: "Checkout crashes when the coupon is unknown or has expired",
  error: { type: "TypeError", value: /Cannot read properties of null \(reading 'percent'\)/ },
  crash: { path: PRICING, function: "discountOf" },
  request: { method: "POST", path: "/checkout", body: { coupon: "SUMMER24" } },
  author: { name: "Mira Lang", email: "mira@pine-shop.example", login: "mira-lang" },
  change: {
    message: "refactor(checkout): compute the discount in one expression",
    edits: [
      {
        path: PRICING,
        find: `  const coupon = findCoupon(couponCode);
  if (!coupon) return 0;
  return Math.round((subtotalCents * coupon.percent) / 100);
`,
        replace: `  return Math.round((subtotalCents * findCoupon(couponCode).percent) / 100);
`,
      },
    ],
  },
  fix: {
    message: "fix(checkout): an unknown or expired coupon takes nothing off",
    edits: [
      {
        path: PRICING,
        find: `  return Math.round((subtotalCents * findCoupon(couponCode).percent) / 100);
`,
        replace: `  const coupon = findCoupon(couponCode);
  if (!coupon) return 0;
  return Math.round((subtotalCents * coupon.percent) / 100);
`,
      },
      {
        path: "test/coupon-unknown.test.mjs",
        create: `import assert from "node:assert/strict";
import { test } from "node:test";
import { priceCart } from "../src/checkout/pricing.mjs";

for (const code of ["NOSUCHCODE", "SUMMER24"]) {
  test(\`the coupon \${code}, which is unknown or has expired, takes nothing off\`, () => {
    const price = priceCart([{ sku: "STV-1", quantity: 1 }], code);
    assert.equal(price.discountCents, 0);
    assert.equal(price.totalCents, 6490);
  });
}
`,
      },
    ],
  },
  badFix: {
    message: "fix(checkout): an empty coupon code finds no coupon",
    edits: [
      {
        path: "src/checkout/coupons.mjs",
        find: `export function findCoupon(code, now = new Date()) {
`,
        replace: `export function findCoupon(code, now = new Date()) {
  if (!code) return null;
`,
      },
      {
        path: "test/coupon-empty.test.mjs",
        create: `import assert from "node:assert/strict";
import { test } from "node:test";
import { findCoupon } from "../src/checkout/coupons.mjs";

test("no code finds no coupon", () => {
  assert.equal(findCoupon(""), null);
  assert.equal(findCoupon(undefined), null);
});
`,
      },
    ],
  },
};
