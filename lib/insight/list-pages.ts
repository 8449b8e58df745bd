import type { Executor } from "../db/database.ts";
import type { DeliveryView, IncidentView, JobState, JobView, Page } from "./model.ts";
import { readCursor, renderCursor } from "./read-cursor.ts";
import { listDeliveryRows, listIncidentRows, listJobRows, listPullRequestRows } from "./store.ts";
import { viewDelivery, viewIncident, viewJob } from "./views.ts";

/** One page to read: at most `limit` items, after `cursor` (from the page before), or from the start. */
export interface PageRequest {
  limit: number;
  cursor: string | null;
}

/** Cuts the one row more off; `cursorOf` tells where the next page begins. */
function pageOfRows<R, V>(rows: R[], limit: number, view: (row: R) => V, cursorOf: (last: R) => string[]): Page<V> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const nextCursor = rows.length > limit && last !== undefined ? renderCursor(cursorOf(last)) : null;
  return { items: shown.map(view), nextCursor };
}

/** Incidents, newest first, each with its newest pull request. Null: the cursor is none of ours. */
export async function listIncidentPage(
  db: Executor,
  projectId: string,
  page: PageRequest,
): Promise<Page<IncidentView> | null> {
  const number = page.cursor === null ? null : Number(readCursor(page.cursor, 1)?.[0] ?? Number.NaN);
  if (number !== null && !Number.isSafeInteger(number)) return null;
  const rows = await listIncidentRows(db, projectId, { limit: page.limit, beforeNumber: number });
  const pulls = await listPullRequestRows(
    db,
    rows.map((row) => row.id),
  );
  const newest = new Map(pulls.map((pull) => [pull.incidentId, pull]));
  return pageOfRows(
    rows,
    page.limit,
    (row) => viewIncident(row, newest.get(row.id) ?? null),
    (row) => [String(row.number)],
  );
}

/** Webhooks as they came, newest first. Null: the cursor is none of ours. */
export async function listDeliveryPage(
  db: Executor,
  projectId: string,
  page: PageRequest,
): Promise<Page<DeliveryView> | null> {
  const [at, id] = page.cursor === null ? [] : (readCursor(page.cursor, 2) ?? [""]);
  if (at !== undefined && (id === undefined || Number.isNaN(Date.parse(at)))) return null;
  const before = at !== undefined && id !== undefined ? { at, id } : null;
  const rows = await listDeliveryRows(db, projectId, { limit: page.limit, before });
  return pageOfRows(rows, page.limit, viewDelivery, (row) => [row.receivedAt.toISOString(), row.id]);
}

/** Jobs of one state, or of all, newest first. Null: the cursor is none of ours. */
export async function listJobPage(
  db: Executor,
  page: PageRequest & { state: JobState | null },
): Promise<Page<JobView> | null> {
  const beforeId = page.cursor === null ? null : (readCursor(page.cursor, 1)?.[0] ?? "");
  if (beforeId === "") return null;
  const rows = await listJobRows(db, { limit: page.limit, state: page.state, beforeId });
  return pageOfRows(rows, page.limit, viewJob, (row) => [row.id]);
}
