/** What comes after an investigation; `escalate` says why a person is asked instead of a worker. */
export type FollowUp =
  | { type: "ask_model" }
  | { type: "repair" }
  | { type: "observe" }
  | { type: "escalate"; reason: string };

export interface FollowUpFacts {
  kind: string;
  /** The stage allows a repair, and there is a repository to make it in. */
  mayRepair: boolean;
  /** A model is still to be asked. */
  asksModel: boolean;
  stack: readonly string[];
  /** The cause that a model asserts, with quotes that were found in the code; null: none, or nobody asked. */
  rootCause: string | null;
}

/**
 * The stage and the facts decide. A worker that knows neither a place nor a cause would guess (suspects without a stack are
 * what changed lately), so that goes to a person; what is slow has its measure instead of a stack.
 */
export function decideFollowUp(facts: FollowUpFacts): FollowUp {
  if (facts.asksModel) return { type: "ask_model" };
  if (!facts.mayRepair) return { type: "observe" };
  const hasPlace = facts.stack.length > 0 || facts.kind === "performance";
  if (hasPlace || facts.rootCause !== null) return { type: "repair" };
  return {
    type: "escalate",
    reason: "no event tells where it fails, and no cause is known: a repair would be a guess, so a person has to look",
  };
}
