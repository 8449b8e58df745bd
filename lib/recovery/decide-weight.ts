import { type Clump, decideClumps, lnExplained, meanDispersion, type Series } from "./decide-clumps.ts";
import {
  type Counts,
  combineHypotheses,
  decideEvidence,
  type Evidence,
  type Hypothesis,
  hypothesesAt,
  type TimedHypothesis,
} from "./decide-evidence.ts";
import type { RecoveryFacts, RecoveryPolicy } from "./model.ts";
import type { Belief, Exposure } from "./read-exposure.ts";
import { renderCounts, renderRemarks } from "./render-verdict.ts";

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/**
 * How much is believed of clumps before anything is counted. More of it where a day of counts can contradict, and where few events make the proof slow anyway.
 * Against a repair most: a handful of events may be one clump, and a repair sent back too late costs less than one sent back wrongly.
 */
const CLUMPS_PRIOR = { unseen: 0.002, day: 0.01, fewEvents: 0.05, retry: 0.04 };
const FEW_EVENTS = 20;

/** All that the counts say, ready to be judged. */
export interface Weighed {
  facts: RecoveryFacts;
  policy: RecoveryPolicy;
  exposure: Exposure;
  counts: Counts;
  clumps: Clump[];
  hypotheses: TimedHypothesis[];
  evidence: Evidence;
  /** Events that the exposure since would have brought at the old rate. */
  expected: number;
  words: string;
}

/** Clumps, rhythms and the evidence as it stands now. */
export function decideWeight(facts: RecoveryFacts, policy: RecoveryPolicy, exposure: Exposure): Weighed {
  const counts: Counts = { eventsBefore: countBefore(facts), eventsSince: facts.since.events };
  const atNow = (prior: number) =>
    hypothesesAt(combineHypotheses(clumpsOf(facts, exposure, prior), exposure.beliefs), facts.since.hours);
  const clumps = clumpsOf(facts, exposure, priorOfClumps(counts, exposure));
  const hypotheses = combineHypotheses(clumps, exposure.beliefs);
  const now = hypothesesAt(hypotheses, facts.since.hours);
  const evidence = decideEvidence(counts, now, policy);
  const against = counts.eventsSince === 0 ? evidence : decideEvidence(counts, atNow(CLUMPS_PRIOR.retry), policy);
  const odds = likeliestOdds(now);
  const expected = counts.eventsBefore * odds;
  return {
    facts,
    policy,
    exposure,
    counts,
    clumps,
    hypotheses,
    evidence: { ...evidence, canRetry: against.canRetry, failing: against.failing },
    expected,
    words: `${renderCounts(facts, facts.baseline.events * odds, exposure.unit)} ${renderRemarks(facts, meanDispersion(clumps))}`,
  };
}

/** For the words: the exposure since against that before, as the likeliest hypothesis has it. */
function likeliestOdds(hypotheses: readonly Hypothesis[]): number {
  return hypotheses.reduce((best, one) => (one.lnWeight > best.lnWeight ? one : best)).odds;
}

function priorOfClumps({ eventsBefore }: Counts, { hourly }: Exposure): number {
  if (eventsBefore < FEW_EVENTS) return CLUMPS_PRIOR.fewEvents;
  return (hourly?.length ?? 0) >= 24 ? CLUMPS_PRIOR.day : CLUMPS_PRIOR.unseen;
}

/** Less cannot tell a rhythm from clumps that come by chance. */
const RHYTHM_FROM_HOURS = 48;

/** From the hourly counts before, and those since once there are some to see clumps in. A rhythm has to explain them better than clumps do. */
function clumpsOf({ since }: RecoveryFacts, { hourly, beliefs }: Exposure, prior: number): Clump[] {
  const seriesOf = (belief: Belief | undefined): Series => [
    ...(hourly !== null && belief?.perHourBefore ? [{ counts: hourly, exposure: belief.perHourBefore }] : []),
    ...(since.events >= 2 && since.hourly !== null && belief?.perHourSince
      ? [{ counts: since.hourly, exposure: belief.perHourSince }]
      : []),
  ];
  const [flat] = beliefs;
  const weight = (belief: Belief | undefined) => (belief?.lnPrior ?? 0) + (belief?.lnFit ?? 0);
  const best = beliefs.reduce((most, belief) => (weight(belief) > weight(most) ? belief : most), flat);
  const isRhythm =
    best !== flat &&
    (hourly?.length ?? 0) >= RHYTHM_FROM_HOURS &&
    (best?.lnPrior ?? 0) + lnExplained(seriesOf(best), prior) >
      (flat?.lnPrior ?? 0) + lnExplained(seriesOf(flat), prior);
  return decideClumps(seriesOf(isRhythm ? best : flat), prior);
}

/** A window that begins at the error's first event has that one for sure: it says nothing of the rate, or few events would look like many. */
function countBefore({ baseline, deployment, incident, now, since }: RecoveryFacts): number {
  const readyAt = deployment?.readyAt ? Date.parse(deployment.readyAt) : Date.parse(now) - since.hours * HOUR_MS;
  const isFirst = Math.abs(readyAt - baseline.hours * HOUR_MS - Date.parse(incident.firstSeenAt)) < MINUTE_MS;
  return isFirst ? Math.max(1, baseline.events - 1) : baseline.events;
}
