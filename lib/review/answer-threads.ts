import type { Executor } from "../db/database.ts";
import { DONE, type JobOutcome } from "../jobs/model.ts";
import { enqueue } from "../jobs/outbox.ts";
import type { HeldWrite } from "../kernel/write.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import { answerQuestion, type ThreadAnswer } from "./answer-question.ts";
import { unlessStopped } from "./ask-reviewer.ts";
import { composeLookReply, LET_GO_REPLY } from "./compose-reply.ts";
import { decideEarlier } from "./decide-earlier.ts";
import { decideThread, type ThreadDecision } from "./decide-thread.ts";
import { resolverOf } from "./gather-earlier.ts";
import { createWriter, HELD_RETRY_MS, type ReviewOutside } from "./outside.ts";
import type { ReviewedPull, ReviewHost } from "./ports.ts";
import { findingOf } from "./read-finding-row.ts";
import { type FindingRow, keepReply, listFindings, listReviews, type PullId, updateFindings } from "./store.ts";

type OurThread = Awaited<ReturnType<ReviewHost["listOurThreads"]>>[number];
type Asked = Exclude<ThreadDecision, { type: "nothing" }>;

interface Waiting {
  thread: OurThread;
  finding: FindingRow;
  asked: Asked;
}

type Answered = Waiting & { answer: ThreadAnswer };

/**
 * Answers what people said under our comments since: a question briefly, "fixed" by looking at the head, "let go" by letting
 * go. Only the pull request's author and people with rights in the repository are answered. What is said is kept first and
 * written by the next job; a model is asked once a job.
 */
export function answerThreads(
  ctx: Context,
  outside: ReviewOutside,
  input: { projectId: string; number: number },
): Promise<JobOutcome> {
  return unlessStopped(() => answer(ctx, outside, input));
}

async function answer(
  ctx: Context,
  outside: ReviewOutside,
  input: { projectId: string; number: number },
): Promise<JobOutcome> {
  const { host, outbound } = outside;
  const id: PullId = { ...input, repository: host.repository };
  const findings = await listFindings(ctx.db.db, id);
  const pull = findings.length === 0 ? null : await host.findPull(input.number);
  if (pull === null || pull.state === "closed") return DONE;
  if (findings.some((one) => one.reply !== null)) return writeReplies(ctx, outside, id, findings);
  const threads = await host.listOurThreads(input.number);
  const waiting = await listWaiting(outside, { threads, findings, pull });
  const held = waiting.length === 0 ? null : await outbound.whyHeld("github.review");
  const answers = held === null ? await answerAll(ctx, outside, pull, waiting) : [];
  await inTransaction(ctx, async (tx) => {
    const settled = await settleByPeople(tx, ctx, threads, findings);
    for (const one of answers) await keepAnswer(tx, ctx, one);
    if (answers.length > 0) await enqueue(tx, ctx, "review.answer-threads", input);
    if (settled > 0) await refreshSummary(tx, ctx, id);
    await comeBack(tx, ctx, id, held);
  });
  return DONE;
}

/** The kill switch is waited for; what a dry run or the stage holds is left. */
async function comeBack(
  tx: Executor,
  ctx: Context,
  { projectId, number }: PullId,
  held: HeldWrite | null,
): Promise<void> {
  if (held?.reason !== "stopped") return;
  const runAt = new Date(ctx.clock.now().getTime() + HELD_RETRY_MS);
  await enqueue(tx, ctx, "review.answer-threads", { projectId, number }, { runAt });
}

/** A thread that somebody else resolved is settled; answers how many were. */
async function settleByPeople(
  tx: Executor,
  ctx: Context,
  threads: readonly OurThread[],
  findings: readonly FindingRow[],
): Promise<number> {
  let settled = 0;
  for (const thread of threads) {
    const finding = findings.find((one) => one.id === thread.marker && one.state === "open");
    const by = resolverOf(thread);
    if (finding === undefined || by === null) continue;
    const reason = `${by} resolved the thread`;
    await updateFindings(tx, [finding.id], ["open"], { state: "dismissed", reason, updatedAt: ctx.clock.now() });
    settled += 1;
  }
  return settled;
}

