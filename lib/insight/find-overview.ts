import type { Executor } from "../db/database.ts";
import { incidentStateSchema } from "../incidents/model.ts";
import { listIncidentPage, type PageRequest } from "./list-pages.ts";
import { jobStateSchema, type Overview } from "./model.ts";
import {
  countHeldByStorm,
  countIncidentStates,
  countJobStates,
  findLastDeliveryAt,
  listJobRows,
  listPausedRows,
} from "./store.ts";
import { viewJob, viewPaused } from "./views.ts";

const DEAD_JOBS_SHOWN = 5;
const PAUSED_SHOWN = 10;

/** The whole of a project at a glance, or null when the cursor is none of ours. */
export async function findOverview(db: Executor, projectId: string, page: PageRequest): Promise<Overview | null> {
  const incidents = await listIncidentPage(db, projectId, page);
  if (incidents === null) return null;
  const states: Overview["states"] = {};
  for (const { state, count } of await countIncidentStates(db, projectId))
    states[incidentStateSchema.parse(state)] = count;
  const jobs: Overview["jobs"] = {};
  for (const { state, count } of await countJobStates(db)) jobs[jobStateSchema.parse(state)] = count;
  const lastDeliveryAt = await findLastDeliveryAt(db, projectId);
  const dead = await listJobRows(db, { limit: DEAD_JOBS_SHOWN - 1, state: "dead", beforeId: null });
  return {
    states,
    jobs,
    lastDeliveryAt: lastDeliveryAt?.toISOString() ?? null,
    incidents,
    deadJobs: dead.map(viewJob),
    paused: (await listPausedRows(db, projectId, PAUSED_SHOWN)).map(viewPaused),
    heldByStorm: await countHeldByStorm(db, projectId),
  };
}
