import { composeVerdict } from "./compose-verdict.ts";
import { decideRecovery } from "./decide-recovery.ts";
import {
  type Period,
  type RecoveryFacts,
  type RecoveryPolicy,
  type RecoveryReason,
  type RecoveryVerdict,
  recoveryPolicySchema,
} from "./model.ts";
import { renderDuration, renderNumber, renderPercent, renderProbe } from "./render-verdict.ts";

/** How long the same work took over some time. */
export interface DurationPeriod {
  hours: number;
  /** All samples, and those that took longer than the threshold. */
  samples: number;
  slow: number;
  p95Ms: number;
  p99Ms: number;
}

export interface PerformanceRecoveryFacts
  extends Pick<
    RecoveryFacts,
    "now" | "incident" | "repair" | "deployment" | "health" | "probe" | "history" | "policy" | "sentryStatus"
  > {
  /** Longer than this was slow before: a duration that the healthy work seldom reached. */
  thresholdMs: number;
  before: DurationPeriod;
  since: DurationPeriod;
}

/** Fewer samples than this have no p95 to speak of. */
const MIN_SAMPLES = 40;

/**
 * Is it as fast again? A slow sample is an event and every sample is a chance for one, so the sequential test of errors holds for any
 * distribution of durations and however often one looks; work that nobody does any more proves nothing. What it closes has to be an effect that people feel
 * as well: the p95 since is under the threshold.
 */
export function decidePerformanceRecovery(
  facts: PerformanceRecoveryFacts,
  policy?: Partial<RecoveryPolicy>,
): RecoveryVerdict {
  const { before, since, thresholdMs } = facts;
  const asEvents = readAsEvents(facts);
  const { longestWatchHours } = recoveryPolicySchema.parse({ ...facts.policy, ...policy });
  const verdict = decideRecovery(asEvents, policy);
  const isCounted = facts.repair !== null && isServing(facts) && before.slow > 0;
  if (!isCounted) return verdict;
  const words = [renderSlowness(facts), renderProbe(facts.probe)].filter((part) => part !== null).join(" ");
  const unproven = (why: string, recheckHours: number) => {
    const isOver = since.hours >= longestWatchHours;
    return composeVerdict(
      asEvents,
      isOver ? "escalate" : "wait",
      isOver ? "evidence_cannot_come" : "not_enough_evidence",
      `${words} ${why}`,
      {
        recheckHours: Math.min(recheckHours, Math.max(longestWatchHours - since.hours, 0)),
        confidence: verdict.confidence,
        partialStreak: facts.history.partialStreak,
      },
    );
  };
  if (before.samples < MIN_SAMPLES)
    return composeVerdict(asEvents, "escalate", "no_baseline", `${words} That is too little to compare with.`, {
      confidence: 0.5,
    });
  if (verdict.action !== "close") {
    const afterwords = AFTERWORDS[verdict.reason] ?? "A person should look.";
    return { ...verdict, explanation: `${words} ${afterwords}` };
  }
  if (since.samples < MIN_SAMPLES) {
    const missing =
      (MIN_SAMPLES - since.samples) / Math.max(since.samples / since.hours, before.samples / before.hours);
    return unproven(`Not known yet: at least ${MIN_SAMPLES} samples are needed.`, missing);
  }
  if (since.p95Ms > thresholdMs)
    return unproven("Slow calls became rare, but the p95 is still over the threshold.", since.hours);
  return { ...verdict, explanation: `${words} It is as fast again.` };
}

const AFTERWORDS: Partial<Record<RecoveryReason, string>> = {
  not_enough_evidence: "Not known yet.",
  still_failing: "It is still slow on the repaired release.",
  attempts_spent: "It is still slow on the repaired release, and the attempts are spent.",
  partial_recovery: "Slow calls became rarer and stay: recovered in part.",
  health_down: "Production is not healthy, so that it is fast proves nothing.",
  no_traffic: "Hardly anybody asked for it within the longest watch.",
  evidence_cannot_come: "Proof cannot come within the longest watch.",
};

/** The same facts as the test of errors reads them: a slow sample is an event, and every sample a chance for one. */
export function readAsEvents({
  before,
  since,
  thresholdMs: _threshold,
  ...rest
}: PerformanceRecoveryFacts): RecoveryFacts {
  return { ...rest, baseline: periodOf(before), since: { ...periodOf(since), eventsOnOldReleases: 0 } };
}

function periodOf({ hours, samples, slow }: DurationPeriod): Period {
  return { events: slow, hours, sessions: samples, hourly: null, hourlySessions: null };
}

function isServing({ deployment }: PerformanceRecoveryFacts): boolean {
  return deployment?.containsRepair === true && deployment.state.toUpperCase() === "READY";
}

/** "2 of 400 calls took over 1 s since the repair, where 310 were expected (before: 77 %); p95 2.3 s before, 120 ms since; p99 …" */
function renderSlowness({ before, since, thresholdMs }: PerformanceRecoveryFacts): string {
  const share = before.slow / Math.max(1, before.samples);
  const counts = `${since.slow} of ${since.samples} calls took over ${renderDuration(thresholdMs)} since the repair, where ${renderNumber(share * since.samples)} were expected (before: ${renderPercent(share)})`;
  if (since.samples === 0) return `${counts}.`;
  const change = (name: string, from: number, to: number) =>
    `${name} ${renderDuration(from)} before, ${renderDuration(to)} since`;
  return `${counts}; ${change("p95", before.p95Ms, since.p95Ms)}; ${change("p99", before.p99Ms, since.p99Ms)}.`;
}