async function listWaiting(
  { host, settings }: ReviewOutside,
  { threads, findings, pull }: { threads: readonly OurThread[]; findings: readonly FindingRow[]; pull: ReviewedPull },
): Promise<Waiting[]> {
  const asking = threads.flatMap((thread) => {
    const finding = findings.find((one) => one.id === thread.marker);
    const asked = decideThread(thread, settings.policy);
    return finding === undefined || asked.type === "nothing" ? [] : [{ thread, finding, asked }];
  });
  const heard = new Map([[pull.author.login, true]]);
  for (const { by } of asking.map((one) => one.asked)) {
    if (!heard.has(by)) heard.set(by, !["none", "read"].includes(await host.getPermission(by)));
  }
  return asking.filter(({ asked }) => heard.get(asked.by));
}

/** Answers to all but questions, of which one is taken: the others come with the next job. */
async function answerAll(
  ctx: Context,
  outside: ReviewOutside,
  pull: ReviewedPull,
  waiting: readonly Waiting[],
): Promise<Answered[]> {
  const question = waiting.find(({ asked }) => asked.type === "question");
  const answered: Answered[] = [];
  for (const one of waiting) {
    if (one.asked.type === "question" && one !== question) continue;
    const answer = await answerOne(ctx, outside, pull, one);
    if (answer !== null) answered.push({ ...one, answer });
  }
  return answered;
}

async function answerOne(
  ctx: Context,
  outside: ReviewOutside,
  pull: ReviewedPull,
  { thread, finding, asked }: Waiting,
): Promise<ThreadAnswer | null> {
  switch (asked.type) {
    case "let_go":
      return { body: LET_GO_REPLY, settled: { state: "dismissed", reason: `${asked.by} said to let it go` } };
    case "says_fixed":
      return lookAgain(outside, pull, finding);
    case "question": {
      const { model } = outside;
      return model && answerQuestion(ctx, { ...outside, model }, { pull, thread, finding, by: asked.by });
    }
  }
}

/** Somebody says that it is fixed: is the text that the comment was about still there? */
async function lookAgain({ host }: ReviewOutside, pull: ReviewedPull, row: FindingRow): Promise<ThreadAnswer> {
  const texts = await host.readTexts([row.path], pull.headSha);
  const verdicts = [{ id: row.id, state: "fixed" as const, why: "" }];
  const [seen] = decideEarlier({ earlier: [findingOf(row)], verdicts, texts, resolvedBy: new Map() });
  const isGone = seen?.state === "resolved";
  const reason = seen?.reason ?? "the code is as it was";
  return {
    body: composeLookReply({ isGone, headSha: pull.headSha, reason }),
    settled: isGone ? { state: "resolved", reason } : null,
  };
}

function keepAnswer(tx: Executor, ctx: Context, { thread, finding, asked, answer }: Answered): Promise<void> {
  const now = ctx.clock.now();
  const { body, settled } = answer;
  const reply = { threadId: thread.id, commentId: asked.commentId, body, resolves: settled !== null };
  // Its thread is told by the reply itself.
  return keepReply(tx, finding.id, { reply, updatedAt: now, ...(settled && { ...settled, toldAt: now }) });
}

/** Writes what was kept, each below the comment that it is for and once, and looks for more. */
async function writeReplies(
  ctx: Context,
  { host, outbound }: ReviewOutside,
  id: PullId,
  findings: readonly FindingRow[],
): Promise<JobOutcome> {
  const writer = createWriter(outbound);
  const kept = findings.flatMap(({ id: findingId, reply }) => (reply === null ? [] : [{ findingId, reply }]));
  for (const { reply } of kept) {
    const at = { number: id.number, threadId: reply.threadId };
    const said = { ...at, marker: `reply:${reply.commentId}`, body: reply.body };
    await writer.send("github.review", (permit) => host.ensureReply(permit, said));
    if (reply.resolves) await writer.send("github.review", (permit) => host.ensureThreadResolved(permit, at));
  }
  await inTransaction(ctx, async (tx) => {
    if (writer.held !== null) return comeBack(tx, ctx, id, writer.held);
    for (const { findingId } of kept) await keepReply(tx, findingId, { reply: null, updatedAt: ctx.clock.now() });
    if (kept.some(({ reply }) => reply.resolves)) await refreshSummary(tx, ctx, id);
    await enqueue(tx, ctx, "review.answer-threads", { projectId: id.projectId, number: id.number });
  });
  return DONE;
}

/** Has summary and check run brought up to date. */
async function refreshSummary(tx: Executor, ctx: Context, id: PullId): Promise<void> {
  const last = (await listReviews(tx, id)).find((row) => row.state === "posted");
  if (last) await enqueue(tx, ctx, "review.post-review", { reviewId: last.id });
}
