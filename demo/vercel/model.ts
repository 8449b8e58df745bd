import type { Log } from "../kit/serve.ts";

export type ReadyState = "QUEUED" | "BUILDING" | "READY" | "ERROR" | "CANCELED" | "BLOCKED";

export interface BuildLine {
  atMs: number;
  type: "command" | "stdout" | "stderr";
  text: string;
}

/** A deployment as remembered. Times are milliseconds since the epoch, null until it happened. */
export interface Deployment {
  /** `dpl_…` */
  id: string;
  /** Host name of this deployment alone, without a scheme. */
  host: string;
  sha: string;
  ref: string;
  target: "production" | null;
  message: string;
  authorLogin: string;
  isVerified: boolean;
  /** Why a BLOCKED one is not built: `TEAM_ACCESS_REQUIRED` or `COMMIT_AUTHOR_REQUIRED`. */
  blockCode?: string;
  readyState: ReadyState;
  /** STAGED: ready, and not what production shows; PROMOTED: it is or was. null until READY or without a target. */
  readySubstate: "STAGED" | "PROMOTED" | null;
  createdMs: number;
  buildingMs: number | null;
  readyMs: number | null;
  canceledMs: number | null;
  aliasAssignedMs: number | null;
  errorCode: string | null;
  errorMessage: string | null;
  errorStep: string | null;
  log: BuildLine[];
}

/** The last rollback or promotion that was asked for. */
export interface AliasRequest {
  fromDeploymentId: string | null;
  toDeploymentId: string;
  jobStatus: "pending" | "succeeded";
  requestedAt: number;
  type: "rollback" | "promote";
}

export interface VercelDelivery {
  /** `uev_…`, the same on every attempt. */
  id: string;
  type: string;
  createdMs: number;
  body: string;
  /** The value of `x-vercel-signature`. */
  signature: string;
  attempts: { atMs: number; status: number | null; error: string | null }[];
  isDelivered: boolean;
}

export interface Push {
  sha: string;
  /** A branch name, with or without `refs/heads/`. */
  ref: string;
  message?: string;
  authorLogin?: string;
  /** Whether GitHub shows the commit as verified. */
  verified?: boolean;
}

export interface DemoVercelOptions {
  /** Where the journal, the clone and the deployed trees live; a second start brings production back. */
  dir: string;
  port?: number;
  token: string;
  teamId: string;
  projectId: string;
  projectName: string;
  webhookSecret: string;
  webhookUrl: string | null;
  repository: { owner: string; name: string; cloneUrl: string; defaultBranch: string };
  /** Where production is served, whichever deployment that is. 0 takes a free port. */
  productionPort: number;
  /** Environment of a deployment's process, beside what Vercel itself sets. */
  env: (deployment: Deployment) => Record<string, string>;
  requireVerifiedCommits?: boolean;
  healthPath?: string;
  /** How long a process may take to answer its health path. */
  startTimeoutMs?: number;
  /** First delay before a webhook is sent again; doubles up to a minute. */
  retryBaseMs?: number;
  log: Log;
}

/** What `Require Verified Commits` says (vercel.com/docs/projects/managing-projects). */
export const UNVERIFIED_TEXT = "The Deployment was canceled because it was created with an unverified commit.";
