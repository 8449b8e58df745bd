import { composeVerdict } from "./compose-verdict.ts";
import { expectedToClose, hypothesesAt, isLikelier, silenceToClose } from "./decide-evidence.ts";
import { decideWeight, type Weighed } from "./decide-weight.ts";
import type { RecoveryFacts, RecoveryPolicy, RecoveryVerdict } from "./model.ts";
import { readExposure } from "./read-exposure.ts";
import { renderEvents, renderHours, renderRuledOut } from "./render-verdict.ts";

/** Traffic below this part of what it was is no traffic. */
const GONE = 0.05;

/** What the events say once the repair is in production. */
export function decideByCounts(facts: RecoveryFacts, policy: RecoveryPolicy): RecoveryVerdict {
  const exposure = readExposure(facts.baseline, facts.since);
  if (facts.baseline.events === 0 || !(facts.baseline.hours > 0)) {
    return composeVerdict(
      facts,
      "escalate",
      "no_baseline",
      "No events were counted before the repair, so there is no rate to compare with; a person should look.",
      { confidence: 0.5 },
    );
  }
  const weighed = decideWeight(facts, policy, exposure);
  const { evidence, words } = weighed;
  const settleHours = policy.minWatchMinutes / 60 - facts.since.hours;
  if (settleHours > 0) return waitForEvidence(weighed, settleHours);
  if (evidence.canRetry) return decideFailing(weighed);
  if (facts.health === "fail") {
    return composeVerdict(
      facts,
      "escalate",
      "health_down",
      `${words} Production is not healthy, so the error's silence proves nothing.`,
      { confidence: evidence.gone },
    );
  }
  if (facts.probe?.status === "fail") {
    return composeVerdict(
      facts,
      "escalate",
      "health_down",
      `${words} The failing route does not answer as it should, so the error's silence proves nothing.`,
      { confidence: evidence.gone },
    );
  }
  if (evidence.canClose)
    return composeVerdict(facts, "close", "recovered", `${words} ${renderRuledOut(policy)}`, {
      confidence: evidence.gone,
    });
  return decideUndecided(weighed);
}

function decideFailing({ facts, policy, evidence, words }: Weighed): RecoveryVerdict {
  const { attempts } = facts.history;
  if (attempts >= policy.maxAttempts) {
    return composeVerdict(
      facts,
      "escalate",
      "attempts_spent",
      `${words} It still fails on the repaired release, and ${attempts} of ${policy.maxAttempts} attempts are spent.`,
      { confidence: evidence.failing },
    );
  }
  return composeVerdict(facts, "retry", "still_failing", `${words} It still fails on the repaired release.`, {
    confidence: evidence.failing,
    attempts: attempts + 1,
  });
}

/** Neither shown to be gone nor to be failing: partly recovered, without hope of evidence, or simply early. */
function decideUndecided(weighed: Weighed): RecoveryVerdict {
  const { facts, policy, counts, expected, evidence, words } = weighed;
  const partialStreak = nextStreak(weighed);
  if (partialStreak >= policy.partialTolerance) {
    return composeVerdict(
      facts,
      "escalate",
      "partial_recovery",
      `${words} The error became rarer and stays: recovered in part.`,
      { confidence: evidence.gone, partialStreak },
    );
  }
  if (facts.since.hours >= policy.longestWatchHours) {
    const isGone = expected < GONE * (counts.eventsBefore / facts.baseline.hours) * facts.since.hours;
    const isExercised = facts.probe?.status === "pass";
    const nobody = isExercised ? "Hardly anybody but the check used production" : "Hardly anybody used production";
    const why = isGone ? nobody : "The evidence did not come";
    const reason = isGone && !isExercised ? "no_traffic" : "evidence_cannot_come";
    return composeVerdict(
      facts,
      "escalate",
      reason,
      `${words} ${why} within the longest watch of ${renderHours(policy.longestWatchHours)}.`,
      { confidence: evidence.gone, partialStreak },
    );
  }
  return waitForEvidence(weighed, 0, partialStreak);
}

