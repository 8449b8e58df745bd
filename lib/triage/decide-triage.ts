import {
  type ImpactLevel,
  type Level,
  type Priority,
  readLevel,
  type Severity,
  type Triage,
  type TriageFacts,
} from "./model.ts";

/** Points and thresholds of triage. Every kind of evidence adds points, so more of it never lowers a verdict. */
export const TRIAGE_POLICY = {
  /** Names of production, beside names that contain `prod`, `production` or `live` as a word. */
  productionEnvironments: ["production", "prod", "live"] as readonly string[],
  /** Least scores of P0, P1 and P2. */
  thresholds: { P0: 66, P1: 45, P2: 25 },
  levelPoints: { fatal: 30, error: 20, warning: 8, info: 2, debug: 0 } satisfies Record<Level, number>,
  unhandledPoints: 12,
  /** Nobody said whether the error was handled. */
  unknownHandlingPoints: 6,
  regressionPoints: 8,
  /** Per factor of ten. */
  userPoints: 7.5,
  maxUserPoints: 30,
  ratePoints: 5,
  maxRatePoints: 18,
  /** Per doubling over the baseline. */
  spikePoints: 3,
  maxSpikePoints: 12,
  /** Share of requests that may fail; what burns it faster than it is given adds points per doubling. */
  errorBudget: 0.001,
  burnPoints: 4,
  maxBurnPoints: 14,
  /** It began within this time of a deployment. */
  deploymentMinutes: 60,
  deploymentPoints: 5,
  impactPoints: { none: 0, low: 3, medium: 8, high: 16, critical: 28 } satisfies Record<ImpactLevel, number>,
  /** For a share of 1. */
  affectedSharePoints: 25,
  /** An incident silent for longer than this keeps only part of its score. */
  quietHours: 72,
  quietFactor: 0.7,
};
export type TriagePolicy = typeof TRIAGE_POLICY;

type Points = { points: number; reason: string };

const HOUR_MS = 3_600_000;
const RANK: readonly Priority[] = ["P0", "P1", "P2", "P3"];
const SEVERITY: Record<Priority, Severity> = { P0: "critical", P1: "high", P2: "medium", P3: "low" };
const PRODUCTION_WORD = /(?:^|[-_./: ])(?:prod|production|live)(?:[-_./: ]|$)/;
const BEFORE_PRODUCTION = /(?:^|[-_./: ])(?:pre|non|not|no|staging|stage|test|dev|preview)(?=[-_./: ]|$)/;

/** Whether an environment's name means production. A name that nobody vouches for does not: no repair is started for it. */
export function isProduction(environment: string | null, policy: TriagePolicy = TRIAGE_POLICY): boolean {
  if (environment === null) return true;
  const name = environment.toLowerCase();
  if (policy.productionEnvironments.some((known) => known.toLowerCase() === name)) return true;
  return PRODUCTION_WORD.test(name) && !BEFORE_PRODUCTION.test(name);
}

const WHOLE = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const TENTHS = new Intl.NumberFormat("en-US", { maximumFractionDigits: 1 });
const plural = (count: number, noun: string): string => `${WHOLE.format(count)} ${noun}${count === 1 ? "" : "s"}`;
const figure = (value: number): string => (value < 10 ? TENTHS : WHOLE).format(value);

function hoursBetween(from: string, to: string): number {
  return Math.max(0, (Date.parse(to) - Date.parse(from)) / HOUR_MS);
}

function handlingPoints(facts: TriageFacts, policy: TriagePolicy): Points | null {
  if (facts.unhandled === true) return { points: policy.unhandledPoints, reason: "nothing handled the error" };
  if (facts.unhandled === false) return null;
  return { points: policy.unknownHandlingPoints, reason: "the report does not say whether the error was handled" };
}

/** Events an hour since the first one. A burst younger than an hour counts as one hour, so that one event is no storm. */
function eventsPerHour(facts: TriageFacts): number {
  return facts.events / Math.max(1, hoursBetween(facts.firstSeenAt, facts.now));
}

/** Events an hour now, where that is known: the rate over an old error's whole life hides a burst, and outlives it. */
function presentRate(facts: TriageFacts): number {
  return facts.recentEventsPerHour ?? eventsPerHour(facts);
}

function volumePoints(facts: TriageFacts, policy: TriagePolicy): Points[] {
  const found: Points[] = [];
  if (facts.users > 0) {
    const points = Math.min(policy.maxUserPoints, policy.userPoints * Math.log10(1 + facts.users));
    found.push({ points, reason: `${plural(facts.users, "user")} affected` });
  }
  const rate = eventsPerHour(facts);
  if (rate > 0) {
    const points = Math.min(policy.maxRatePoints, policy.ratePoints * Math.log10(1 + rate));
    found.push({ points, reason: `${plural(facts.events, "event")}, ${figure(rate)} an hour since the first` });
  }
  if (facts.baselineEventsPerHour !== null) {
    const usual = Math.max(facts.baselineEventsPerHour, 0.1);
    const now = presentRate(facts);
    const points = Math.min(policy.maxSpikePoints, policy.spikePoints * Math.log2(Math.max(1, now / usual)));
    if (points > 0) {
      const reason = `${figure(now / usual)} times the usual ${figure(facts.baselineEventsPerHour)} events an hour`;
      found.push({ points, reason });
    }
  }
  return found;
}

