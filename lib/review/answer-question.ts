import { isSecretPath } from "../kernel/secret-paths.ts";
import type { LanguageModel } from "../llm/ports.ts";
import { monotonicMs } from "../runtime/clock.ts";
import type { Context } from "../runtime/context.ts";
import { askReviewer } from "./ask-reviewer.ts";
import { composeReply, NO_ANSWER_REPLY } from "./compose-reply.ts";
import { composeReplyMessage } from "./compose-reply-message.ts";
import { type FindingState, proposedReplySchema } from "./model.ts";
import type { ReviewOutside } from "./outside.ts";
import type { ReviewedPull, ReviewThread } from "./ports.ts";
import { REPLY_PROMPT } from "./prompts/reply.ts";
import { findingOf } from "./read-finding-row.ts";
import type { FindingRow } from "./store.ts";

/** A question is about one place: far less than a review is sent. */
const MOST_SENT = 40_000;

/** What is said in a thread, and what becomes of its finding; null: it stays as it is. */
export interface ThreadAnswer {
  body: string;
  settled: { state: Extract<FindingState, "resolved" | "dismissed">; reason: string } | null;
}

/** What a model says to a person's question under a comment of ours; it may take the finding back. */
export async function answerQuestion(
  ctx: Context,
  outside: ReviewOutside & { model: LanguageModel },
  asked: { pull: ReviewedPull; thread: ReviewThread; finding: FindingRow; by: string },
): Promise<ThreadAnswer> {
  const startedMs = monotonicMs();
  const { host, settings } = outside;
  const { finding, thread, pull } = asked;
  const paths = isSecretPath(finding.path) ? [] : [finding.path];
  const text = (await host.readTexts(paths, pull.headSha)).get(finding.path) ?? null;
  const file = text === null ? null : { path: finding.path, text };
  const fence = { mark: ctx.newId("rev").slice(-14), limit: Math.min(MOST_SENT, settings.policy.maxSentChars) };
  const message = composeReplyMessage({ finding: findingOf(finding), comments: thread.comments, file }, fence);
  const question = {
    prompt: REPLY_PROMPT,
    text: message,
    schema: proposedReplySchema,
    session: `thread:${finding.id}`,
    startedMs,
  };
  const answered = await askReviewer(ctx, outside, question);
  if (answered.type === "none") return { body: NO_ANSWER_REPLY, settled: null };
  const { isWithdrawn } = answered.value;
  return {
    body: composeReply(answered.value),
    settled: isWithdrawn ? { state: "dismissed", reason: `taken back after ${asked.by} asked` } : null,
  };
}
