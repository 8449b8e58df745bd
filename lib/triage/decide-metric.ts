import type { IncidentCommand, IncidentState } from "../incidents/model.ts";
import type { Priority, Severity } from "./model.ts";

export interface MetricFacts {
  state: IncidentState;
  priority: string | null;
  /** What its source said last, by the time it said it; null where nothing is stored. */
  reading: { status: "open" | "warning" | "critical" | "resolved"; name: string } | null;
  /** Why nobody is to be told now (snoozed, maintenance), or null. */
  quiet: string | null;
}

export interface MetricStep {
  command: IncidentCommand | null;
  /** Set where a person is told: how urgently. */
  rank: { priority: Priority; severity: Severity } | null;
  /** For the timeline; null where nothing changed. */
  reason: string | null;
  /** When to look again; null where only another word of the source's is a reason to. */
  lookAgainMinutes: number | null;
}

/** A quiet time ends without a word of the source's. */
const QUIET_LOOK_MINUTES = 5;

const RANK = {
  critical: { priority: "P1", severity: "high" },
  warning: { priority: "P2", severity: "medium" },
  // Neither of its thresholds is named: no more is known than that one was crossed.
  open: { priority: "P2", severity: "medium" },
} as const;

const NOTHING: MetricStep = { command: null, rank: null, reason: null, lookAgainMinutes: null };

/**
 * What follows from a number that is over its threshold. There is no stack to repair from: a person is told, as urgently
 * as the rule says, until the number is well again. No API of the source tells the state of a rule's alert, so its newest
 * word counts, whenever it arrives.
 */
export function decideMetric({ state, priority, reading, quiet }: MetricFacts): MetricStep {
  if (state === "ignored" || reading === null) return NOTHING;
  const { status, name } = reading;
  if (status === "resolved") {
    if (state === "new")
      return { ...NOTHING, command: "observe", reason: `${name} was well again when it was looked at` };
    if (state !== "escalated") return NOTHING;
    return { ...NOTHING, command: "recover", reason: `${name} is well again, by its source's own word` };
  }
  const rank = RANK[status];
  if (state === "escalated") {
    return priority === rank.priority ? NOTHING : { ...NOTHING, rank, reason: `${name} is ${status} now` };
  }
  if (quiet !== null) {
    const isNew = state === "new";
    const left = { command: "observe", reason: `${name} is ${status}, and left alone: ${quiet}` } as const;
    return { ...NOTHING, ...(isNew && left), lookAgainMinutes: QUIET_LOOK_MINUTES };
  }
  if (state === "recovered")
    return { ...NOTHING, command: "reopen", reason: `${name} is ${status} again`, lookAgainMinutes: 0 };
  // Somebody had a repair made of it: that goes its way.
  if (state !== "new" && state !== "observed") return NOTHING;
  return { ...NOTHING, command: "escalate", rank, reason: `${name} is ${status}: a person has to look` };
}
