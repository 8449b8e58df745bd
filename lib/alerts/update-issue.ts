import { isHeldSaid } from "../incidents/decide-held.ts";
import {
  findIncident,
  findOpenBreaker,
  getIncident,
  type Incident,
  listMembers,
  listRecentTimeline,
  recordTimeline,
  setIssue,
} from "../incidents/index.ts";
import type { Investigation } from "../investigate/compose-investigation.ts";
import { DONE, type JobOutcome } from "../jobs/model.ts";
import { enqueue } from "../jobs/outbox.ts";
import type { HeldWrite, WriteKind, WritePermit } from "../kernel/write.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import type { Outbound } from "../runtime/outbound.ts";
import {
  composeForeignComment,
  composeIssueBody,
  composeIssueTitle,
  composeStatusComment,
  type IssueFacts,
} from "./compose-issue.ts";
import { composeLabels } from "./compose-labels.ts";
import { composeRequestComment } from "./compose-request.ts";
import type { IncidentIssues } from "./ports.ts";
import { readApprovals, readRepairs } from "./store.ts";

export interface UpdateIssueOutside {
  issues: IncidentIssues;
  outbound: Outbound;
  /** Where people reach the dashboard, or null. */
  publicUrl: string | null;
  /** The draft of a recovered incident's postmortem; absent or null: none is told. */
  postmortem?: ((incidentId: string) => Promise<string | null>) | null;
  /** Absent: no storm holds new issues up. */
  storm?: { breakerIncidents: number; breakerMinutes: number; causeGraceSeconds: number };
}

/** How long an update that the kill switch held waits before it is tried again. */
const HELD_RETRY_MS = 60_000;
const QUIET_KINDS = new Set([
  "held",
  "issue_opened",
  "seer",
  "source_comment",
  // Told by a section of their own.
  ...["rollback_offered", "rollback_approved", "rollback_started", "rolled_back", "promoted", "rollback_worked"],
]);

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
  if (incident.issueNumber === null) {
    if (!deservesIssue(incident)) return DONE;
    if (await isOneOfStorm(ctx, outside, incident))
      return waitUntil(ctx, incident, ctx.clock.now().getTime() + HELD_RETRY_MS);
    const causeByMs = incident.createdAt.getTime() + (outside.storm?.causeGraceSeconds ?? 0) * 1_000;
    // Who only says that somebody else failed may turn out to be a symptom: the cause gets the issue then.
    if (incident.signature?.dependency && ctx.clock.now().getTime() < causeByMs)
      return waitUntil(ctx, incident, causeByMs);
  }
  const timeline = await listRecentTimeline(ctx.db.db, incident.id);
  const facts = await gather(ctx, outside, incident, timeline);
  const written = await writeIssue(outside, incident, facts);
  if (written.held) return hold(ctx, incident, written, timeline);
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

/** In a storm one issue goes out, of the incident that opened the breaker, instead of hundreds. What is critical goes out all the same. */
async function isOneOfStorm(ctx: Context, { storm }: UpdateIssueOutside, incident: Incident): Promise<boolean> {
  if (storm === undefined || incident.priority === "P0") return false;
  const breaker = await findOpenBreaker(ctx.db.db, ctx, { projectId: incident.projectId, policy: storm });
  return breaker !== null && breaker.trippedBy !== incident.id;
}

async function waitUntil(ctx: Context, incident: Incident, atMs: number): Promise<JobOutcome> {
  await inTransaction(ctx, (tx) =>
    enqueue(tx, ctx, "alerts.update-issue", { incidentId: incident.id }, { runAt: new Date(atMs) }),
  );
  return DONE;
}

/** What is a symptom, ignored, not judged yet, or of no consequence (P3 that is only watched) gets no issue: people read those. */
function deservesIssue({ state, priority, causeId }: Incident): boolean {
  if (causeId !== null) return false;
  if (state === "escalated") return true;
  return state !== "ignored" && priority !== null && !(priority === "P3" && state === "observed");
}