/**
 * One more for each full watch (as long as silence would have needed) after which a ratio between the two is likelier than `ratioToAccept`, so that looking
 * often adds none.
 */
function nextStreak({ facts, policy, counts, clumps, hypotheses, expected }: Weighed): number {
  const middle = Math.sqrt(policy.ratioToAccept * policy.ratioToReject);
  if (counts.eventsSince < Math.max(1, middle * expected)) return 0;
  if (!isLikelier(counts, hypothesesAt(hypotheses, facts.since.hours), middle, policy.ratioToAccept)) return 0;
  const watch = expectedToClose(counts.eventsBefore, clumps, policy);
  return Math.min(facts.history.partialStreak + 1, Math.floor(expected / watch));
}

/** Waits for the moment at which silence would be enough; where it cannot be, for further events, and not for long. */
function waitForEvidence(weighed: Weighed, atLeastHours: number, partialStreak = 0): RecoveryVerdict {
  const { facts, policy, exposure, counts, evidence, words } = weighed;
  const { hours } = facts.since;
  const most = Math.max(hours, policy.longestWatchHours);
  const detail = { confidence: evidence.gone, partialStreak };
  const recheck = (until: number) => Math.max(Math.min(until, most) - hours, atLeastHours, hours / 50);
  const atOldTraffic = hoursToClose(weighed, most, "sinceAtOldTraffic");
  if (Number.isFinite(atOldTraffic)) {
    const enough = exposure.unit === "hours" ? atOldTraffic : hoursToClose(weighed, most, "since");
    const recheckHours = Math.min(recheck(soonerWithEvents(weighed, enough)), Math.max(most - hours, 0));
    const until = Number.isFinite(enough)
      ? `silence would be enough in about ${renderHours(Math.max(enough - hours, atLeastHours))}.`
      : "production is used too little for silence to say anything.";
    return composeVerdict(facts, "wait", "not_enough_evidence", `${words} Not known yet: ${until}`, {
      ...detail,
      recheckHours,
    });
  }
  const patience = patienceForMore(weighed);
  if (patience > 0 && hours + patience <= most) {
    const until =
      "with so few events before, silence alone can no longer prove it; further events would show that it still fails.";
    return composeVerdict(facts, "wait", "not_enough_evidence", `${words} Not known yet: ${until}`, {
      ...detail,
      recheckHours: recheck(hours + patience),
    });
  }
  const why = `Proof cannot come within the longest watch of ${renderHours(policy.longestWatchHours)}: ${renderEvents(counts.eventsBefore)} before ${counts.eventsBefore === 1 ? "is" : "are"} too few for it.`;
  return composeVerdict(facts, "escalate", "evidence_cannot_come", `${words} ${why}`, detail);
}

/** Once there were events, some more would show that it still fails: a few events' time at the old rate away, and ever further. */
function soonerWithEvents({ facts, counts }: Weighed, enough: number): number {
  if (counts.eventsSince === 0) return enough;
  const { hours } = facts.since;
  return Math.min(enough, hours + Math.max((4 * facts.baseline.hours) / counts.eventsBefore, hours / 2));
}

/** Hours since the deployment at which silence from now on would be enough; Infinity when that is beyond the longest watch. */
function hoursToClose(
  { facts, policy, counts, hypotheses }: Weighed,
  most: number,
  traffic: "since" | "sinceAtOldTraffic",
): number {
  const from = facts.since.hours;
  const first = (4 * facts.baseline.hours) / counts.eventsBefore;
  const at = (hours: number) => hypothesesAt(hypotheses, hours, traffic);
  return silenceToClose(counts, at, policy, { from, first, most });
}

/** After an event on the repaired release: the hours that are left of two full watches at the old rate, in steps of four events. */
function patienceForMore({ facts, policy, counts, clumps, expected }: Weighed): number {
  if (counts.eventsSince === 0) return 0;
  const watch = expectedToClose(counts.eventsBefore, clumps, policy);
  const left = 2 * Math.min(watch, 40) - expected;
  return (Math.min(left, 4) * facts.baseline.hours) / counts.eventsBefore;
}
