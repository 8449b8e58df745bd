import { getIncident, type Incident } from "../incidents/index.ts";
import type { ErrorSource } from "../investigate/ports.ts";
import { DONE, type JobOutcome } from "../jobs/model.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import { assessMetric } from "./assess-metric.ts";
import { assessOutage, type MonitorsAndHealth } from "./assess-outage.ts";
import { type JudgeOutside, judgeSighting } from "./judge-sighting.ts";
import { lookAtSource } from "./look-at-source.ts";
import { noteUnproven } from "./note-unproven.ts";
import type { StormPolicy } from "./settle-storm.ts";
import { writeJudgement } from "./write-judgement.ts";

export interface TriageOutside extends JudgeOutside {
  /** A source's API; null where it is not configured. Without it, signed alerts are all there is. */
  errors(source: string): ErrorSource | null;
  outages: MonitorsAndHealth;
  settings: JudgeOutside["settings"] & {
    /** Absent: problems are judged one by one. */
    storm?: StormPolicy;
  };
}

/** A source may tell of an issue before its first event can be read. */
const INGEST_MS = 15_000;

/**
 * Judges how bad an incident is from what is true now, and decides what follows. Runs for the first alert and again for
 * later ones, many alerts at a time: the present state is read, never added up from webhooks.
 */
export async function assessIncident(
  ctx: Context,
  outside: TriageOutside,
  input: { incidentId: string },
): Promise<JobOutcome> {
  const incident = await getIncident(ctx.db.db, input.incidentId);
  if (incident.kind === "uptime") {
    const { outages, impact, settings } = outside;
    return assessOutage(ctx, { ...outages, impact, maintenance: settings.suppression?.maintenance ?? [] }, incident);
  }
  if (incident.kind === "metric") {
    return assessMetric(ctx, { maintenance: outside.settings.suppression?.maintenance ?? [] }, incident);
  }
  // Its own figures judge it, not events: see lib/performance.
  if (incident.kind === "performance") return DONE;
  return assessError(ctx, outside, incident);
}

async function assessError(ctx: Context, outside: TriageOutside, incident: Incident): Promise<JobOutcome> {
  const sighting = await lookAtSource(ctx, outside.errors(incident.source), incident);
  if (sighting.unproven !== null) return noteUnproven(ctx, incident, sighting.unproven);
  const now = ctx.clock.now();
  if (sighting.isElsewhere && now.getTime() - incident.createdAt.getTime() < INGEST_MS) {
    return { type: "retry", reason: "the source has no event from the watched environment yet", afterMs: 5_000 };
  }
  const judgement = await judgeSighting(ctx, outside, { incident, sighting, now });
  await inTransaction(ctx, (tx) => writeJudgement(tx, ctx, outside.settings.storm, judgement));
  return DONE;
}
