import * as z from "zod";
import type { IncidentState } from "../incidents/model.ts";
import type { Signal, Source } from "../intake/model.ts";

/** An issue of an error source as its list tells it. */
export interface PolledIssue {
  issueId: string;
  shortId: string | null;
  title: string;
  culprit: string | null;
  level: string;
  status: "unresolved" | "resolved" | "archived";
  /** The source itself says that it came back after it was resolved. */
  isRegressed: boolean;
  /** The source's own word for what kind of problem it is; null where it has none. */
  category: string | null;
  url: string | null;
  sourceProject: string | null;
  events: number | null;
  users: number | null;
  firstSeenAt: string;
  lastSeenAt: string;
  /** Both times as the source writes them: they are part of its webhooks' dedupe keys. */
  raw: { firstSeen: string; lastSeen: string };
}

/** A production deployment as its host's list tells it. */
export interface PolledDeployment {
  deploymentId: string;
  sha: string | null;
  ref: string | null;
  url: string | null;
  state: "queued" | "building" | "ready" | "error" | "canceled" | "blocked";
  createdAt: string;
  readyAt: string | null;
}

/** One try of a host to deliver a webhook that did not get through. `guid` is the same for all tries of one delivery. */
export interface FailedAttempt {
  attemptId: string;
  guid: string;
  /** `pull_request.closed` and the like. */
  event: string;
  at: string;
  statusCode: number;
}

/** An item of a list that is not of the shape that it should have. `at` null: not even its time could be read. */
export interface UnreadableItem {
  id: string;
  at: string | null;
  fault: string;
}

/** What is known here of a source's issue in the watched environment. */
export interface KnownIncident {
  incidentId: string;
  issueId: string;
  state: IncidentState;
  lastSeenAt: string;
  closedAt: string | null;
  /** The issue's status as it was last told of; null when it never was. */
  sourceStatus: string | null;
}

/** Why something was found: what no webhook had told of, or the backlog of a first look. */
export const FINDING_KINDS = [
  "unknown_issue",
  "came_back",
  "more_events",
  "status",
  "deployment",
  "failed_delivery",
  "first_look",
] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];

/** Kinds that a working webhook would have brought: the rest are no gap. */
export const GAP_KINDS: readonly FindingKind[] = [
  "unknown_issue",
  "came_back",
  "status",
  "deployment",
  "failed_delivery",
];

/**
 * Kinds that a source never tells by webhook, so that to miss them is no gap: GlitchTip sends alerts and monitors' changes
 * alone, and neither a change of status nor the return of a resolved issue is one (glitchtip-backend, apps/alerts
 * and apps/uptime, webhooks.py).
 */
export const NEVER_TOLD: Readonly<Partial<Record<Source, readonly FindingKind[]>>> = {
  glitchtip: ["status", "came_back"],
};

/** The `resource` of the delivery that a finding of this kind becomes. */
export function resourceOf(kind: FindingKind): string {
  return `poll.${kind}`;
}

/** A difference between a source and what is stored here, as the delivery that it becomes. */
export interface Finding {
  kind: FindingKind;
  source: Source;
  /** One line for people. */
  summary: string;
  deliveryKey: string;
  /** null: only to be noted. */
  signal: Signal | null;
}

/** A finding, and what became of it. `found` is one of a dry run. */
export interface Outcome extends Finding {
  outcome: "found" | "accepted" | "ignored" | "duplicate" | "failed";
  reason: string;
  incidentId: string | null;
}

/** How one look at one source went. Times are ISO 8601. */
export interface SyncReport {
  source: Source;
  /** complete: all pages, all stored. partial: something is left for the next look. waiting: the source asked for time. */
  state: "complete" | "partial" | "waiting" | "failed";
  since: string;
  until: string;
  pages: number;
  items: number;
  outcomes: Outcome[];
  unreadable: UnreadableItem[];
  fault: string | null;
  /** Up to where the source is now read. */
  position: string;
  retryAt: string | null;
}

export const gapSchema = z.object({
  deliveryId: z.string(),
  source: z.string(),
  kind: z.string(),
  /** One line for people. */
  summary: z.string(),
  incidentId: z.string().nullable(),
  foundAt: z.iso.datetime(),
});

/** What polling alone brought, and which sources cannot be looked at. */
export const gapReportSchema = z.object({
  since: z.iso.datetime(),
  graceMinutes: z.number(),
  count: z.number().int(),
  bySource: z.record(z.string(), z.number().int()),
  /** The newest ones. */
  gaps: z.array(gapSchema),
  sources: z.array(
    z.object({
      source: z.string(),
      position: z.string(),
      fault: z.string().nullable(),
      retryAt: z.iso.datetime().nullable(),
      lookedAt: z.iso.datetime(),
    }),
  ),
});
export type GapReport = z.infer<typeof gapReportSchema>;
