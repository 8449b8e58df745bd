import type { Context } from "../runtime/context.ts";
import { GAP_KINDS, type GapReport, NEVER_TOLD, resourceOf } from "./model.ts";
import { renderGap } from "./render-gaps.ts";
import { listCursors, listGapRows } from "./store.ts";

const GAPS_SHOWN = 50;
const HOUR_MS = 3_600_000;

/**
 * What only polling brought in the last `hours`, and whether each source could be looked at. What was found less than
 * `graceMinutes` ago is not in it yet: its webhook may still come.
 */
export async function findGaps(
  ctx: Pick<Context, "db" | "clock">,
  input: { projectId: string; graceMinutes: number; hours: number },
): Promise<GapReport> {
  const { db } = ctx.db;
  const nowMs = ctx.clock.now().getTime();
  const graceMs = input.graceMinutes * 60_000;
  const since = new Date(nowMs - input.hours * HOUR_MS);
  const { rows, counts } = await listGapRows(db, {
    projectId: input.projectId,
    resources: GAP_KINDS.map(resourceOf),
    neverTold: Object.entries(NEVER_TOLD).flatMap(([source, kinds]) =>
      kinds.map((kind) => `${source}:${resourceOf(kind)}`),
    ),
    since,
    until: new Date(nowMs - graceMs),
    graceMs,
    limit: GAPS_SHOWN,
  });
  const sources = await listCursors(db, input.projectId);
  return {
    since: since.toISOString(),
    graceMinutes: input.graceMinutes,
    count: [...counts.values()].reduce((sum, count) => sum + count, 0),
    bySource: Object.fromEntries(counts),
    gaps: rows.map((row) => ({
      deliveryId: row.id,
      source: row.source,
      kind: row.resource.replace(/^poll\./, ""),
      summary: renderGap(row),
      incidentId: row.incidentId,
      foundAt: new Date(row.receivedAt).toISOString(),
    })),
    sources: sources.map(({ source, position, fault, retryAt, updatedAt }) => ({
      source,
      position,
      fault,
      retryAt: retryAt?.toISOString() ?? null,
      lookedAt: updatedAt.toISOString(),
    })),
  };
}
