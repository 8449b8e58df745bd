export interface RunCheckFacts {
  state: "queued" | "claimed";
  /** Whether the incident still wants a repair. */
  isWanted: boolean;
  claims: number;
  now: string;
  createdAt: string;
  claimedAt: string | null;
  leaseUntil: string | null;
  claimMinutes: number;
  totalMinutes: number;
  /** How often a workflow was asked for a runner; 0 where runners poll. */
  dispatches: number;
}

export type RunCheck =
  | { type: "wait"; until: string }
  | { type: "requeue"; reason: string }
  | { type: "give_up"; reason: string }
  | { type: "drop"; reason: string };

/** A run whose runner died goes to another one, this many times. */
const MAX_CLAIMS = 5;
/** A runner that hears of its end late may still report; after this much over its time it is taken for lost. */
const OVERTIME_FACTOR = 1.5;
/** Installing and running the repository's commands, which the worker's own time does not cover. */
const COMMANDS_MINUTES = 60;
const MINUTE_MS = 60_000;
/** A workflow is asked for a runner this often before the run is given up. */
export const MOST_DISPATCHES = 3;

/** How often this run's workflow was asked for a runner, by the timeline. */
export function countDispatches(
  timeline: readonly { kind: string; detail: Record<string, unknown> }[],
  runId: string,
): number {
  return timeline.filter((entry) => entry.kind === "dispatched" && entry.detail.runId === runId).length;
}

/** What becomes of a run that has not reported. */
export function decideRunCheck(facts: RunCheckFacts): RunCheck {
  if (!facts.isWanted) return { type: "drop", reason: "the incident moved on" };
  const nowMs = Date.parse(facts.now);
  if (facts.state === "queued") {
    const claimByMs = Date.parse(facts.createdAt) + facts.claimMinutes * MINUTE_MS * Math.max(1, facts.claims + 1);
    if (nowMs < claimByMs) return { type: "wait", until: new Date(claimByMs).toISOString() };
    return {
      type: "give_up",
      reason: `no runner claimed the run within ${facts.claimMinutes} minutes: ${
        facts.dispatches > 0
          ? `its workflow was asked for one ${facts.dispatches} times; see whether the file that \`patchpilot workflow\` prints is on the default branch, and what its last job says`
          : "start one with `patchpilot runner`, or set up its workflow"
      }`,
    };
  }
  const mostMinutes = facts.totalMinutes * OVERTIME_FACTOR + COMMANDS_MINUTES;
  const endMs = Date.parse(facts.claimedAt ?? facts.createdAt) + mostMinutes * MINUTE_MS;
  const leaseMs = Date.parse(facts.leaseUntil ?? facts.createdAt);
  if (nowMs < leaseMs && nowMs < endMs)
    return { type: "wait", until: new Date(Math.min(leaseMs, endMs)).toISOString() };
  const why = nowMs >= endMs ? "ran past its time" : "was not heard of any more";
  if (facts.claims < MAX_CLAIMS) return { type: "requeue", reason: `the runner ${why}; the run waits for another one` };
  return { type: "give_up", reason: `the runner ${why}, for the ${facts.claims}th time` };
}
