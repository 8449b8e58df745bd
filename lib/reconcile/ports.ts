import type { WritePermit } from "../kernel/write.ts";
import type { FailedAttempt, Finding, PolledDeployment, PolledIssue, UnreadableItem } from "./model.ts";

/** One page of a list. `nextCursor` null: the last one. An item that cannot be read does not spoil the others. */
export interface PolledPage<Item> {
  items: Item[];
  unreadable: UnreadableItem[];
  nextCursor: string | null;
}

/** A part of a list: what happened in `[since, until]`, both ISO 8601; `cursor` null is the first page. */
export interface PageRequest {
  since: string;
  until: string;
  cursor: string | null;
}

/** An error source that can be asked what changed. */
export interface IssueFeed {
  /** Issues of any status with an event of the watched environment in that time. */
  listChangedIssues(request: PageRequest): Promise<PolledPage<PolledIssue>>;
  /** null when the source no longer has it. */
  findIssue(issueId: string): Promise<PolledIssue | null>;
}

/** A host that can be asked which production deployments were created. */
export interface DeploymentFeed {
  listDeployments(request: PageRequest): Promise<PolledPage<PolledDeployment>>;
}

/** A host that remembers which webhooks it could not deliver, and sends them again when asked. */
export interface FailedDeliveries {
  listFailedAttempts(request: PageRequest): Promise<PolledPage<FailedAttempt>>;
  /** Has the delivery of this attempt sent once more, under the same guid. */
  ensureRedelivered(permit: WritePermit, attemptId: string): Promise<void>;
}

/** The way in for what was found: stored like any delivery, with its incident and first job. */
export interface Inbox {
  receive(finding: Finding): Promise<{
    outcome: "accepted" | "ignored" | "duplicate";
    reason: string;
    incidentId?: string;
  }>;
}
