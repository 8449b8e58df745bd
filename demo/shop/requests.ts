import type { Change } from "./bugs/model.ts";

/** Something that people want of the shop, how a worker plans it, and what does it. */
export interface ShopRequest {
  title: string;
  body: string;
  /** As lib/repair/plan-model.ts reads it. */
  plan: Record<string, unknown>;
  change: Change;
  /** What the shop's home page says once it is in production. */
  shows: string;
}

const HOME = "src/home.mjs";
const PRICING = "src/checkout/pricing.mjs";

export const shippingNote: ShopRequest = {
  title: "Say on the home page what shipping costs",
  body: "Customers ask us every day what shipping costs, and learn it only at checkout. Please say it on the home page: the price, and from which total on it is free.",
  shows: "Shipping $5.90, free from $100.00.",
  plan: {
    goal: "The home page says what shipping costs and from which total on it is free.",
    acceptanceCriteria: [
      "The home page shows the price of shipping and the total from which it is free",
      "Both come from the numbers that checkout reckons with",
    ],
    files: [HOME, PRICING],
    tests: ["The home page shows the numbers of checkout"],
    risk: "low",
    kind: "feature",
    blockers: [],
    questions: [],
  },
  change: {
    message: "feat(home): say what shipping costs",
    edits: [
      { path: PRICING, find: "const FREE_SHIPPING_FROM_CENTS", replace: "export const FREE_SHIPPING_FROM_CENTS" },
      { path: PRICING, find: "const SHIPPING_CENTS = 590;", replace: "export const SHIPPING_CENTS = 590;" },
      {
        path: HOME,
        find: `import { formatCents } from "./money.mjs";
`,
        replace: `import { FREE_SHIPPING_FROM_CENTS, SHIPPING_CENTS } from "./checkout/pricing.mjs";
import { formatCents } from "./money.mjs";
`,
      },
      {
        path: HOME,
        find: "<p>Things for the outdoors.</p>",
        replace: `<p>Things for the outdoors.</p><p>Shipping \${formatCents(SHIPPING_CENTS)}, free from \${formatCents(FREE_SHIPPING_FROM_CENTS)}.</p>`,
      },
      {
        path: "test/home.test.mjs",
        create: `import assert from "node:assert/strict";
import { test } from "node:test";
import { homePage } from "../src/home.mjs";

test("the home page says what shipping costs and from when on it is free", () => {
  assert.match(homePage([]), /Shipping \\$5\\.90, free from \\$100\\.00\\./);
});
`,
      },
    ],
  },
};

/** What the demo's worker knows how to do. */
export const REQUESTS: readonly ShopRequest[] = [shippingNote];
