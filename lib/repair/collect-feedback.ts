import type { Executor } from "../db/database.ts";
import { isHeldSaid } from "../incidents/decide-held.ts";
import { whyPaused } from "../incidents/decide-pause.ts";
import { changeIncident, getIncident, listRecentTimeline, recordTimeline } from "../incidents/index.ts";
import { DONE, type JobOutcome } from "../jobs/model.ts";
import { enqueue, enqueueUnlessWaiting } from "../jobs/outbox.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import { askBudget } from "./ask-budget.ts";
import { composeFeedbackSummary } from "./compose-feedback-summary.ts";
import { decideRound, type RoundDecision } from "./decide-round.ts";
import type { FeedbackOutside, Look, OpenFeedback } from "./feedback-look.ts";
import { type FeedbackRow, insertFeedback, listFeedback, updateFeedback } from "./feedback-store.ts";
import type { HostedFeedback } from "./ports.ts";
import { readPastRounds } from "./read-rounds.ts";
import { refreshDescription } from "./refresh-description.ts";
import { type SortedFeedback, sortFeedback } from "./sort-feedback.ts";
import { planRound, queueRound } from "./start-round.ts";
import { findLatestPullRequest, listRuns, type RunRow, updateRun } from "./store.ts";
import { isLiveRun } from "./tend-run.ts";

/** How long the host may take to merge the base in, or a stop may hold a round, before the next look. */
const NEXT_LOOK_MS = 30_000;

/**
 * Reads what was said of the incident's pull request, files it once, and decides what follows: a round, a branch brought
 * up to date, waiting, a person, or nothing. Webhooks and the poll only wake this; it goes by what is true when it runs.
 */
export async function collectFeedback(
  ctx: Context,
  outside: FeedbackOutside,
  input: { incidentId: string },
): Promise<JobOutcome> {
  const look = await lookAtPull(ctx, outside, input.incidentId);
  if (look === null) return DONE;
  if (look.feedback.pull.state === "closed") return handOn(ctx, look);
  const sorted = await sortFeedback(ctx, outside, {
    incident: look.incident,
    feedback: look.feedback,
    known: look.known,
    underWay: look.runs.filter((run) => run.state === "queued" || run.state === "claimed").map((run) => run.id),
    botRounds: look.rounds.filter((round) => round.cause === "bot").length,
    ownLogin: ownLoginOf(look.feedback),
    policy: outside.settings.feedback,
  });
  const open = waitingItems(look, sorted);
  const live = look.runs.find(isLiveRun);
  const isHeld = live !== undefined || whyPaused(look.incident) !== null;
  const described = isHeld ? null : await refreshDescription(outside, look, open);
  const decision = isHeld ? null : decideRound(roundFacts(ctx, look, open, sorted.fresh), outside.settings.feedback);
  const acted = decision === null ? null : await act(ctx, outside, look, decision, open);
  await inTransaction(ctx, async (tx) => {
    await file(tx, ctx, look, sorted);
    if (described !== null) {
      await updateFeedback(tx, described.ids, ["open"], { ...described.set, updatedAt: ctx.clock.now() });
      await enqueue(tx, ctx, "repair.answer-feedback", { incidentId: look.incident.id });
    }
    if (sorted.fresh.some((row) => row.state === "not_done"))
      await enqueue(tx, ctx, "repair.answer-feedback", { incidentId: look.incident.id });
    if (live) await tendLive(tx, ctx, look, live, sorted);
    if (acted !== null) await acted(tx, ctx);
  });
  return DONE;
}

/** Keeps the round that is under way on its way; one that is for nothing any more ends. */
async function tendLive(
  tx: Executor,
  ctx: Context,
  look: Look,
  live: RunRow,
  { settled }: SortedFeedback,
): Promise<void> {
  const items = look.known.filter((row) => row.runId === live.id && row.state === "working");
  const isOver = items.length > 0 && items.every((row) => settled.includes(row.id));
  // What is reported may be on the branch already: its own end comes next.
  if (isOver && live.state !== "reported") {
    const reason = "all that it was for was settled by people";
    await updateRun(tx, live.id, ["queued", "claimed"], {
      state: "failed",
      reason,
      tokenHash: null,
      finishedAt: ctx.clock.now(),
    });
    const entry = { kind: "round_dropped", summary: `the round ends: ${reason}`, detail: { runId: live.id } };
    return recordTimeline(tx, ctx, look.incident.id, entry);
  }
  const job = live.state === "reported" ? "repair.publish-patch" : "repair.check-run";
  await enqueueUnlessWaiting(tx, ctx, job, { runId: live.id });
}

