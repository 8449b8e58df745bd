import type { AlertSignal, Signal, Source } from "./model.ts";

/** What the door knows of the project that a delivery is for. */
export interface IntakeFacts {
  source: Source;
  /** The only environment whose alerts open incidents. */
  environment: string;
  /** Slug of the source's project, where the operator named one. */
  sourceProject: string | null;
  /** owner/name of the target repository, or null when GitHub is not configured. */
  repository: string | null;
  vercelProjectId: string | null;
  /** Slug of the source's organisation; what another one's installation sends is not ours. Absent: not looked at. */
  organization?: string | null;
  /** Whether pull requests are reviewed here, and new issues answered. Absent: neither. */
  reviews?: { pulls: boolean; issues: boolean };
}

/** What has to be stored with an accepted delivery, in the same statement. */
export type FirstStep =
  | { type: "ignore"; reason: string }
  | { type: "open_incident"; reason: string; identity: string; environment: string; signal: AlertSignal }
  | { type: "store"; reason: string }
  /**
   * `identity` is of the incident that it is about, where that follows from the delivery alone; it opens none. `also`:
   * another room hears of the same delivery.
   */
  | { type: "job"; reason: string; job: DeliveryJob; identity?: string; also?: DeliveryJob };

/** Jobs that work on one delivery. */
export type DeliveryJob =
  | "incidents.note-source-status"
  | "repair.note-pull-request"
  | "repair.obey-comment"
  | "repair.note-label"
  | "repair.note-feedback"
  | "review.note-event"
  | "recovery.note-deployment"
  | "intake.adopt-issue"
  | "intake.note-installation"
  | "incidents.note-source-comment"
  | "investigate.note-seer"
  | "triage.note-metric"
  | "triage.note-anomaly"
  | "alerts.note-issue";

export type GithubSignal = Extract<
  Signal,
  { kind: "pull_request" | "pull_feedback" | "comment" | "github_issue" | "push" }
>;
