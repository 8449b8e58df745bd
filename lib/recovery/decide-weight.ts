import { type Clump, meanDispersion } from "./decide-clumps.ts";
import { toEpisodes } from "./decide-episodes.ts";
import {
  type Counts,
  decideEvidence,
  type Evidence,
  type Hypothesis,
  hypothesesAt,
  type TimedHypothesis,
} from "./decide-evidence.ts";
import { clumpsIn, decideViews, hypothesesIn } from "./decide-views.ts";
import type { RecoveryFacts, RecoveryPolicy } from "./model.ts";
import type { Exposure } from "./read-exposure.ts";
import { renderCounts, renderEpisodes, renderRemarks } from "./render-verdict.ts";
import { SHORT_HOURS } from "./rhythm-model.ts";

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/**
 * How much is believed of clumps before anything is counted. Most where few events make the proof slow anyway; the more the fewer hours can contradict; little
 * where nobody counts by the hour, as every steady error would wait for it. Against a repair: a handful of events may be one clump, and a repair sent back too
 * late costs less than one sent back wrongly.
 */
const CLUMPS_PRIOR = { uncounted: 0.002, day: 0.01, hours: 0.02, fewHours: 0.03, fewEvents: 0.05, retry: 0.04 };
const FEW_HOURS = 4;
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
  const beliefs = exposure.beliefs.map((belief) => ({ ...belief, lnFitSince: 0 }));
  const caution = { prior: CLUMPS_PRIOR.fewEvents, isCautious: true };
  return counts.eventsBefore / meanDispersion(clumpsIn(decideViews(alone, { ...exposure, beliefs }, caution)));
}

/** What the numbers say, whatever it is that they count. */
function weighOver(facts: RecoveryFacts, policy: RecoveryPolicy, exposure: Exposure): Weighed {
  const counts: Counts = { eventsBefore: countBefore(facts), eventsSince: facts.since.events };
  const views = decideViews(facts, exposure, {
    prior: priorOfClumps(counts, exposure, facts.baseline.hours),
    isCautious: true,
  });
  const clumps = clumpsIn(views);
  const hypotheses = hypothesesIn(views);
  const now = hypothesesAt(hypotheses, facts.since.hours);
  const evidence = decideEvidence(counts, now, policy);
  const against =
    counts.eventsSince === 0
      ? evidence
      : decideEvidence(
          counts,
          hypothesesAt(
            hypothesesIn(decideViews(facts, exposure, { prior: CLUMPS_PRIOR.retry, isCautious: false })),
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
  if (hours >= SHORT_HOURS) return hourly !== null ? CLUMPS_PRIOR.day : CLUMPS_PRIOR.uncounted;
  if (unit === "sessions") return CLUMPS_PRIOR.uncounted;
  return hours < FEW_HOURS ? CLUMPS_PRIOR.fewHours : CLUMPS_PRIOR.hours;
}

/** A window that begins at the error's first event has that one for sure: it says nothing of the rate, or few events would look like many. */
function countBefore({ baseline, deployment, incident, now, since }: RecoveryFacts): number {
  const readyAt = deployment?.readyAt ? Date.parse(deployment.readyAt) : Date.parse(now) - since.hours * HOUR_MS;
  const isFirst = Math.abs(readyAt - baseline.hours * HOUR_MS - Date.parse(incident.firstSeenAt)) < MINUTE_MS;
  return isFirst ? Math.max(1, baseline.events - 1) : baseline.events;
}
