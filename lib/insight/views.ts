import * as z from "zod";
import type { TimelineRow } from "../incidents/index.ts";
import { incidentStateSchema } from "../incidents/model.ts";
import { type InvestigationView, investigationViewSchema } from "./investigation-model.ts";
import {
  type ApprovalView,
  type DeliveryView,
  type DeploymentView,
  type FeedbackView,
  gateViewSchema,
  type IncidentView,
  type JobView,
  jobStateSchema,
  type PausedView,
  type PullRequestView,
  type RunView,
  type TimelineView,
  triageViewSchema,
  type VerificationView,
} from "./model.ts";
import type {
  ApprovalRow,
  DeliveryRow,
  DeploymentRow,
  FeedbackRow,
  IncidentRow,
  JobRow,
  PausedRow,
  PullRequestRow,
  RunRow,
  VerificationRow,
} from "./store.ts";

const iso = (at: Date): string => at.toISOString();
const isoOrNull = (at: Date | null): string | null => at?.toISOString() ?? null;

export function viewPullRequest(row: PullRequestRow): PullRequestView {
  const { number, url, state, branch, headSha, isDraft, isVerifiedCommit, runId, mergeSha } = row;
  const times = { createdAt: iso(row.createdAt), mergedAt: isoOrNull(row.mergedAt) };
  return { number, url, state, branch, headSha, isDraft, isVerifiedCommit, runId, mergeSha, ...times };
}

export function viewIncident(row: IncidentRow, pullRequest: PullRequestRow | null): IncidentView {
  const { projectId: _p, identityKey: _k, sourceIssueId: _s, worthRepair: _w, version: _v, ...told } = row;
  const { triage: _t, investigation: _i, partialStreak: _ps, signature: _sg, measure: _m, ...fields } = told;
  return {
    ...fields,
    state: incidentStateSchema.parse(row.state),
    firstSeenAt: iso(row.firstSeenAt),
    lastSeenAt: iso(row.lastSeenAt),
    reopenedAt: isoOrNull(row.reopenedAt),
    nextCheckAt: isoOrNull(row.nextCheckAt),
    createdAt: iso(row.createdAt),
    updatedAt: iso(row.updatedAt),
    closedAt: isoOrNull(row.closedAt),
    snoozedUntil: isoOrNull(row.snoozedUntil),
    pausedAt: isoOrNull(row.pausedAt),
    pullRequest: pullRequest && viewPullRequest(pullRequest),
  };
}

export function viewTimeline({ seq, at, actor, kind, summary, detail, url }: TimelineRow): TimelineView {
  return { seq, at: iso(at), actor, kind, summary, detail, url };
}

export function viewRun(row: RunRow): RunView {
  const { report } = row;
  const { round } = row.brief;
  return {
    id: row.id,
    attempt: row.attempt,
    taskKind: row.taskKind,
    state: row.state,
    profile: row.profile,
    phase: row.phase,
    runnerId: row.runnerId,
    reason: row.reason,
    baseSha: row.baseSha,
    commitSha: row.commitSha,
    outcome: report?.outcome ?? null,
    detail: report?.detail || null,
    summary: report?.summary ?? null,
    worker: report && { name: report.worker.name, model: report.worker.model },
    commands: report?.commands ?? [],
    gate: gateViewSchema.safeParse(row.gate).data ?? null,
    diff: report?.diff || null,
    plan: report?.plan ?? null,
    round: round ? { pullNumber: round.pullNumber, round: round.round, of: round.of } : null,
    costUsd: row.costUsd,
    createdAt: iso(row.createdAt),
    claimedAt: isoOrNull(row.claimedAt),
    finishedAt: isoOrNull(row.finishedAt),
  };
}

export function viewFeedback(row: FeedbackRow): FeedbackView {
  const { id, pullNumber, kind, author, authorKind, verdict, reason, state, text, url, path, line, runId, outcome } =
    row;
  const said = { kind, author, authorKind, verdict, reason, state, text, url, path, line, runId, outcome };
  return { id, pullNumber, ...said, saidAt: iso(row.saidAt) };
}

