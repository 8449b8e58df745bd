import type { RecoveryFacts, RecoveryReason, RecoveryVerdict } from "./model.ts";

const HOUR_MS = 3_600_000;
/** No look comes sooner after another, so that a forecast of traffic that is slightly off does not spin. */
const SHORTEST_STEP_HOURS = 30 / 3600;

interface Detail {
  recheckHours?: number;
  confidence?: number;
  attempts?: number;
  partialStreak?: number;
}

/** A verdict with its next look, which a wait always has. `recheckHours` counts from now; `attempts` and streak are those of the facts where not given. */
export function composeVerdict(
  facts: RecoveryFacts,
  action: RecoveryVerdict["action"],
  reason: RecoveryReason,
  explanation: string,
  detail: Detail = {},
): RecoveryVerdict {
  const step = Math.max(detail.recheckHours ?? 1, SHORTEST_STEP_HOURS);
  return {
    action,
    reason,
    recheckAt:
      action === "wait"
        ? new Date(Math.ceil((Date.parse(facts.now) + step * HOUR_MS) / 1000) * 1000).toISOString()
        : null,
    confidence: Math.round((detail.confidence ?? 1) * 1e4) / 1e4,
    attempts: detail.attempts ?? facts.history.attempts,
    partialStreak: detail.partialStreak ?? 0,
    explanation: explanation.trim(),
  };
}
