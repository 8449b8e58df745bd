import type { Round } from "./feedback-model.ts";
import type { Brief } from "./model.ts";

/** What a follow-up's worker is told: the problem as the first run had it, the open remarks, and the patch so far. */
export function composeRoundBrief(facts: {
  /** Of the run that opened the pull request. */
  first: Brief;
  round: Round;
  failedRounds: readonly { attempt: number; state: string; reason: string | null }[];
}): Brief {
  const { first, round } = facts;
  return {
    ...first,
    suspects: [],
    diagnosis: null,
    lessons: [],
    priorAttempts: facts.failedRounds.map(({ attempt, state, reason }) => ({
      ...{ attempt, outcome: state, detail: reason ?? "no reason was recorded" },
      ...{ pullRequestUrl: null, diff: null },
    })),
    round,
  };
}
