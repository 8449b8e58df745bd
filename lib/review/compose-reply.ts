import { quiet } from "../kernel/render-markdown.ts";
import type { ProposedReply } from "./model.ts";
import { said } from "./render-said.ts";

/** The model's answer to a question under a comment. */
export function composeReply(reply: ProposedReply): string {
  const text = said(reply.text, 2_000);
  return reply.isWithdrawn ? `${text}\n\nI take this one back.` : text;
}

/** After somebody said that it is fixed: what a look at the head shows. */
export function composeLookReply(facts: { isGone: boolean; headSha: string; reason: string }): string {
  const sha = facts.headSha.slice(0, 12);
  return facts.isGone
    ? `Looked at ${sha}: it is fixed.`
    : `Looked at ${sha}: ${quiet(facts.reason, 400)}. If that is meant, say "won't fix" and I let it go.`;
}

/** In a thread whose finding a later push fixed. */
export const composeFixedReply = (headSha: string): string => `Fixed in ${headSha.slice(0, 12)}.`;

export const LET_GO_REPLY = "Understood, I let this go and won't raise it again.";

/** When nothing can be answered: the budget is spent, no model is there, or it had no answer. */
export const NO_ANSWER_REPLY = "I can't answer this now; somebody who knows this code should.";