async function gather(
  ctx: Context,
  outside: UpdateIssueOutside,
  incident: Incident,
  timeline: readonly { kind: string; summary: string; at: Date; detail: unknown }[],
): Promise<IssueFacts> {
  const repairs = await readRepairs(ctx.db.db, incident.id);
  const cause = incident.causeId === null ? null : await findIncident(ctx.db.db, incident.causeId);
  const members = await listMembers(ctx.db.db, incident.id);
  const latest = timeline.findLast((entry) => !QUIET_KINDS.has(entry.kind)) ?? null;
  const reasons = incident.triage?.reasons;
  return {
    incident,
    triageReasons: Array.isArray(reasons)
      ? reasons.map((reason) => (typeof reason === "string" ? reason : String(reason?.detail ?? reason)))
      : [],
    impact: readImpactText(incident.triage?.impact),
    investigation: incident.investigation as Investigation | null,
    repairs,
    causedBy:
      cause === null
        ? null
        : `A symptom of INC-${cause.number}${cause.issueNumber === null ? "" : ` (#${cause.issueNumber})`}: ${incident.causeReason ?? "said a person"}.`,
    symptoms: members.map(({ number, title, causeReason }) => ({ number, title, reason: causeReason ?? "" })),
    timeline,
    postmortem: incident.state === "recovered" ? ((await outside.postmortem?.(incident.id)) ?? null) : null,
    moves: { approvals: await readApprovals(ctx.db.db, incident.id), now: ctx.clock.now() },
    latest,
    dashboardUrl: outside.publicUrl ? `${outside.publicUrl}/incidents/${incident.id}` : null,
  };
}

function readImpactText(reading: unknown): string | null {
  if (typeof reading !== "object" || reading === null || !("summary" in reading)) return null;
  return typeof reading.summary === "string" ? reading.summary : null;
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
  const labels = composeLabels(incident, facts.investigation);
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
  // Somebody else's words stay theirs: what is known goes below the status then.
  const isForeign = incident.isIssueForeign;
  if (known && !isForeign)
    await pass("github.issue", (permit) => issues.updateIssue(permit, { number, marker, title, body }));
  const comment = composeComment(incident, facts);
  await pass("github.comment", (permit) =>
    issues.ensureComment(permit, { number, marker: `status:${incident.id}`, body: comment }),
  );
  await pass("github.label", (permit) => issues.ensureLabels(permit, { number, labels }));
  // What a person asked for and nobody does stays that person's to close.
  const isRequest = incident.kind === "request";
  const isDone = incident.state === "recovered" || incident.state === "done";
  if (isDone || (incident.state === "ignored" && !isRequest) || facts.causedBy !== null) {
    const reason = isDone ? "completed" : "not_planned";
    await pass("github.close-issue", (permit) => issues.ensureClosed(permit, { number, reason }));
  } else if (known && (incident.reopenedCount > 0 || isMerged(incident)) && !isRequest) {
    await pass("github.issue", (permit) => issues.ensureOpen(permit, { number }));
  }
  return held ?? { held: false, ...issue };
}

function composeComment(incident: Incident, facts: IssueFacts): string {
  if (incident.kind === "request") return composeRequestComment(facts);
  return incident.isIssueForeign ? composeForeignComment(facts) : composeStatusComment(facts);
}

/** The merge of a pull request that says "Closes" closed the issue; production has not proven anything yet. */
const isMerged = ({ state }: Incident) => state === "deploying" || state === "verifying";

function fail(): never {
  throw new Error("an issue was neither made nor held");
}

/** Says once what would have been written. Only a stop is temporary: then it is tried again. */
async function hold(
  ctx: Context,
  incident: Incident,
  held: HeldWrite,
  timeline: readonly { kind: string; summary: string }[],
): Promise<JobOutcome> {
  const what = incident.issueNumber === null ? "open an issue" : `update issue #${incident.issueNumber}`;
  const summary = `would ${what}: ${held.detail}`;
  await inTransaction(ctx, async (tx) => {
    if (!isHeldSaid(timeline, summary)) {
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
