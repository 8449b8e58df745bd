import type { WritePermit } from "../kernel/write.ts";
import type { SpanKey } from "../performance/model.ts";

export interface ProductionDeployment {
  deploymentId: string;
  sha: string | null;
  ref: string | null;
  url: string | null;
  state: "queued" | "building" | "ready" | "error" | "canceled" | "blocked";
  createdAt: string;
  readyAt: string | null;
  /** Whether production traffic goes to it now; null when the provider does not say. */
  isCurrent: boolean | null;
  /** Whether the provider would take production back to it without a build; null when it does not say. */
  isRollbackCandidate: boolean | null;
  errorText: string | null;
}

export interface Deployments {
  /** Newest first, production only. */
  listProductionDeployments(limit: number): Promise<ProductionDeployment[]>;
}

/** Moves production between deployments that are there already; nothing is built. */
export interface TrafficSwitch {
  /**
   * Asks for production to go back to a deployment that served before. Nothing is sent where it is there, or where that
   * was asked for since `since` and is under way. Accepted is not done: traffic moves a moment later.
   */
  ensureRolledBack(permit: WritePermit, input: { deploymentId: string; since: string; reason: string }): Promise<void>;
  /** Asks for production to go to this ready deployment, and for later ones to take over by themselves again. */
  ensurePromoted(permit: WritePermit, input: { deploymentId: string; since: string }): Promise<void>;
  /** Names of production's environment variables that changed after `since`, never their values; null: not allowed to see. */
  listChangedVariables(since: string): Promise<string[] | null>;
}

/** What happened in the repository between two deployments. */
export interface ChangeLog {
  /** The commits that `head` has and `base` lacks, newest first; null where there is no such way. */
  listCommitsBetween(base: string, head: string): Promise<{ shas: string[]; total: number } | null>;
  listRecentCommits(sha: string, limit: number): Promise<{ sha: string; message: string; files: string[] }[]>;
  findPullRequestOf(sha: string): Promise<{ number: number; title: string; url: string } | null>;
}

export interface CommitGraph {
  /** Whether `descendant` is `ancestor` or comes after it; null when the host cannot tell (unknown commit). */
  containsCommit(input: { ancestor: string; descendant: string }): Promise<boolean | null>;
}

/** One error event as far as counting needs it. */
export interface EventMark {
  at: string;
  release: string | null;
}

export interface ErrorHistory {
  /**
   * The issue's events of `[from, to)`, newest first. `truncated` when more were there than the source hands out:
   * then the counts are a lower bound for the time before the oldest one.
   */
  listEvents(input: {
    issueId: string;
    environment: string | null;
    from: string;
    to: string;
  }): Promise<{ events: EventMark[]; truncated: boolean }>;
  findStatus(issueId: string): Promise<"unresolved" | "resolved" | "archived" | null>;
  /** Resolves the issue in the release that holds the repair (`release` null: plainly). Nothing is sent when it is resolved. */
  ensureResolved(permit: WritePermit, input: { issueId: string; release: string | null }): Promise<void>;
}

/** Sessions of a time, as a source counts them. */
export interface SessionBucket {
  startMs: number;
  endMs: number;
  count: number;
}

/** How much production was used: night is not recovery. */
export interface SessionHistory {
  /** Sessions of the issue's project, oldest first; null where the source does not know them. */
  listSessions(input: {
    issueId: string;
    environment: string | null;
    from: string;
    to: string;
  }): Promise<SessionBucket[] | null>;
}

export interface DurationWindow {
  environment: string;
  /** ISO 8601. */
  from: string;
  to: string;
  /** Samples of these releases are left out. */
  withoutReleases: readonly string[];
}

/** How long one group of spans took, as the source knows it. */
export interface DurationHistory {
  /** Releases with samples of the group, most samples first. */
  listReleases(key: SpanKey, window: DurationWindow): Promise<string[]>;
  /** All samples, and those longer than `thresholdMs`; figures are 0 where there are none. */
  readDurations(
    key: SpanKey,
    window: DurationWindow,
    thresholdMs: number,
  ): Promise<{ samples: number; slow: number; p95Ms: number; p99Ms: number }>;
}

/** How much the product suffered in some time, in words, or why nobody knows. */
export type ImpactWords = { type: "measured"; summary: string } | { type: "unknown"; reason: string };

export interface ProductImpact {
  /** Of the time since then, against the same hours of earlier weeks. Analytics that are away are an unknown impact. */
  measureSince(input: { from: string; now: string }): Promise<ImpactWords>;
}

export interface HealthProbe {
  /** One bounded, read-only request; `detail` says what it answered. skipped: no target URL is configured. */
  check(): Promise<{ status: "pass" | "fail" | "skipped"; detail: string }>;
}