export function viewPaused({ pausedAt, ...row }: PausedRow): PausedView {
  return { ...row, pausedAt: iso(pausedAt) };
}

export function viewDeployment(row: DeploymentRow): DeploymentView {
  const { deploymentId, state, sha, url } = row;
  return { deploymentId, state, sha, url, createdAt: iso(row.createdAt), readyAt: isoOrNull(row.readyAt) };
}

export function viewApproval(row: ApprovalRow): ApprovalView {
  const { id, kind, state, subject, approvedBy, outcome } = row;
  const { says, reasons, lines } = subject;
  const times = {
    createdAt: iso(row.createdAt),
    expiresAt: iso(row.expiresAt),
    approvedAt: isoOrNull(row.approvedAt),
    servedAt: isoOrNull(row.servedAt),
  };
  return { id, kind, state, says, reasons, lines, approvedBy, outcome, ...times };
}

/** The parts of stored facts and verdicts that are shown. What is not there is not shown, and nothing fails for it. */
const countsSchema = z.object({
  events: z.number(),
  hours: z.number(),
  sessions: z.number().nullish().catch(null),
  eventsOnOldReleases: z.number().default(0).catch(0),
});
const factsSchema = z.object({
  baseline: countsSchema.nullable().catch(null),
  since: countsSchema.nullable().catch(null),
  health: z.string().nullish().catch(null),
  deploymentId: z.string().nullish().catch(null),
});
const verdictSchema = z.object({
  reason: z.string().catch(""),
  explanation: z.string().catch(""),
  confidence: z.number().nullish().catch(null),
  recheckAt: z.string().nullish().catch(null),
});

export function viewVerification(row: VerificationRow): VerificationView {
  const facts = factsSchema.parse(row.facts);
  const verdict = verdictSchema.parse(row.verdict);
  const { baseline, since } = facts;
  return {
    at: iso(row.at),
    action: row.action,
    reason: verdict.reason,
    explanation: verdict.explanation,
    confidence: verdict.confidence ?? null,
    recheckAt: verdict.recheckAt ?? null,
    health: facts.health ?? null,
    deploymentId: facts.deploymentId ?? null,
    before: baseline && { events: baseline.events, hours: baseline.hours, sessions: baseline.sessions ?? null },
    since: since && { ...since, sessions: since.sessions ?? null },
    expected: baseline && since && expectedEvents(baseline, since),
  };
}

type Counts = z.infer<typeof countsSchema>;

/** What the rate from before would have brought: an hour, or a session where both periods know their sessions. */
function expectedEvents(before: Counts, since: Counts): number | null {
  if (before.sessions && typeof since.sessions === "number") return (before.events / before.sessions) * since.sessions;
  return before.hours > 0 ? (before.events / before.hours) * since.hours : null;
}

export function viewInvestigation(stored: unknown): InvestigationView | null {
  return investigationViewSchema.safeParse(stored).data ?? null;
}

export function viewTriage(stored: unknown): z.infer<typeof triageViewSchema> | null {
  return triageViewSchema.safeParse(stored).data ?? null;
}

export function viewJob(row: JobRow): JobView {
  const { id, name, payload, attempts, maxAttempts, lastError } = row;
  return {
    id,
    name,
    payload,
    state: jobStateSchema.parse(row.state),
    attempts,
    maxAttempts,
    runAt: iso(row.runAt),
    leaseUntil: isoOrNull(row.leaseUntil),
    lastError,
    createdAt: iso(row.createdAt),
    finishedAt: isoOrNull(row.finishedAt),
  };
}

export function viewDelivery(row: Omit<DeliveryRow, "signal" | "dedupeKey">): DeliveryView {
  const { id, source, resource, outcome, reason, incidentId, via } = row;
  return { id, source, resource, outcome, reason, incidentId, via, receivedAt: iso(row.receivedAt) };
}
