import type { IncidentState } from "../incidents/model.ts";
import { fold, minute, quiet } from "../kernel/render-markdown.ts";

/** A move of production that people were offered, as the issue tells it; see lib/recovery/approval-model.ts. */
export interface IssueApproval {
  kind: string;
  state: string;
  token: string;
  subject: { says: string; reasons: readonly string[]; lines: readonly string[] };
  expiresAt: Date;
  approvedBy: string | null;
  outcome: string | null;
}

/** Moves of production, newest first, as things are now. */
export interface IssueMoves {
  approvals: readonly IssueApproval[];
  now: Date;
  state: IncidentState;
}

/** Where going back helps nobody any more. */
const REPAIRED: ReadonlySet<IncidentState> = new Set(["verifying", "recovered", "done", "ignored"]);

function offeredOf({ approvals: [newest], now, state }: IssueMoves): IssueApproval | null {
  if (newest?.state !== "offered" || newest.expiresAt <= now) return null;
  return newest.kind === "rollback" && REPAIRED.has(state) ? null : newest;
}

const WORDS: Readonly<Record<string, string>> = {
  approved: "is approved and about to be done",
  moving: "is under way: Vercel was asked, and traffic is about to move",
  watching: "is done; whether the error stopped is being measured",
};
/** Ends that are told as long as nothing newer is. */
const ENDS: ReadonlySet<string> = new Set(["worked", "no_help", "unclear", "done", "failed", "held"]);

/**
 * The newest move of production: what is offered with its consequences and how to approve it, or what became of it. Null
 * where there is none to tell of.
 */
export function composeRollback({ approvals, now, state }: IssueMoves): string | null {
  const told = approvals.find((one) => one.state in WORDS || ENDS.has(one.state));
  const offered = offeredOf({ approvals, now, state });
  const parts = [told ? composeTold(told) : null, offered ? composeOffer(offered) : null];
  return parts.filter((part) => part !== null).join("\n\n") || null;
}

/** One line for the issue's body, while an offer waits. */
export function composeRollbackHint(moves: IssueMoves): string | null {
  const newest = offeredOf(moves);
  if (newest === null) return null;
  return `**Faster:** ${newest.kind === "rollback" ? "a rollback" : "a promotion"} is offered until ${minute(newest.expiresAt)}; the comment below says what goes with it, and how to approve it.`;
}

function composeOffer({ kind, subject, token, expiresAt }: IssueApproval): string {
  const name = kind === "rollback" ? "Rollback" : "Promotion";
  return [
    `**${name} offered:** ${quiet(subject.says)}, without a build. Nothing happens unless somebody with write permission approves by ${minute(expiresAt)}, with this comment:`,
    `\`\`\`\n/patchpilot rollback ${token}\n\`\`\``,
    ...(kind === "rollback" ? [`Why: ${subject.reasons.map((reason) => quiet(reason)).join("; ")}.`] : []),
    fold("What goes with it", subject.lines.map((line) => `- ${quiet(line, 900)}`).join("\n")),
  ].join("\n\n");
}

function composeTold({ kind, state, subject, approvedBy, outcome }: IssueApproval): string {
  const name = kind === "rollback" ? "Rollback" : "Promotion";
  const by = approvedBy === null ? "" : ` (approved by ${quiet(approvedBy, 60)})`;
  const says = state in WORDS ? `it ${WORDS[state]}.` : outcome === null ? "" : quiet(outcome, 900);
  return `**${name}:** ${quiet(subject.says)}${by}: ${says}`;
}
