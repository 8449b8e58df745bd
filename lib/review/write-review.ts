import type { Executor } from "../db/database.ts";
import { DONE, type JobOutcome } from "../jobs/model.ts";
import { enqueue } from "../jobs/outbox.ts";
import type { LanguageModel } from "../llm/ports.ts";
import { monotonicMs } from "../runtime/clock.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import { askReviewer, unlessStopped } from "./ask-reviewer.ts";
import { composeRefuteMessage } from "./compose-refute-message.ts";
import { composeReviewMessage } from "./compose-review-message.ts";
import { decideEarlier, type EarlierDecision } from "./decide-earlier.ts";
import { decideFindings, type FindingsDecision } from "./decide-findings.ts";
import { decidePosted, type PostedFinding } from "./decide-posted.ts";
import { hunksByPath } from "./decide-reading.ts";
import { type Gathered, gatherReview } from "./gather-review.ts";
import { isHeadStill, leaveHead } from "./leave-head.ts";
import { type ProposedReview, proposedReviewSchema, type Refutation, refutationSchema } from "./model.ts";
import type { ReviewOutcome } from "./outcome-model.ts";
import type { ReviewOutside } from "./outside.ts";
import { REFUTE_PROMPT } from "./prompts/refute.ts";
import { REVIEW_PROMPT } from "./prompts/review.ts";
import { columnsOf } from "./read-finding-row.ts";
import { findReview, insertFindings, type ReviewRow, updateFindings, updateReview } from "./store.ts";

type Asking = ReviewOutside & { model: LanguageModel };
type Read = { row: ReviewRow; gathered: Gathered; startedMs: number };

/**
 * Has a model read one head, and a second pass try to refute what it found: one call a job, the first answer is kept. What
 * stands is decided from the diff, and posted by the next job.
 */
export function writeReview(ctx: Context, outside: ReviewOutside, input: { reviewId: string }): Promise<JobOutcome> {
  return unlessStopped(() => write(ctx, outside, input.reviewId));
}

async function write(ctx: Context, outside: ReviewOutside, reviewId: string): Promise<JobOutcome> {
  const startedMs = monotonicMs();
  const row = await findReview(ctx.db.db, reviewId);
  if (row === null || row.state !== "reading") return DONE;
  const { model } = outside;
  if (model === null) return settle(ctx, row, { state: "skipped", reason: "no model is configured" });
  const pull = await outside.host.findPull(row.pullNumber);
  if (!isHeadStill(row, pull)) return leaveHead(ctx, row);
  const gathered = await gatherReview(ctx, outside, { row, pull });
  const reading = { row, gathered, startedMs };
  if (gathered.reading.files.length === 0)
    return settle(ctx, row, { state: "skipped", reason: "nothing of the change is to be read" });
  return row.draft === null
    ? read(ctx, { ...outside, model }, reading)
    : refute(ctx, { ...outside, model }, reading, row.draft);
}

/** Ends the reading without a review. What failed is told in the check run. */
async function settle(
  ctx: Context,
  row: ReviewRow,
  end: { state: "skipped" | "failed"; reason: string },
): Promise<JobOutcome> {
  await inTransaction(ctx, async (tx) => {
    const isMine = await updateReview(tx, row.id, ["reading"], { ...end, updatedAt: ctx.clock.now() });
    if (isMine && end.state === "failed") await enqueue(tx, ctx, "review.post-review", { reviewId: row.id });
  });
  return DONE;
}

async function read(ctx: Context, outside: Asking, reading: Read): Promise<JobOutcome> {
  const { row, gathered, startedMs } = reading;
  const { policy } = outside.settings;
  const text = composeReviewMessage(gathered.material, { mark: markOf(ctx), limit: policy.maxSentChars });
  const question = { prompt: REVIEW_PROMPT, text, schema: proposedReviewSchema, session: row.id, startedMs };
  const answered = await askReviewer(ctx, outside, question);
  if (answered.type === "none") return settle(ctx, row, { state: "failed", reason: answered.reason });
  const draft = answered.value;
  const decided = decide(outside, gathered, draft);
  if (decided.kept.length === 0 || !policy.refutes) return finish(ctx, outside, reading, { draft, decided });
  await inTransaction(ctx, async (tx) => {
    if (await updateReview(tx, row.id, ["reading"], { draft, updatedAt: ctx.clock.now() }))
      await enqueue(tx, ctx, "review.write-review", { reviewId: row.id });
  });
  return DONE;
}

/** Random and new with every conversation. */
const markOf = (ctx: Context): string => ctx.newId("rev").slice(-14);

