import { composeVerdict } from "./compose-verdict.ts";
import {
  type Clump,
  type Counts,
  decideEvidence,
  type Evidence,
  exposureToClose,
  isLikelier,
  meanDispersion,
  weighClumps,
} from "./decide-evidence.ts";
import type { RecoveryFacts, RecoveryPolicy, RecoveryVerdict } from "./model.ts";
import { type Exposure, readExposure } from "./read-exposure.ts";
import {
  renderCounts,
  renderEvents,
  renderHours,
  renderNumber,
  renderRemarks,
  renderRuledOut,
} from "./render-verdict.ts";

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** Traffic below this part of what it was is no traffic. */
const GONE = 0.05;

/** All that the counts say, ready to be judged. */
interface Weighed {
  facts: RecoveryFacts;
  policy: RecoveryPolicy;
  exposure: Exposure;
  counts: Counts;
  clumps: Clump[];
  evidence: Evidence;
  words: string;
}

/** What the events say once the repair is in production. */
export function decideByCounts(facts: RecoveryFacts, policy: RecoveryPolicy): RecoveryVerdict {
  const exposure = readExposure(facts.baseline, facts.since);
  if (facts.baseline.events === 0 || !(exposure.before > 0)) {
    return composeVerdict(
      facts,
      "escalate",
      "no_baseline",
      "No events were counted before the repair, so there is no rate to compare with; a person should look.",
      { confidence: 0.5 },
    );
  }
  const counts: Counts = {
    eventsBefore: countBefore(facts),
    eventsSince: facts.since.events,
    before: exposure.before,
    since: exposure.since,
  };
  const clumps = weighClumps(facts.baseline.hourly, exposure);
  const evidence = decideEvidence(counts, clumps, policy);
  const words = `${renderCounts(facts, exposure)} ${renderRemarks(facts, meanDispersion(clumps))}`;
  const weighed: Weighed = { facts, policy, exposure, counts, clumps, evidence, words };
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
  if (evidence.canClose)
    return composeVerdict(facts, "close", "recovered", `${words} ${renderRuledOut(policy)}`, {
      confidence: evidence.gone,
    });
  return decideUndecided(weighed);
}

/** A window that begins at the error's first event has that one for sure: it says nothing of the rate, or few events would look like many. */
function countBefore({ baseline, deployment, incident, now, since }: RecoveryFacts): number {
  const readyAt = deployment?.readyAt ? Date.parse(deployment.readyAt) : Date.parse(now) - since.hours * HOUR_MS;
  const isFirst = Math.abs(readyAt - baseline.hours * HOUR_MS - Date.parse(incident.firstSeenAt)) < MINUTE_MS;
  return isFirst ? Math.max(1, baseline.events - 1) : baseline.events;
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
  const { facts, policy, exposure, evidence, words } = weighed;
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
    const isGone = exposure.since < GONE * (exposure.before / facts.baseline.hours) * facts.since.hours;
    const why = isGone ? "Hardly anybody used production" : "The evidence did not come";
    const reason = isGone ? "no_traffic" : "evidence_cannot_come";
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
function nextStreak({ facts, policy, counts, clumps }: Weighed): number {
  const expected = (counts.eventsBefore / counts.before) * counts.since;
  const middle = Math.sqrt(policy.ratioToAccept * policy.ratioToReject);
  const isPartial = counts.eventsSince >= middle * expected && isLikelier(counts, clumps, middle, policy.ratioToAccept);
  if (!isPartial) return 0;
  const watch = exposureToClose({ ...counts, eventsSince: 0, since: 0 }, clumps, policy);
  return Math.min(facts.history.partialStreak + 1, Math.floor(counts.since / watch));
}

/** Waits for the moment at which silence would be enough; where it cannot be, for further events, and not for long. */
function waitForEvidence(weighed: Weighed, atLeastHours: number, partialStreak = 0): RecoveryVerdict {
  const { facts, policy, exposure, counts, clumps, evidence, words } = weighed;
  const more = exposureToClose(counts, clumps, policy) - counts.since;
  const left = Math.max(0, policy.longestWatchHours - facts.since.hours);
  const detail = { confidence: evidence.gone, partialStreak };
  const recheck = (exposureMore: number) =>
    Math.min(left, Math.max(exposure.hoursUntil(exposureMore) * (1 + 1e-9), atLeastHours, facts.since.hours / 50));
  if (exposure.hoursUntilAtOldTraffic(more) <= left) {
    const silence = renderNumber(((more + counts.since) * counts.eventsBefore) / counts.before);
    const recheckHours = recheck(more);
    const until = `silence over ${silence} expected events would be enough, in about ${renderHours(recheckHours)}.`;
    return composeVerdict(facts, "wait", "not_enough_evidence", `${words} Not known yet: ${until}`, {
      ...detail,
      recheckHours,
    });
  }
  const patience = patienceForMore(weighed);
  if (patience > 0 && exposure.hoursUntilAtOldTraffic(patience) <= left) {
    const until =
      "with so few events before, silence alone can no longer prove it; further events would show that it still fails.";
    return composeVerdict(facts, "wait", "not_enough_evidence", `${words} Not known yet: ${until}`, {
      ...detail,
      recheckHours: recheck(patience),
    });
  }
  const why = `Proof cannot come within the longest watch of ${renderHours(policy.longestWatchHours)}: ${renderEvents(counts.eventsBefore)} before ${counts.eventsBefore === 1 ? "is" : "are"} too few for it.`;
  return composeVerdict(facts, "escalate", "evidence_cannot_come", `${words} ${why}`, detail);
}

/** After an event on the repaired release: the exposure that is left of two full watches, in steps of four events of the old rate. */
function patienceForMore({ policy, counts, clumps }: Weighed): number {
  if (counts.eventsSince === 0) return 0;
  const watch = exposureToClose({ ...counts, eventsSince: 0, since: 0 }, clumps, policy);
  const left = 2 * Math.min(watch, (40 * counts.before) / counts.eventsBefore) - counts.since;
  return Math.min(left, (4 * counts.before) / counts.eventsBefore);
}
