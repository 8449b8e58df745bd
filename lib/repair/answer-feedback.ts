import { DONE, type JobOutcome } from "../jobs/model.ts";
import { enqueue } from "../jobs/outbox.ts";
import type { HeldWrite, WriteKind, WritePermit } from "../kernel/write.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import { composeReply, composeRoundComment } from "./compose-answer.ts";
import type { FeedbackOutside } from "./feedback-look.ts";
import { type FeedbackRow, listFeedback, updateFeedback } from "./feedback-store.ts";
import { findLatestPullRequest, listRuns, type RunRow } from "./store.ts";

/** How long an answer that the kill switch held waits before it is tried again. */
const HELD_RETRY_MS = 60_000;
const ENDED = ["done", "answered", "not_done"] as const;

type Write = <T>(kind: WriteKind, write: (permit: WritePermit) => Promise<T>) => Promise<T | null>;

/**
 * Tells who asked what came of it: one reply in each thread, one comment for what has none. A thread is resolved only
 * where the round changed the very place. Each answer looks for itself first, so a crash in between repeats none.
 */
export async function answerFeedback(
  ctx: Context,
  outside: FeedbackOutside,
  input: { incidentId: string },
): Promise<JobOutcome> {
  const pull = await findLatestPullRequest(ctx.db.db, input.incidentId);
  if (pull === null || pull.state !== "open") return DONE;
  const rows = await listFeedback(ctx.db.db, input.incidentId, pull.number);
  const waiting = rows.filter((row) => row.answeredAt === null && ENDED.some((state) => state === row.state));
  if (waiting.length === 0) return DONE;
  let held: HeldWrite | null = null;
  const write: Write = async (kind, send) => {
    if (held !== null) return null;
    const result = await outside.outbound.write(kind, send);
    if (!result.held) return result.value;
    held = result;
    return null;
  };
  await answerThreads(outside, write, pull.number, waiting);
  await answerRounds(outside, write, pull.number, waiting, await listRuns(ctx.db.db, input.incidentId));
  await inTransaction(ctx, async (tx) => {
    const now = ctx.clock.now();
    if (held === null) {
      const ids = waiting.map((row) => row.id);
      return updateFeedback(tx, ids, ENDED, { answeredAt: now, updatedAt: now });
    }
    const runAt = new Date(now.getTime() + HELD_RETRY_MS);
    await enqueue(tx, ctx, "repair.answer-feedback", { incidentId: input.incidentId }, { runAt });
  });
  return DONE;
}

function groupBy<T>(rows: readonly T[], keyOf: (row: T) => string | null): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const key = keyOf(row);
    if (key !== null) groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return groups;
}

async function answerThreads(
  { reviews }: FeedbackOutside,
  write: Write,
  number: number,
  rows: readonly FeedbackRow[],
): Promise<void> {
  for (const [threadId, inThread] of groupBy(rows, (row) => row.threadId)) {
    const newest = inThread.at(-1);
    if (newest === undefined) continue;
    const reply = { number, threadId, marker: `answer:${newest.id}`, body: composeReply(newest) };
    await write("github.review", (permit) => reviews.ensureReply(permit, reply));
    if (inThread.every((row) => row.state === "done"))
      await write("github.review", (permit) => reviews.ensureThreadResolved(permit, { threadId }));
  }
}

/** A round's own comment: for what has no thread, and for what was not done. */
async function answerRounds(
  { reviews }: FeedbackOutside,
  write: Write,
  number: number,
  rows: readonly FeedbackRow[],
  runs: readonly RunRow[],
): Promise<void> {
  for (const [runId, ofRun] of groupBy(rows, (row) => row.runId)) {
    const run = runs.find((one) => one.id === runId);
    const round = run?.brief.round;
    const told = ofRun.filter((row) => row.threadId === null || row.state === "not_done");
    if (run === undefined || round === undefined || told.length === 0) continue;
    const notes = Array.isArray(run.gate?.notes) ? run.gate.notes.map(String) : [];
    const body = composeRoundComment({
      round: round.round,
      of: round.of,
      commitSha: run.commitSha,
      summary: run.report?.summary ?? null,
      notes,
      items: told,
    });
    await write("github.comment", (permit) =>
      reviews.ensureComment(permit, { number, marker: `round:${runId}`, body }),
    );
  }
  const loose = rows.filter((row) => row.runId === null && row.threadId === null && row.outcome !== null);
  for (const { id, outcome } of loose) {
    const body = outcome ?? "";
    await write("github.comment", (permit) => reviews.ensureComment(permit, { number, marker: `answer:${id}`, body }));
  }
}
