import { DONE, type JobOutcome } from "../jobs/model.ts";
import { enqueue } from "../jobs/outbox.ts";
import { AppError } from "../kernel/errors.ts";
import type { HeldWrite } from "../kernel/write.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import { composeCheck, composeCheckWithout } from "./compose-check.ts";
import { composeFinding } from "./compose-finding.ts";
import { composeFixedReply } from "./compose-reply.ts";
import { composeReviewBody } from "./compose-review.ts";
import { composeSummary } from "./compose-summary.ts";
import { decideEvent } from "./decide-posted.ts";
import { isHeadStill, leaveHead } from "./leave-head.ts";
import type { ReviewOutcome } from "./outcome-model.ts";
import { createWriter, HELD_RETRY_MS, type ReviewOutside, type Writer } from "./outside.ts";
import type { ReviewHost } from "./ports.ts";
import { findingOf } from "./read-finding-row.ts";
import {
  type FindingRow,
  findReview,
  listFindings,
  markTold,
  type ReviewRow,
  updateFindings,
  updateReview,
} from "./store.ts";

/** The living summary of a pull request. */
const SUMMARY_MARKER = "review-summary";

type Threads = Awaited<ReturnType<ReviewHost["listOurThreads"]>>;
type Posting = { row: ReviewRow; outcome: ReviewOutcome; findings: FindingRow[]; isOwnPull: boolean };

const isOpen = ({ state }: Pick<FindingRow, "state">) => state === "open" || state === "listed";

/**
 * Posts a review of a head that is one still: the review with its comments, what a push mended, the living summary and the
 * check run. Each looks for itself first, so a crash in between repeats none. Of a review that was posted, summary and
 * check run are brought up to date; of one that failed, the check run says why.
 */
export async function postReview(
  ctx: Context,
  outside: ReviewOutside,
  input: { reviewId: string },
): Promise<JobOutcome> {
  const row = await findReview(ctx.db.db, input.reviewId);
  if (row === null || (row.state !== "ready" && row.state !== "posted" && row.state !== "failed")) return DONE;
  const pull = await outside.host.findPull(row.pullNumber);
  if (!isHeadStill(row, pull)) return row.state === "ready" ? leaveHead(ctx, row) : DONE;
  if (row.state === "failed") return tellFailure(ctx, outside, row);
  if (row.outcome === null) return { type: "dead", reason: `review ${row.id} is ${row.state} without an outcome` };
  const { projectId, repository, pullNumber: number } = row;
  const findings = await listFindings(ctx.db.db, { projectId, repository, number });
  return post(ctx, outside, { row, outcome: row.outcome, findings, isOwnPull: pull.author.isOurs });
}

async function post(ctx: Context, outside: ReviewOutside, posting: Posting): Promise<JobOutcome> {
  const writer = createWriter(outside.outbound);
  const { row } = posting;
  const made = row.state === "ready" ? await makeReview(outside, writer, posting) : { url: row.url, refused: [] };
  if (made === "stale") return leaveHead(ctx, row);
  const threads = writer.held || posting.findings.length === 0 ? [] : await outside.host.listOurThreads(row.pullNumber);
  const told = await tellMended(outside, writer, posting, threads);
  const summaryUrl = await writeSummary(outside, writer, { ...posting, threads });
  if (writer.held !== null) return waitHeld(ctx, row, writer.held);
  await inTransaction(ctx, async (tx) => {
    const now = ctx.clock.now();
    const posted = { state: "posted", reason: null, summaryUrl, updatedAt: now } as const;
    const first = row.state === "ready" ? { url: made.url, postedAt: now } : {};
    await updateReview(tx, row.id, ["ready", "posted"], { ...posted, ...first });
    await updateFindings(tx, made.refused, ["open"], { state: "listed", reason: REFUSED, updatedAt: now });
    await markTold(tx, told, now);
  });
  return DONE;
}

const REFUSED = "the host refused a comment on its line";

/**
 * The review with its comments, where there is something to say. The host takes all comments or none: where it refuses a
 * line of a head that is one still, the summary has to do. `refused` are changed in `findings` too.
 */
