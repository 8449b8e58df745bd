import * as z from "zod";
import type { EventCount, PeopleCount } from "./impact-model.ts";
import type { AnalyticsAnswer } from "./ports.ts";

const count = z.number().int().min(0);
const eventCountSchema = z.object({ event: z.string(), period: count, occurrences: count, people: count });
const peopleCountSchema = z.object({ period: count, people: count });

/** Rows as objects by their columns' names; null when one is not as it was asked for. */
function readRows<T>(answer: AnalyticsAnswer, schema: z.ZodType<T>): T[] | null {
  const rows = answer.rows.map((row) => Object.fromEntries(answer.columns.map((name, index) => [name, row[index]])));
  return z.array(schema).safeParse(rows).data ?? null;
}

export function readEventCounts(answer: AnalyticsAnswer): EventCount[] | null {
  return readRows(answer, eventCountSchema);
}

export function readPeopleCounts(answer: AnalyticsAnswer): PeopleCount[] | null {
  return readRows(answer, peopleCountSchema);
}