function decide({ settings }: ReviewOutside, { reading, earlier }: Gathered, draft: ProposedReview): FindingsDecision {
  const facts = { files: hunksByPath(reading.files), earlier: earlier.findings };
  return decideFindings(draft.findings, facts, settings.policy);
}

async function refute(ctx: Context, outside: Asking, reading: Read, draft: ProposedReview): Promise<JobOutcome> {
  const { row, gathered, startedMs } = reading;
  const decided = decide(outside, gathered, draft);
  if (decided.kept.length === 0) return finish(ctx, outside, reading, { draft, decided });
  const material = { findings: decided.kept, files: gathered.reading.files, texts: gathered.material.texts };
  const text = composeRefuteMessage(material, { mark: markOf(ctx), limit: outside.settings.policy.maxSentChars });
  const question = { prompt: REFUTE_PROMPT, text, schema: refutationSchema, session: row.id, startedMs };
  const answered = await askReviewer(ctx, outside, question);
  if (answered.type === "answer") return finish(ctx, outside, reading, { draft, decided, refutation: answered.value });
  // Unchecked, every finding counts as doubted.
  const notes = [`the second pass did not check the findings: ${answered.reason}`];
  return finish(ctx, outside, reading, { draft, decided, refutation: { verdicts: [] }, notes });
}

interface Decided {
  draft: ProposedReview;
  decided: FindingsDecision;
  refutation?: Refutation;
  notes?: readonly string[];
}

async function finish(
  ctx: Context,
  outside: Asking,
  { row, gathered }: Read,
  { draft, decided, refutation, notes = [] }: Decided,
): Promise<JobOutcome> {
  const { findings, untold, texts, resolvedBy } = gathered.earlier;
  const open = findings.filter((one) => one.state === "open" || one.state === "listed");
  const earlier = decideEarlier({ earlier: open, verdicts: draft.earlier, texts, resolvedBy });
  const posted = decidePosted(decided.kept, refutation ?? null, outside.settings.policy);
  const outcome = outcomeOf(outside, gathered, { draft, decided, notes }, posted);
  await inTransaction(ctx, async (tx) => {
    const now = ctx.clock.now();
    const ready = { state: "ready", outcome, draft: null, reason: null, updatedAt: now } as const;
    if (!(await updateReview(tx, row.id, ["reading"], ready))) return;
    await insertFindings(
      tx,
      posted.map((one) => rowOf(ctx, row, one)),
    );
    await updateFindings(tx, untold, ["open", "listed"], { state: "dropped", reason: UNTOLD, updatedAt: now });
    await settleEarlier(tx, ctx, earlier);
    await enqueue(tx, ctx, "review.post-review", { reviewId: row.id });
  });
  return DONE;
}

const UNTOLD = "its head was replaced before it was posted";

function outcomeOf(
  { model }: Asking,
  { material, reading, suspicions }: Gathered,
  { draft, decided, notes }: Required<Pick<Decided, "draft" | "decided" | "notes">>,
  posted: readonly PostedFinding[],
): ReviewOutcome {
  const { summary, risk, riskWhy } = draft;
  const { failedChecks, incidents } = material;
  const unplaced = decided.dropped.map(({ proposed, reason }) => {
    return { path: proposed.path, line: proposed.endLine, title: proposed.title, reason };
  });
  const refuted = posted.flatMap(({ finding: { place, title }, state, reason }) =>
    state === "dropped" ? [{ path: place.path, line: place.line, title, reason: reason ?? "" }] : [],
  );
  return {
    ...{ summary, risk, riskWhy, reading: reading.reading, failedChecks: [...failedChecks], incidents: [...incidents] },
    ...{ dropped: [...unplaced, ...refuted], suspicions, notes: [...decided.notes, ...notes] },
    ...{ model: model.name, promptVersion: REVIEW_PROMPT.version },
  };
}

function rowOf(ctx: Context, row: ReviewRow, { finding, state, reason }: PostedFinding) {
  const { id: reviewId, projectId, repository, pullNumber } = row;
  const now = ctx.clock.now();
  const of = { id: ctx.newId("fnd"), reviewId, projectId, repository, pullNumber };
  return { ...of, ...columnsOf(finding), state, reason, createdAt: now, updatedAt: now };
}

/** Files where the earlier findings stand now; what people settled meanwhile stays as they left it. */
async function settleEarlier(tx: Executor, ctx: Context, earlier: readonly EarlierDecision[]): Promise<void> {
  for (const { id, state, reason } of earlier) {
    if (state === "resolved" || state === "dismissed")
      await updateFindings(tx, [id], ["open", "listed"], { state, reason, updatedAt: ctx.clock.now() });
  }
}