async function lookAtPull(ctx: Context, outside: FeedbackOutside, incidentId: string): Promise<Look | null> {
  const incident = await getIncident(ctx.db.db, incidentId);
  const row = await findLatestPullRequest(ctx.db.db, incidentId);
  if (incident.state !== "in_review" || row === null || row.state !== "open") return null;
  const runs = await listRuns(ctx.db.db, incidentId);
  const first = runs.find((run) => run.id === row.runId);
  const feedback = first && (await outside.reviews.readFeedback(row.number));
  if (!first || !feedback) return null;
  const known = await listFeedback(ctx.db.db, incidentId, row.number);
  const rounds = readPastRounds(runs, row.number, await listRecentTimeline(ctx.db.db, incidentId));
  return { incident, row, first, feedback, runs, known, rounds };
}

/** A closed or merged pull request is the other job's matter. */
async function handOn(ctx: Context, { incident }: Look): Promise<JobOutcome> {
  await inTransaction(ctx, (tx) => enqueue(tx, ctx, "repair.follow-pull-request", { incidentId: incident.id }));
  return DONE;
}

/** Our App's login, by the commits that it made. */
function ownLoginOf({ commits }: HostedFeedback): string | null {
  return commits.find((commit) => commit.isOurs)?.author.replace(/\[bot\]$/, "") ?? null;
}

/** Items whose round came to nothing wait again. */
function lostItems({ known, runs }: Look): FeedbackRow[] {
  const kept = new Set(runs.filter((run) => isLiveRun(run) || run.state === "published").map((run) => run.id));
  return known.filter((row) => row.state === "working" && (row.runId === null || !kept.has(row.runId)));
}

/** What is asked for and not worked on. */
function waitingItems(look: Look, sorted: SortedFeedback): OpenFeedback[] {
  const settled = new Set(sorted.settled);
  const known = [...look.known.filter((row) => row.state === "open"), ...lostItems(look)];
  return [...known.filter((row) => !settled.has(row.id)), ...sorted.fresh.filter((row) => row.state === "open")];
}

function roundFacts(ctx: Context, look: Look, open: readonly OpenFeedback[], fresh: SortedFeedback["fresh"]) {
  const { feedback, known } = look;
  const head = feedback.pull.headSha;
  const others = feedback.commits.filter((commit) => !commit.isOurs).map((commit) => commit.author);
  return {
    now: ctx.clock.now().toISOString(),
    isMergeable: feedback.isMergeable,
    isBehind: feedback.isBehind,
    wasUpdated: known.some((row) => row.kind === "conflict" && row.externalId === `behind:${head}`),
    otherAuthors: [...new Set(others)],
    items: open
      .filter((row) => row.verdict === "actionable")
      .map((row) => ({
        id: row.id,
        by: row.authorKind,
        isConflict: row.kind === "conflict",
        seenAt: row.createdAt.toISOString(),
      })),
    rounds: look.rounds,
    pendingChecks: feedback.pendingChecks,
    approvedBy: approversOf(look, fresh),
  };
}

/** People with write permission whose last word on it is an approval. */
function approversOf({ feedback, known }: Look, fresh: SortedFeedback["fresh"]): string[] {
  const approving = [...known, ...fresh].filter((row) => row.verdict === "approval").map((row) => row.author);
  const lastWord = (login: string) =>
    feedback.remarks.findLast(
      (one) => one.kind === "review" && one.author.login === login && one.reviewState !== "COMMENTED",
    )?.reviewState;
  return [...new Set(approving)].filter((login) => lastWord(login) === "APPROVED");
}