async function makeReview(
  { host, settings }: ReviewOutside,
  writer: Writer,
  { row, findings, isOwnPull }: Posting,
): Promise<{ url: string | null; refused: string[] } | "stale"> {
  const own = findings.filter((one) => one.reviewId === row.id);
  const posted = own.filter((one) => one.state === "open");
  if (posted.length === 0) return { url: null, refused: [] };
  const listed = own.filter((one) => one.state === "listed").length;
  const event = decideEvent(posted, settings.policy, isOwnPull);
  const review = {
    ...{ number: row.pullNumber, headSha: row.headSha, marker: row.id, event },
    body: composeReviewBody({ posted: posted.length, listed, headSha: row.headSha, event }),
    comments: posted.map((one) => {
      const finding = findingOf(one);
      return { place: finding.place, marker: one.id, body: composeFinding(finding) };
    }),
  };
  try {
    const made = await writer.send("github.review", (permit) => host.ensureReview(permit, review));
    return { url: made?.url ?? null, refused: [] };
  } catch (thrown) {
    if (!(thrown instanceof AppError) || thrown.code !== "provider_unprocessable") throw thrown;
    if (!isHeadStill(row, await host.findPull(row.pullNumber))) return "stale";
    for (const one of posted) Object.assign(one, { state: "listed", reason: REFUSED });
    return { url: null, refused: posted.map((one) => one.id) };
  }
}

/** Answers and resolves the threads of what a push mended; answers which findings need no more of it. */
async function tellMended(
  { host }: ReviewOutside,
  writer: Writer,
  { row, findings }: Posting,
  threads: Threads,
): Promise<string[]> {
  const mended = findings.filter((one) => one.state === "resolved" && one.toldAt === null);
  for (const { id } of mended) {
    const thread = threads.find((one) => one.marker === id);
    if (thread === undefined || thread.isResolved) continue;
    const at = { number: row.pullNumber, threadId: thread.id };
    const reply = { ...at, marker: `mended:${id}`, body: composeFixedReply(row.headSha) };
    await writer.send("github.review", (permit) => host.ensureReply(permit, reply));
    await writer.send("github.review", (permit) => host.ensureThreadResolved(permit, at));
  }
  return mended.map((one) => one.id);
}

/** The living summary, and the check run that leads to it. */
async function writeSummary(
  { host, settings }: ReviewOutside,
  writer: Writer,
  { row, outcome, findings, threads }: Posting & { threads: Threads },
): Promise<string | null> {
  const number = row.pullNumber;
  const shown = (row: FindingRow) => {
    const thread = threads.find((one) => one.marker === row.id);
    const finding = findingOf(row);
    const { line, startLine } = finding.place;
    // A push moves lines, and the host moves the comment along.
    const moved = (thread?.line ?? line) - line;
    const place = { ...finding.place, line: line + moved, startLine: startLine && startLine + moved };
    return { ...finding, place, reason: row.reason, url: thread?.comments[0]?.url ?? null };
  };
  const body = composeSummary({
    ...{ headSha: row.headSha, review: outcome, reading: outcome.reading },
    findings: findings.map(shown),
    ...{ failedChecks: outcome.failedChecks, incidents: outcome.incidents },
    ...{ suspicions: outcome.suspicions, notes: outcome.notes },
  });
  const summary = { number, marker: SUMMARY_MARKER, body };
  const made = await writer.send("github.comment", (permit) => host.ensureSummary(permit, summary));
  const summaryUrl = made?.url ?? null;
  const open = findings.filter(isOpen);
  const facts = {
    open,
    risk: outcome.risk,
    unread: outcome.reading.left.length,
    suspicions: outcome.suspicions.length,
    summaryUrl,
  };
  const check = { sha: row.headSha, externalId: row.id, ...composeCheck(facts, settings.policy) };
  await writer.send("github.check-run", (permit) => host.ensureCheckRun(permit, check));
  return summaryUrl;
}

async function tellFailure(ctx: Context, { host, outbound }: ReviewOutside, row: ReviewRow): Promise<JobOutcome> {
  const writer = createWriter(outbound);
  const said = composeCheckWithout({ state: "failed", reason: row.reason });
  const check = { sha: row.headSha, externalId: row.id, ...said };
  await writer.send("github.check-run", (permit) => host.ensureCheckRun(permit, check));
  return writer.held === null ? DONE : waitHeld(ctx, row, writer.held);
}

/** The kill switch is waited for; what a dry run or the stage holds stays as it is, and says so. */
async function waitHeld(ctx: Context, row: ReviewRow, held: HeldWrite): Promise<JobOutcome> {
  await inTransaction(ctx, async (tx) => {
    const now = ctx.clock.now();
    await updateReview(tx, row.id, ["ready"], { reason: `held: ${held.detail}`, updatedAt: now });
    const runAt = new Date(now.getTime() + HELD_RETRY_MS);
    if (held.reason === "stopped") await enqueue(tx, ctx, "review.post-review", { reviewId: row.id }, { runAt });
  });
  return DONE;
}
