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
}

export type RunCheck =
  | { type: "wait"; until: string }
  | { type: "requeue"; reason: string }
  | { type: "give_up"; reason: string }
  | { type: "drop"; reason: string };

/** A run whose runner died goes to another one, this many times. */
const MAX_CLAIMS = 3;
/** A runner that hears of its end late may still report; after this much over its time it is taken for lost. */
const OVERTIME_FACTOR = 1.5;
const MINUTE_MS = 60_000;

/** What becomes of a run that has not reported. */
export function decideRunCheck(facts: RunCheckFacts): RunCheck {
  if (!facts.isWanted) return { type: "drop", reason: "the incident moved on" };
  const nowMs = Date.parse(facts.now);
  if (facts.state === "queued") {
    const claimByMs = Date.parse(facts.createdAt) + facts.claimMinutes * MINUTE_MS * Math.max(1, facts.claims + 1);
    if (nowMs < claimByMs) return { type: "wait", until: new Date(claimByMs).toISOString() };
    return {
      type: "give_up",
      reason: `no runner claimed the run within ${facts.claimMinutes} minutes: start one with \`patchpilot runner\`, or set up its workflow`,
    };
  }
  const endMs = Date.parse(facts.claimedAt ?? facts.createdAt) + facts.totalMinutes * MINUTE_MS * OVERTIME_FACTOR;
  const leaseMs = Date.parse(facts.leaseUntil ?? facts.createdAt);
  if (nowMs < leaseMs && nowMs < endMs)
    return { type: "wait", until: new Date(Math.min(leaseMs, endMs)).toISOString() };
  const why = nowMs >= endMs ? "ran past its time" : "was not heard of any more";
  if (facts.claims < MAX_CLAIMS) return { type: "requeue", reason: `the runner ${why}; the run waits for another one` };
  return { type: "give_up", reason: `the runner ${why}, for the ${facts.claims}th time` };
}
