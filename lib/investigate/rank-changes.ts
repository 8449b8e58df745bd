import type { ChangeVerdict } from "./evidence-model.ts";
import type { Suspect, SuspectCommit } from "./model.ts";
import type { BlamedLine, RecentCommit } from "./ports.ts";

/** Everything that may tell which commit brought the error. */
export interface ChangeFacts {
  beganAt: string;
  suspects: readonly Suspect[];
  /** Commits that touch suspects, as `rankCommits` orders them. */
  ranked: readonly SuspectCommit[];
  recent: readonly RecentCommit[];
  /** `depth` of the frame whose line was blamed; 0 crashed. */
  blamed: readonly (BlamedLine & { depth: number })[];
  /** The commits between the last good and the first bad deployment; null when that is not known. */
  window: { goodSha: string; badSha: string; shas: readonly string[]; total: number; lagMinutes: number } | null;
  /** Commits of the failing release as the error source knows them; null when it knows none. */
  released: { version: string; shas: readonly string[] } | null;
}

export interface RankedChange extends SuspectCommit {
  author: string;
  message: string;
  date: string;
}

const MAX_CHANGES = 5;
const DAY_MS = 86_400_000;
/** A line that nobody touched for a year is where the error shows, hardly what brought it (Sentry's rule for suspect commits too). */
const OLD_MS = 365 * DAY_MS;
const FRESH_MS = 7 * DAY_MS;
/** An error that begins later after its deployment than this needed something else as well. */
const LONG_LAG_MINUTES = 24 * 60;

/** Weights of the evidence; each is how far it alone would go, and together they never reach 1. */
const WEIGHT = {
  blame: 0.5,
  blameDecay: 0.6,
  oldBlame: 0.08,
  /** In the failing deployment and in the place of the crash. */
  window: 0.5,
  windowElsewhere: 0.15,
  onlyInWindow: 0.4,
  released: 0.2,
  fresh: 0.2,
  touched: 0.35,
  /** What is known to have run before the error began. */
  outsideWindow: 0.35,
};

interface Candidate extends RankedChange {
  isBlamed: boolean;
  isCrashLine: boolean;
  isInWindow: boolean;
  isInPlace: boolean;
}

const short = (sha: string) => sha.slice(0, 7);
const shortVersion = (version: string) => (/^[0-9a-f]{40}$/.test(version) ? short(version) : version.slice(0, 60));
const timeOf = (date: string) => Date.parse(date);

function gather(facts: ChangeFacts): Map<string, { author: string; message: string; date: string; files: string[] }> {
  const known = new Map<string, { author: string; message: string; date: string; files: string[] }>();
  for (const { sha, author, message, date, files } of facts.recent) known.set(sha, { author, message, date, files });
  for (const { sha, author, message, date, path } of facts.blamed)
    if (!known.has(sha)) known.set(sha, { author, message, date, files: [path] });
  return known;
}

function blameOf(facts: ChangeFacts, sha: string, date: string) {
  const lines = facts.blamed.filter((line) => line.sha === sha).sort((a, b) => a.depth - b.depth);
  const first = lines[0];
  if (!first) return null;
  const isOld = timeOf(facts.beganAt) - timeOf(date) > OLD_MS;
  const where = first.depth === 0 ? "where it crashed" : `${first.depth} call${first.depth === 1 ? "" : "s"} above it`;
  const age = isOld ? ", more than a year before" : "";
  return {
    weight: isOld ? WEIGHT.oldBlame : WEIGHT.blame * WEIGHT.blameDecay ** first.depth,
    reason: `last changed line ${first.line} of ${first.path}, ${where}${age}`,
    isOld,
    isCrashLine: first.depth === 0,
  };
}

function windowReason({ shas, total, goodSha, badSha }: NonNullable<ChangeFacts["window"]>): string {
  const of = total === 1 ? "the only commit" : `one of ${Math.max(total, shas.length)} commits`;
  return `${of} between the last good deployment (${short(goodSha)}) and the first bad one (${short(badSha)})`;
}

