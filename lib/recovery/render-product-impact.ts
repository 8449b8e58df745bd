import * as z from "zod";
import type { ImpactWords } from "./ports.ts";

const keptSchema = z.object({
  summary: z.string(),
  impact: z.union([
    z.object({ status: z.literal("measured") }),
    z.object({ status: z.literal("unknown"), reason: z.string() }),
  ]),
});

/** What triage last measured while it failed, from the incident's stored triage. */
export function readKeptImpact(triage: Readonly<Record<string, unknown>> | null): ImpactWords {
  const kept = keptSchema.safeParse(triage?.impact).data;
  if (kept === undefined) return { type: "unknown", reason: "it was not measured" };
  return kept.impact.status === "unknown"
    ? { type: "unknown", reason: kept.impact.reason }
    : { type: "measured", summary: kept.summary };
}

/** "Product impact while it failed: critical: checkout 0 instead of 90 … Since the repair: no drop beyond chance: …" Both are against what is usual at these hours. */
export function renderProductImpact(during: ImpactWords, since: ImpactWords): string {
  if (during.type === "unknown" && since.type === "unknown" && during.reason === since.reason)
    return `Product impact, while it failed and since: unknown (${during.reason}).`;
  return `Product impact while it failed: ${renderWords(during)}. Since the repair: ${renderWords(since)}.`;
}

function renderWords(words: ImpactWords): string {
  return words.type === "measured" ? words.summary : `unknown (${words.reason})`;
}
