import type { IncidentState } from "./model.ts";

export interface PauseFacts {
  state: IncidentState;
  pausedAt: Date | null;
  pausedBy: string | null;
}

/** Why a repair of this incident must wait for a person, or null. */
export function whyPaused({ pausedAt, pausedBy }: Omit<PauseFacts, "state">): string | null {
  return pausedAt === null ? null : `paused by ${pausedBy ?? "a person"}`;
}

export type PauseDecision = { type: "change" } | { type: "refuse"; reason: string };

/** Whether an incident can be paused, or go on. What is over has nothing that could wait. */
export function decidePause(facts: PauseFacts, isPaused: boolean): PauseDecision {
  const paused = whyPaused(facts);
  if (!isPaused) {
    return paused === null ? { type: "refuse", reason: "the incident is not paused" } : { type: "change" };
  }
  if (paused !== null) return { type: "refuse", reason: `the incident is ${paused} already` };
  if (facts.state === "recovered" || facts.state === "done" || facts.state === "ignored")
    return { type: "refuse", reason: `the incident is ${facts.state}` };
  return { type: "change" };
}
