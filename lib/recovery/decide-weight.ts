import { type Clump, decideClumps, lnExplained, meanDispersion, type Series } from "./decide-clumps.ts";
import { toEpisodes } from "./decide-episodes.ts";
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
import { RHYTHM_PRIOR } from "./read-rhythm.ts";
import { renderCounts, renderEpisodes, renderRemarks } from "./render-verdict.ts";

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/**
 * How much is believed of clumps before anything is counted. Most where few events make the proof slow anyway; little where nobody counts by the hour, as
 * every steady error would wait for it. Against a repair: a handful of events may be one clump, and a repair sent back too late costs less than one sent back
 * wrongly.
 */
const CLUMPS_PRIOR = { uncounted: 0.002, counted: 0.01, fewEvents: 0.05, retry: 0.04 };
const FEW_EVENTS = 20;
/** What was seen for less time shows neither a night nor clumps that last. */
const SHORT_HOURS = 20;
/**
 * How much is believed of a daily rhythm then, before silence counts as proof: the night may just begin. A steady error pays twice the time for it; 0.45
 * costs five times the time and closes hardly less wrongly (ADR 11).
 */
const SHORT_RHYTHM_PRIOR = 0.2;

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
  const plain = weighOver(facts, policy, exposure);
  const episodes = toEpisodes(facts);
  if (episodes === null) return plain;
  const byEpisode = weighOver(episodes.facts, policy, episodes.exposure);
  if (worth(byEpisode) <= worth(plain)) return plain;
  const { canRetry, failing } = plain.evidence;
  const words = `${plain.words} ${renderEpisodes(byEpisode.counts.eventsSince, byEpisode.expected)}`;
  return { ...byEpisode, facts, words, evidence: { ...byEpisode.evidence, canRetry, failing } };
}

/** How many single events what was counted before is worth; by itself, as what came since must not choose its measure. */
function worth({ facts, exposure, counts }: Weighed): number {
  const alone = { ...facts, since: { ...facts.since, events: 0 } };
  return counts.eventsBefore / meanDispersion(clumpsOf(alone, exposure, CLUMPS_PRIOR.fewEvents));
}

/** What the numbers say, whatever it is that they count. */
function weighOver(facts: RecoveryFacts, policy: RecoveryPolicy, exposure: Exposure): Weighed {
  const counts: Counts = { eventsBefore: countBefore(facts), eventsSince: facts.since.events };
  const clumps = clumpsOf(facts, exposure, priorOfClumps(counts, exposure, facts.baseline.hours));
  const hypotheses = combineHypotheses(clumps, cautiousBeliefs(facts, exposure));
  const now = hypothesesAt(hypotheses, facts.since.hours);
  const evidence = decideEvidence(counts, now, policy);
  const against =
    counts.eventsSince === 0
      ? evidence
      : decideEvidence(
          counts,
          hypothesesAt(
            combineHypotheses(clumpsOf(facts, exposure, CLUMPS_PRIOR.retry), exposure.beliefs),
            facts.since.hours,
          ),
          policy,
        );
  const odds = likeliestOdds(now);
  return {
    facts,
    policy,
    exposure,
    counts,
    clumps,
    hypotheses,
    evidence: { ...evidence, canRetry: against.canRetry, failing: against.failing },
    expected: counts.eventsBefore * odds,
    words: `${renderCounts(facts, facts.baseline.events * odds, exposure.unit)} ${renderRemarks(facts, meanDispersion(clumps))}`,
  };
}

/** For the words: the exposure since against that before, as the likeliest hypothesis has it. */
function likeliestOdds(hypotheses: readonly Hypothesis[]): number {
  return hypotheses.reduce((best, one) => (one.lnWeight > best.lnWeight ? one : best)).odds;
}

function priorOfClumps({ eventsBefore }: Counts, { hourly, unit }: Exposure, hours: number): number {
  if (eventsBefore < FEW_EVENTS) return CLUMPS_PRIOR.fewEvents;
  const isCounted = hours >= SHORT_HOURS ? hourly !== null : unit === "hours";
  return isCounted ? CLUMPS_PRIOR.counted : CLUMPS_PRIOR.uncounted;
}

/** After a short time a rhythm is believed more. Where sessions tell the use, the night does not matter. */
function cautiousBeliefs({ baseline }: RecoveryFacts, { unit, beliefs }: Exposure): Belief[] {
  if (unit === "sessions" || baseline.hours >= SHORT_HOURS) return beliefs;
  const flat = Math.log((1 - SHORT_RHYTHM_PRIOR) / (1 - RHYTHM_PRIOR));
  const rhythm = Math.log(SHORT_RHYTHM_PRIOR / RHYTHM_PRIOR);
  return beliefs.map((belief) => ({ ...belief, lnPrior: belief.lnPrior + (belief.isFlat ? flat : rhythm) }));
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
