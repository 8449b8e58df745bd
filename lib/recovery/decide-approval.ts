import type { IncidentState } from "../incidents/model.ts";
import type { ApprovalKind, ApprovalState } from "./approval-model.ts";

/** A token that somebody quoted, held against what was offered. */
export interface ApprovalFacts {
  now: Date;
  /** null: no such offer is known, or the text is no token. */
  offer: {
    kind: ApprovalKind;
    state: ApprovalState;
    incidentId: string;
    expiresAt: Date;
    approvedBy: string | null;
  } | null;
  /** Whether the signature is ours, over the offer as it is stored now. */
  isSigned: boolean;
  incident: { id: string; state: IncidentState };
}

export type ApprovalDecision = { type: "approve" } | { type: "refuse"; reason: string };

const OVER: ReadonlySet<IncidentState> = new Set(["recovered", "ignored", "done"]);

/** Whether this word of approval counts. It does once, in time, for the incident and the move that it was given for. */
export function decideApproval({ now, offer, isSigned, incident }: ApprovalFacts): ApprovalDecision {
  const refuse = (reason: string): ApprovalDecision => ({ type: "refuse", reason });
  if (offer === null) return refuse("there is no offer of this token");
  if (!isSigned) return refuse("the token was tampered with: its signature does not fit the offer");
  if (offer.incidentId !== incident.id) return refuse("the token belongs to another incident");
  if (offer.state === "expired") return refuse("the offer expired; ask for a new one");
  if (offer.state === "withdrawn") return refuse("the offer was withdrawn; ask for a new one");
  if (offer.state !== "offered")
    return refuse(`the token was used already${offer.approvedBy === null ? "" : `, by ${offer.approvedBy}`}`);
  if (now.getTime() >= offer.expiresAt.getTime())
    return refuse(`the offer expired at ${offer.expiresAt.toISOString()}; ask for a new one`);
  if (offer.kind === "rollback" && OVER.has(incident.state)) return refuse(`the incident is ${incident.state}`);
  return { type: "approve" };
}
