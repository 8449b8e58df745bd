import { DONE, type JobOutcome } from "../jobs/model.ts";
import type { ProjectId } from "../kernel/ids.ts";
import type { Context } from "../runtime/context.ts";
import { idFrom } from "../runtime/ids.ts";
import { composeListedAlert } from "./compose-listed-alert.ts";
import { decideFirstStep, type IntakeFacts } from "./decide-first-step.ts";
import type { AlertSignal, Source } from "./model.ts";
import type { IssueListing } from "./ports.ts";
import { deliveryKeyOf } from "./read-fields.ts";
import { createReceiver } from "./receive-delivery.ts";
import { findUnnamedAlert, listKnownIncidents } from "./store.ts";

export interface UnnamedOutside {
  /** The source's list of issues; null where it is not configured. */
  listing(source: string): IssueListing | null;
  facts: Omit<IntakeFacts, "source">;
}

/** GlitchTip looks for what to tell once a minute, and tells of issues with an event since: this is a wide such minute. */
const EVALUATION_MS = 5 * 60_000;
const LONGEST_LOOK_BACK_MS = 60 * 60_000;
const MAX_ISSUES = 100;

/**
 * Opens incidents for the issues that an alert counted without naming them: what is unresolved and had an event since the
 * alert before, and has no incident yet. The list does not say which of them the alert meant; triage judges each.
 */
export async function listUnnamed(
  ctx: Context,
  outside: UnnamedOutside,
  { deliveryId }: { deliveryId: string },
): Promise<JobOutcome> {
  const alert = await findUnnamedAlert(ctx.db.query, deliveryId);
  if (alert === null) return { type: "dead", reason: `there is no delivery ${deliveryId}` };
  const listing = outside.listing(alert.source);
  if (listing === null) return { type: "dead", reason: `issues of ${alert.source} cannot be listed` };
  const { receivedMs, previousMs } = alert;
  const sinceMs = Math.max((previousMs ?? 0) - EVALUATION_MS, receivedMs - LONGEST_LOOK_BACK_MS);
  const since = new Date(sinceMs).toISOString();
  const issues = await listing.listRecentIssues({ since, limit: MAX_ISSUES });
  const facts: IntakeFacts = { ...outside.facts, source: alert.source as Source };
  const signals = await withoutIncident(ctx, alert.projectId, issues.map(composeListedAlert), facts);
  const receive = createReceiver({ query: ctx.db.query, clock: ctx.clock, newId: ctx.newId });
  await Promise.all(
    signals.map((signal) =>
      receive({
        projectId: alert.projectId as ProjectId,
        source: facts.source,
        facts,
        delivery: {
          outcome: "accepted",
          reason: "listed by the API: an alert counted it and did not name it",
          deliveryKey: deliveryKeyOf(facts.source, "listed", deliveryId, signal.issueId),
          resource: "issue_listed",
          signal,
        },
      }),
    ),
  );
  ctx.log.log("info", "intake.unnamed", { deliveryId, since, listed: issues.length, opened: signals.length });
  return DONE;
}

async function withoutIncident(ctx: Context, projectId: string, signals: AlertSignal[], facts: IntakeFacts) {
  const ids = await Promise.all(
    signals.map(async (signal) => {
      const step = decideFirstStep(signal, facts);
      return step.type === "open_incident" ? idFrom("inc", [projectId, step.identity]) : null;
    }),
  );
  const known = await listKnownIncidents(
    ctx.db.query,
    ids.filter((id) => id !== null),
  );
  return signals.filter((_, at) => {
    const id = ids[at];
    return typeof id === "string" && !known.has(id);
  });
}
