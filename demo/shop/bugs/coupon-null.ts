import type { Bug } from "./model.ts";

const PRICING = "src/checkout/pricing.mjs";
const TEST = "test/coupon-unknown.test.mjs";
const TEST_CODE = `import assert from "node:assert/strict";
import { test } from "node:test";
import { priceCart } from "../src/checkout/pricing.mjs";

for (const code of ["NOSUCHCODE", "SUMMER24"]) {
  test(\`the coupon \${code}, which is unknown or has expired, takes nothing off\`, () => {
    const price = priceCart([{ sku: "STV-1", quantity: 1 }], code);
    assert.equal(price.discountCents, 0);
    assert.equal(price.totalCents, 6490);
  });
}
`;

const GUARD = {
  path: PRICING,
  find: `  return Math.round((subtotalCents * findCoupon(couponCode).percent) / 100);
`,
  replace: `  const coupon = findCoupon(couponCode);
  if (!coupon) return 0;
  return Math.round((subtotalCents * coupon.percent) / 100);
`,
};

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
    edits: [GUARD, { path: TEST, create: TEST_CODE }],
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
  unprovenFix: {
    message: "fix(checkout): an unknown or expired coupon takes nothing off",
    edits: [
      GUARD,
      {
        path: "test/coupon-none-given.test.mjs",
        create: `import assert from "node:assert/strict";
import { test } from "node:test";
import { priceCart } from "../src/checkout/pricing.mjs";

test("a cart without a coupon is priced in full", () => {
  assert.equal(priceCart([{ sku: "STV-1", quantity: 1 }], null).discountCents, 0);
});
`,
      },
    ],
  },
  halfFix: {
    message: "fix(checkout): an unknown coupon takes nothing off",
    edits: [
      {
        path: "src/checkout/coupons.mjs",
        find: `  return coupon && new Date(coupon.expiresAt) > now ? coupon : null;
`,
        replace: `  if (!coupon) return { code, percent: 0, expiresAt: "2099-12-31" };
  return new Date(coupon.expiresAt) > now ? coupon : null;
`,
      },
      {
        path: "test/coupon-none.test.mjs",
        create: `import assert from "node:assert/strict";
import { test } from "node:test";
import { priceCart } from "../src/checkout/pricing.mjs";

test("a coupon that nobody knows takes nothing off", () => {
  assert.equal(priceCart([{ sku: "STV-1", quantity: 1 }], "FRIENDS").discountCents, 0);
});
`,
      },
    ],
  },
  remarks: [
    {
      by: "person",
      path: PRICING,
      line: "if (!coupon) return 0;",
      body: "Please say here why nothing is taken off: unknown and expired coupons both come back as null.",
      edits: [
        {
          path: PRICING,
          find: `  if (!coupon) return 0;
`,
          replace: `  // An unknown coupon and an expired one are both null: neither takes anything off.
  if (!coupon) return 0;
`,
        },
      ],
    },
    {
      by: "bot",
      path: TEST,
      line: "price.totalCents",
      body: "Also check that the subtotal is what it was.",
      edits: [
        {
          path: TEST,
          find: `    assert.equal(price.totalCents, 6490);
`,
          replace: `    assert.equal(price.totalCents, 6490);
    assert.equal(price.subtotalCents, 5900);
`,
        },
      ],
    },
  ],
  moved: {
    change: {
      message: "feat(checkout): round discounts down",
      edits: [
        {
          path: PRICING,
          find: `  return Math.round((subtotalCents * findCoupon(couponCode).percent) / 100);
`,
          replace: `  return Math.floor((subtotalCents * findCoupon(couponCode).percent) / 100);
`,
        },
      ],
    },
    fix: {
      message: "fix(checkout): an unknown or expired coupon takes nothing off",
      edits: [
        {
          path: PRICING,
          find: `  return Math.floor((subtotalCents * findCoupon(couponCode).percent) / 100);
`,
          replace: `  const coupon = findCoupon(couponCode);
  if (!coupon) return 0;
  return Math.floor((subtotalCents * coupon.percent) / 100);
`,
        },
        { path: TEST, create: TEST_CODE },
      ],
    },
  },
};
