import { getIncident, type Incident, listTimeline, recordTimeline, setIssue } from "../incidents/index.ts";
import type { Investigation } from "../investigate/compose-investigation.ts";
import { DONE, type JobOutcome } from "../jobs/model.ts";
import { enqueue } from "../jobs/outbox.ts";
import type { HeldWrite, WriteKind, WritePermit } from "../kernel/write.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import type { Outbound } from "../runtime/outbound.ts";
import {
  composeIssueBody,
  composeIssueTitle,
  composeLabels,
  composeStatusComment,
  type IssueFacts,
} from "./compose-issue.ts";
import type { IncidentIssues } from "./ports.ts";
import { readRepairs } from "./store.ts";

export interface UpdateIssueOutside {
  issues: IncidentIssues;
  outbound: Outbound;
  /** Where people reach the dashboard, or null. */
  publicUrl: string | null;
}

/** How long an update that the kill switch held waits before it is tried again. */
const HELD_RETRY_MS = 60_000;
const QUIET_KINDS = new Set(["held", "issue_opened"]);

/**
 * Brings the incident's one issue on the code host in line with what is known now: body, living comment, labels, and at
 * the very end whether it is open. Asked for after every change; many changes make one update.
 */
export async function updateIssue(
  ctx: Context,
  outside: UpdateIssueOutside,
  input: { incidentId: string },
): Promise<JobOutcome> {
  const incident = await getIncident(ctx.db.db, input.incidentId);
  if (incident.issueNumber === null && !deservesIssue(incident)) return DONE;
  const timeline = await listTimeline(ctx.db.db, incident.id);
  const facts = await gather(ctx, outside, incident, timeline);
  const written = await writeIssue(outside, incident, facts);
  if (written.held) return hold(ctx, incident, written, timeline.at(-1)?.summary ?? null);
  if (incident.issueNumber !== null) return DONE;
  await inTransaction(ctx, async (tx) => {
    if (!(await setIssue(tx, incident.id, written))) return;
    const entry = {
      kind: "issue_opened",
      summary: `issue #${written.number} is open`,
      detail: { number: written.number },
      url: written.url,
    };
    await recordTimeline(tx, ctx, incident.id, entry);
  });
  return DONE;
}

/** What is ignored, not judged yet, or of no consequence (P3 that is only watched) gets no issue: people read those. */
function deservesIssue({ state, priority }: Incident): boolean {
  return state !== "ignored" && priority !== null && !(priority === "P3" && state === "observed");
}

async function gather(
  ctx: Context,
  outside: UpdateIssueOutside,
  incident: Incident,
  timeline: readonly { kind: string; summary: string; at: Date }[],
): Promise<IssueFacts> {
  const repairs = await readRepairs(ctx.db.db, incident.id);
  const latest = timeline.findLast((entry) => !QUIET_KINDS.has(entry.kind)) ?? null;
  const reasons = incident.triage?.reasons;
  return {
    incident,
    triageReasons: Array.isArray(reasons)
      ? reasons.map((reason) => (typeof reason === "string" ? reason : String(reason?.detail ?? reason)))
      : [],
    investigation: incident.investigation as Investigation | null,
    repairs,
    latest,
    dashboardUrl: outside.publicUrl ? `${outside.publicUrl}/incidents/${incident.id}` : null,
  };
}

type Written = { held: false; number: number; url: string } | HeldWrite;

/** Each write looks for what it made before; closing comes last, so an issue that is closed is complete. */
async function writeIssue(
  { issues, outbound }: UpdateIssueOutside,
  incident: Incident,
  facts: IssueFacts,
): Promise<Written> {
  const marker = `incident:${incident.id}`;
  const title = composeIssueTitle(incident);
  const body = composeIssueBody(facts);
  const labels = composeLabels(incident);
  let held: HeldWrite | null = null;
  const pass = async <T>(kind: WriteKind, write: (permit: WritePermit) => Promise<T>): Promise<T | null> => {
    if (held) return null;
    const result = await outbound.write(kind, write);
    if (!result.held) return result.value;
    held = result;
    return null;
  };
  const known =
    incident.issueNumber !== null && incident.issueUrl !== null
      ? { number: incident.issueNumber, url: incident.issueUrl }
      : null;
  const issue =
    known ?? (await pass("github.issue", (permit) => issues.ensureIssue(permit, { marker, title, body, labels })));
  if (issue === null) return held ?? fail();
  const { number } = issue;
  if (known) await pass("github.issue", (permit) => issues.updateIssue(permit, { number, marker, title, body }));
  const comment = composeStatusComment(facts);
  await pass("github.comment", (permit) =>
    issues.ensureComment(permit, { number, marker: `status:${incident.id}`, body: comment }),
  );
  await pass("github.label", (permit) => issues.ensureLabels(permit, { number, labels }));
  if (incident.state === "recovered" || incident.state === "ignored") {
    const reason = incident.state === "recovered" ? "completed" : "not_planned";
    await pass("github.close-issue", (permit) => issues.ensureClosed(permit, { number, reason }));
  } else if (known && incident.reopenedCount > 0) {
    await pass("github.issue", (permit) => issues.ensureOpen(permit, { number }));
  }
  return held ?? { held: false, ...issue };
}

function fail(): never {
  throw new Error("an issue was neither made nor held");
}

/** Says once what would have been written. Only a stop is temporary: then it is tried again. */
async function hold(
  ctx: Context,
  incident: Incident,
  held: HeldWrite,
  lastSummary: string | null,
): Promise<JobOutcome> {
  const what = incident.issueNumber === null ? "open an issue" : `update issue #${incident.issueNumber}`;
  const summary = `would ${what}: ${held.detail}`;
  await inTransaction(ctx, async (tx) => {
    if (lastSummary !== summary) {
      await recordTimeline(tx, ctx, incident.id, {
        kind: "held",
        summary,
        detail: { write: held.kind, reason: held.reason },
      });
    }
    if (held.reason !== "stopped") return;
    const runAt = new Date(ctx.clock.now().getTime() + HELD_RETRY_MS);
    await enqueue(tx, ctx, "alerts.update-issue", { incidentId: incident.id }, { runAt });
  });
  return DONE;
}
