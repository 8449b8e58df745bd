import type { WritePermit } from "../kernel/write.ts";

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
  errorText: string | null;
}

export interface Deployments {
  /** Newest first, production only. */
  listProductionDeployments(limit: number): Promise<ProductionDeployment[]>;
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

export interface HealthProbe {
  /** One bounded, read-only request. skipped: no target URL is configured. */
  check(): Promise<{ status: "pass" | "fail" | "skipped"; detail: string }>;
}
