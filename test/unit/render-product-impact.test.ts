import { expect, it } from "vitest";
import { readKeptImpact, renderProductImpact } from "../../lib/recovery/render-product-impact.ts";

const measured = (summary: string) => ({ type: "measured", summary }) as const;
const unknown = (reason: string) => ({ type: "unknown", reason }) as const;

it.each([
  [
    measured("critical: paid 0 instead of 90"),
    measured("no drop beyond chance: paid 88, as usual (90)"),
    "Product impact while it failed: critical: paid 0 instead of 90. Since the repair: no drop beyond chance: paid 88, as usual (90).",
  ],
  [
    measured("critical: paid 0 instead of 90"),
    unknown("posthog did not answer in time"),
    "Product impact while it failed: critical: paid 0 instead of 90. Since the repair: unknown (posthog did not answer in time).",
  ],
  [
    unknown("PostHog is not configured"),
    unknown("PostHog is not configured"),
    "Product impact, while it failed and since: unknown (PostHog is not configured).",
  ],
])("what is known is told with its numbers, and what is not as unknown", (during, since, words) => {
  expect(renderProductImpact(during, since)).toBe(words);
});

it.each([
  [null, unknown("it was not measured")],
  [{ impact: null }, unknown("it was not measured")],
  [{ impact: { summary: "impact unknown: away", impact: { status: "unknown", reason: "away" } } }, unknown("away")],
  [{ impact: { summary: "major: …", impact: { status: "measured", level: "major" } } }, measured("major: …")],
])("the impact that triage kept is read, and one that it did not is unknown", (triage, words) => {
  expect(readKeptImpact(triage)).toEqual(words);
});