function weigh(facts: ChangeFacts, sha: string, known: { date: string; files: string[] }) {
  const { window } = facts;
  const blame = blameOf(facts, sha, known.date);
  const touched = facts.ranked.find((one) => one.sha === sha);
  const isInPlace = blame !== null || touched !== undefined;
  const isInWindow = window?.shas.includes(sha) ?? false;
  const weights: number[] = [];
  const reasons: string[] = [];
  const add = (weight: number, reason: string | null) => {
    weights.push(weight);
    if (reason !== null) reasons.push(reason);
  };
  if (blame) add(blame.weight, blame.reason);
  if (window && isInWindow) {
    const strength = window.lagMinutes > LONG_LAG_MINUTES ? 0.5 : 1;
    add(strength * (isInPlace ? WEIGHT.window : WEIGHT.windowElsewhere), windowReason(window));
    if (window.total === 1) add(strength * WEIGHT.onlyInWindow, null);
  }
  if (isInPlace && facts.released?.shas.includes(sha))
    add(WEIGHT.released, `part of release ${shortVersion(facts.released.version)}`);
  const ageMs = timeOf(facts.beganAt) - timeOf(known.date);
  if (isInPlace && ageMs >= 0 && ageMs < FRESH_MS) add(WEIGHT.fresh, null);
  if (touched) add(WEIGHT.touched * touched.score, blame ? null : (touched.reasons[0] ?? null));
  const isRuledOut = window !== null && !isInWindow && window.shas.length >= window.total;
  const sum = 1 - weights.reduce((rest, weight) => rest * (1 - weight), 1);
  return {
    score: Math.round(sum * (isRuledOut ? WEIGHT.outsideWindow : 1) * 1_000) / 1_000,
    reasons: isRuledOut ? [...reasons, "ran in production before the error began"] : reasons,
    isBlamed: blame !== null && !blame.isOld,
    isCrashLine: blame?.isCrashLine === true && !blame.isOld,
    isInWindow,
    isInPlace,
  };
}

function decideVerdict(facts: ChangeFacts, candidates: readonly Candidate[]): ChangeVerdict {
  const best = candidates[0];
  const { window } = facts;
  if (window !== null && window.shas.length >= window.total && !candidates.some((one) => one.isInWindow)) {
    return window.total === 0
      ? { unknown: "the failing deployment holds no commit that the one before it lacks" }
      : { unknown: `none of the ${window.total} commits of the failing deployment touches what crashed` };
  }
  if (!best || !(best.isBlamed || best.isInWindow))
    return { unknown: "no line of the stack and no deployment points at a commit" };
  const isRecent = timeOf(facts.beganAt) - timeOf(best.date) < FRESH_MS;
  const isBacked = best.isInWindow ? best.isInPlace && (window?.lagMinutes ?? 0) <= LONG_LAG_MINUTES : false;
  const isLikely = window === null ? best.isCrashLine && isRecent : isBacked;
  return { sha: best.sha, certainty: isLikely ? "likely" : "possible" };
}

/**
 * The commits that may have brought an error, most suspect first, with what speaks for each, and whether one of them can be
 * named. What was committed after the error began, and did not run when it began, is left out.
 */
export function rankChanges(facts: ChangeFacts): { commits: RankedChange[]; verdict: ChangeVerdict } {
  const candidates = [...gather(facts)].flatMap(([sha, known]): Candidate[] => {
    const weighed = weigh(facts, sha, known);
    const isLater = timeOf(known.date) > timeOf(facts.beganAt);
    if (weighed.reasons.length === 0 || (isLater && !weighed.isInWindow)) return [];
    const { author, message, date } = known;
    return [{ sha, author, message, date, ...weighed }];
  });
  candidates.sort((a, b) => b.score - a.score || b.date.localeCompare(a.date));
  const commits = candidates.slice(0, MAX_CHANGES).map(({ sha, score, reasons, author, message, date }) => ({
    sha,
    score,
    reasons,
    author,
    message,
    date,
  }));
  return { commits, verdict: decideVerdict(facts, candidates) };
}