/** Files what is new, and what people have seen to. */
async function file(tx: Executor, ctx: Context, look: Look, { fresh, settled }: SortedFeedback): Promise<void> {
  const updatedAt = ctx.clock.now();
  await insertFeedback(tx, fresh);
  await updateFeedback(tx, settled, ["open", "working"], { state: "settled", updatedAt });
  const lost = lostItems(look).map((row) => row.id);
  await updateFeedback(tx, lost, ["working"], { state: "open", runId: null, updatedAt });
  if (fresh.length === 0) return;
  await recordTimeline(tx, ctx, look.incident.id, {
    kind: "feedback",
    summary: composeFeedbackSummary(look.row.number, fresh),
    detail: {
      items: fresh.slice(0, 50).map(({ id, kind, author, verdict, reason }) => ({ id, kind, author, verdict, reason })),
    },
    url: look.row.url,
  });
}

type Effects = (tx: Executor, ctx: Context) => Promise<void>;

/** Does what of the decision concerns the outside; answers what is to be written, or null. */
async function act(
  ctx: Context,
  outside: FeedbackOutside,
  look: Look,
  decision: RoundDecision,
  open: readonly OpenFeedback[],
): Promise<Effects | null> {
  const payload = { incidentId: look.incident.id };
  const lookAgain =
    (runAt: Date): Effects =>
    (tx, own) =>
      enqueue(tx, own, "repair.collect-feedback", payload, { runAt });
  switch (decision.type) {
    case "round": {
      if ((await outside.outbound.whyHeld("repair.run")) !== null) return null;
      const budget = await askBudget(ctx.db.db, ctx.clock.now(), outside.settings);
      if (budget.type === "wait") return waitForBudget(look, budget.reason);
      const plan = await planRound(outside, look, decision, open);
      return (tx, own) => queueRound(tx, own, outside.settings, look, plan);
    }
    case "update_branch":
      return updateBranch(outside, look);
    case "wait":
      return lookAgain(new Date(decision.until));
    case "ask_person":
      return async (tx, own) => {
        const entry = { kind: "escalated", summary: decision.reason, url: look.row.url };
        await changeIncident(tx, own, look.incident, { command: "escalate", entry });
        await enqueue(tx, own, "alerts.update-issue", payload);
      };
    default:
      return null;
  }
}

/** Says once that the round waits; each later look asks again. */
function waitForBudget(look: Look, reason: string): Effects {
  const summary = `the round waits: the daily budget is reached (${reason})`;
  return async (tx, ctx) => {
    if (isHeldSaid(await listRecentTimeline(tx, look.incident.id), summary)) return;
    await recordTimeline(tx, ctx, look.incident.id, { kind: "held", summary, detail: { reason: "budget" } });
    await enqueue(tx, ctx, "alerts.update-issue", { incidentId: look.incident.id });
  };
}

/** Has the host merge the base in, once for each head; the new head is looked at when it is there. */
async function updateBranch({ reviews, outbound }: FeedbackOutside, look: Look): Promise<Effects | null> {
  const { number, headSha, baseRef } = look.feedback.pull;
  const result = await outbound.write("github.branch", (permit) =>
    reviews.ensureBranchUpdated(permit, { number, headSha }),
  );
  if (result.held) return null;
  const summary = result.value
    ? `${baseRef} was merged into the branch of pull request #${number}`
    : `${baseRef} could not be merged into the branch of pull request #${number}`;
  return async (tx, ctx) => {
    const now = ctx.clock.now();
    await insertFeedback(tx, [
      {
        id: ctx.newId("fbk"),
        projectId: look.incident.projectId,
        incidentId: look.incident.id,
        pullNumber: number,
        ...{
          kind: "conflict",
          externalId: `behind:${headSha}`,
          author: baseRef,
          authorKind: "host",
          permission: "none",
        },
        ...{ verdict: "no_change_needed", reason: summary, state: "noted", text: summary },
        ...{ saidAt: now, createdAt: now, updatedAt: now },
      },
    ]);
    await changeIncident(tx, ctx, look.incident, {
      command: null,
      entry: { kind: "branch_updated", summary, url: look.row.url },
    });
    const runAt = new Date(now.getTime() + NEXT_LOOK_MS);
    await enqueue(tx, ctx, "repair.collect-feedback", { incidentId: look.incident.id }, { runAt });
  };
}
