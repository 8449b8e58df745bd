import type { Executor } from "../db/database.ts";
import { findDelivery } from "../incidents/index.ts";
import type { Signal } from "../intake/model.ts";
import { DONE, type JobOutcome } from "../jobs/model.ts";
import { enqueue } from "../jobs/outbox.ts";
import { mayCommand } from "../kernel/may-command.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import type { ReviewOutside } from "./outside.ts";
import { findHead, insertReview, listHeads, updateReview } from "./store.ts";

type Of<K extends Signal["kind"]> = Extract<Signal, { kind: K }>;
type Effects = (tx: Executor) => Promise<void>;

/** Heads in these states are settled: a check that ends changes nothing about them. */
const OPEN_STATES: readonly string[] = ["waiting", "reading"];

/**
 * Something happened to a pull request or an issue: what concerns the reviewer is looked at anew, after the quiet time.
 * Each event only wakes a look, which goes by what is true when it runs.
 */
export async function noteEvent(
  ctx: Context,
  outside: ReviewOutside,
  input: { deliveryId: string },
): Promise<JobOutcome> {
  const delivery = await findDelivery(ctx.db.db, input.deliveryId);
  const signal = delivery?.signal;
  if (!delivery || !signal) return { type: "dead", reason: "the delivery holds no event" };
  const effects = await effectsOf(ctx, outside, signal, delivery.receivedAt);
  if (effects !== null) await inTransaction(ctx, effects);
  return DONE;
}

async function effectsOf(
  ctx: Context,
  outside: ReviewOutside,
  signal: Signal,
  receivedAt: Date,
): Promise<Effects | null> {
  const { projectId } = outside.settings;
  switch (signal.kind) {
    case "pull_request":
      return notePull(ctx, outside, signal, receivedAt);
    case "comment":
      return obeyCommand(ctx, outside, signal);
    case "pull_feedback":
      if (signal.event.startsWith("pull_request_review")) {
        const { number } = signal;
        return number === null ? null : (tx) => enqueue(tx, ctx, "review.answer-threads", { projectId, number });
      }
      return noteCheck(ctx, outside, signal);
    case "github_issue":
      return (tx) => enqueue(tx, ctx, "review.answer-issue", { projectId, issueNumber: signal.issueNumber });
    default:
      return null;
  }
}

/** Asks for a look at a pull request, at the earliest of the times that it was asked for. */
function lookAt(ctx: Context, { settings }: ReviewOutside, number: number, runAt: Date): Effects {
  const payload = { projectId: settings.projectId, number };
  return (tx) => enqueue(tx, ctx, "review.look-at-pull", payload, { runAt });
}

/** A push is remembered with its time: the head is quiet from then on, however late the look comes. */
function notePull(ctx: Context, outside: ReviewOutside, signal: Of<"pull_request">, receivedAt: Date): Effects {
  const now = ctx.clock.now();
  if (signal.action === "closed") return lookAt(ctx, outside, signal.number, now);
  const { projectId, policy } = outside.settings;
  const look = lookAt(ctx, outside, signal.number, new Date(now.getTime() + policy.settleSeconds * 1_000));
  return async (tx) => {
    await insertReview(tx, {
      id: ctx.newId("rev"),
      projectId,
      repository: outside.host.repository,
      pullNumber: signal.number,
      headSha: signal.headSha,
      state: "waiting",
      trigger: signal.action,
      headSeenAt: receivedAt,
      createdAt: now,
      updatedAt: now,
    });
    await look(tx);
  };
}

/** A check that ended is of matter where its commit is a head that waits. */
async function noteCheck(ctx: Context, outside: ReviewOutside, signal: Of<"pull_feedback">): Promise<Effects | null> {
  const { headSha } = signal;
  if (!headSha) return null;
  const { projectId } = outside.settings;
  const known = await listHeads(ctx.db.db, { projectId, repository: outside.host.repository, headSha });
  const open = known.filter((row) => OPEN_STATES.includes(row.state)).map((row) => row.pullNumber);
  const found = known.length === 0 ? await outside.host.findPullOfHead(headSha) : null;
  const numbers = found === null ? open : [found];
  if (numbers.length === 0) return null;
  return async (tx) => {
    for (const number of numbers) await lookAt(ctx, outside, number, ctx.clock.now())(tx);
  };
}

/** `/patchpilot review`: heads that were passed over are read after all, where who asks may write. */
async function obeyCommand(ctx: Context, outside: ReviewOutside, signal: Of<"comment">): Promise<Effects | null> {
  const { host, settings } = outside;
  const { author, authorType, issueNumber: number } = signal;
  const permission = await host.getPermission(author);
  const may = mayCommand({ login: author, type: authorType, permission });
  const pull = may.allowed ? await host.findPull(number) : null;
  if (pull === null || pull.state === "closed") {
    const reason = may.allowed ? "there is no open pull request of this number" : may.reason;
    ctx.log.log("info", "review.refused", { number, reason });
    return null;
  }
  const { projectId } = settings;
  const now = ctx.clock.now();
  const asked = { state: "waiting", trigger: "command", askedBy: author, reason: null, updatedAt: now } as const;
  return async (tx) => {
    const { headSha } = pull;
    const head = { projectId, repository: host.repository, pullNumber: number, headSha };
    await insertReview(tx, { ...head, ...asked, id: ctx.newId("rev"), headSeenAt: now, createdAt: now });
    const row = await findHead(tx, { projectId, repository: host.repository, number }, headSha);
    if (row) await updateReview(tx, row.id, ["waiting", "skipped", "failed", "stale"], asked);
    await lookAt(ctx, outside, number, now)(tx);
  };
}