/** How many times faster than it is given the error budget is used up, where traffic is known and it is used up at all. */
function burnPoints(facts: TriageFacts, policy: TriagePolicy): Points | null {
  if (facts.requestsPerHour === null || facts.requestsPerHour === 0) return null;
  const burn = presentRate(facts) / (facts.requestsPerHour * policy.errorBudget);
  if (burn < 1) return null;
  const points = Math.min(policy.maxBurnPoints, policy.burnPoints * Math.log2(1 + burn));
  const budget = `${TENTHS.format(policy.errorBudget * 100)}%`;
  return { points, reason: `burns the error budget of ${budget} ${figure(burn)} times as fast as it is given` };
}

function deploymentPoints(facts: TriageFacts, policy: TriagePolicy): Points | null {
  if (facts.deployedAt === null) return null;
  const minutes = (Date.parse(facts.firstSeenAt) - Date.parse(facts.deployedAt)) / 60_000;
  if (minutes < 0 || minutes > policy.deploymentMinutes) return null;
  return {
    points: policy.deploymentPoints,
    reason: `began ${plural(Math.round(minutes), "minute")} after a deployment`,
  };
}

function impactPoints(facts: TriageFacts, policy: TriagePolicy): Points[] {
  const found: Points[] = [];
  const level = facts.impact?.level ?? null;
  if (level !== null && level !== "none") {
    found.push({ points: policy.impactPoints[level], reason: `the measured product impact is ${level}` });
  }
  const share = facts.impact?.affectedShare ?? null;
  if (share !== null && share > 0) {
    found.push({
      points: policy.affectedSharePoints * share,
      reason: `${figure(share * 100)}% of users cannot do what they came for`,
    });
  }
  return found;
}

function allPoints(facts: TriageFacts, policy: TriagePolicy): Points[] {
  const level = readLevel(facts.level);
  const found = [{ points: policy.levelPoints[level], reason: `level is ${level}` }];
  const handling = handlingPoints(facts, policy);
  if (handling) found.push(handling);
  if (facts.regression) found.push({ points: policy.regressionPoints, reason: "it came back after it was resolved" });
  const others = [burnPoints(facts, policy), deploymentPoints(facts, policy)].filter((one) => one !== null);
  found.push(...volumePoints(facts, policy), ...others, ...impactPoints(facts, policy));
  return found.sort((a, b) => b.points - a.points);
}

function priorityOf(score: number, policy: TriagePolicy): Priority {
  const { P0, P1, P2 } = policy.thresholds;
  if (score >= P0) return "P0";
  if (score >= P1) return "P1";
  return score >= P2 ? "P2" : "P3";
}

const atMost = (priority: Priority, most: Priority): Priority =>
  RANK[Math.max(RANK.indexOf(priority), RANK.indexOf(most))] ?? most;

type Limit = { most: Priority; reason: string } | null;

function limitOf(facts: TriageFacts, policy: TriagePolicy): Limit {
  if (!isProduction(facts.environment, policy)) {
    return { most: "P2", reason: `environment ${facts.environment} is not production: at most P2, and no repair` };
  }
  const level = readLevel(facts.level);
  if (level === "info" || level === "debug") {
    return { most: "P2", reason: `a message of level ${level} is no failure: at most P2, and no repair` };
  }
  return null;
}

/**
 * Decides how soon an incident needs somebody and whether a repair should be tried. Pure and monotone: more users or
 * events, a higher level, an unhandled error, a regression, a deployment just before or a
 * larger impact never lower score, priority or worth.
 */
export function decideTriage(facts: TriageFacts, policy: TriagePolicy = TRIAGE_POLICY): Triage {
  const found = allPoints(facts, policy);
  const quiet = hoursBetween(facts.lastSeenAt, facts.now);
  const isQuiet = quiet > policy.quietHours;
  const sum = found.reduce((total, one) => total + one.points, 0) * (isQuiet ? policy.quietFactor : 1);
  const score = Math.min(100, Math.round(sum * 10) / 10);
  const limit = limitOf(facts, policy);
  const earned = priorityOf(score, policy);
  const priority = limit ? atMost(earned, limit.most) : earned;
  const worthRepair = limit === null && (readLevel(facts.level) === "fatal" || earned !== "P3");
  const reasons = found.filter((one) => one.points > 0).map((one) => one.reason);
  if (isQuiet) reasons.push(`silent for ${figure(quiet)} hours`);
  if (limit) reasons.unshift(limit.reason);
  else if (!worthRepair) reasons.push(`score ${score} is under ${policy.thresholds.P2}: not worth a repair by itself`);
  return { priority, severity: SEVERITY[priority], score, worthRepair, reasons };
}
