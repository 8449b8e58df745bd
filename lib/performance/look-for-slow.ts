import { composeFingerprint, composeIdentity, readSpanKey } from "./compose-fingerprint.ts";
import { decideCandidate, decideSlow } from "./decide-slow.ts";
import type { Found, Group, LeftOut, SlowLook } from "./look-model.ts";
import type { BaselineFacts, BaselineWeek, SlowPolicy, SpanStats } from "./model.ts";
import type { PerformanceSource, SpanQuestion } from "./ports.ts";

const HOUR_MS = 3_600_000;
const WEEK_MS = 7 * 24 * HOUR_MS;
/** Transactions whose baseline one question asks for: their names have to fit into an address. */
const NAMES_PER_QUESTION = 10;
const MOST_NAME_CHARACTERS = 3_000;

/** Asks what is slow now and what the same hours of earlier weeks were like, and decides. Reads only. */
export async function lookForSlow(
  source: PerformanceSource,
  settings: { environment: string; policy: SlowPolicy },
  now: Date,
): Promise<SlowLook> {
  const { environment, policy } = settings;
  const window = windowOf(now.getTime(), policy, 0);
  const { ops, maxPages } = policy;
  const read = await source.listSpans({ ...window, environment, ops, transactions: null, maxPages });
  const groups = await groupSpans(read.spans, environment);
  const candidates = groups.filter((group) => decideCandidate(group.stats, policy) === null);
  const baselines = await readBaselines(source, settings, now, candidates);
  const found: Found[] = [];
  const leftOut: LeftOut[] = [];
  for (const group of groups) {
    const baseline = baselines.get(group.identity) ?? { type: "unknown", reason: "they were not asked for" };
    const decision = decideSlow(group.stats, baseline, policy);
    if (decision.type === "slow") found.push({ ...group, decision });
    else leftOut.push({ ...group, ...decision, hasEnoughSamples: group.stats.count >= policy.minSamples });
  }
  found.sort((a, b) => lostMs(b, policy) - lostMs(a, policy));
  return { environment, ...window, groups: read.spans.length, isTruncated: read.isTruncated, found, leftOut };
}

/** Roughly the time that calls took longer than usual, all together. */
function lostMs({ stats, decision }: Found, policy: SlowPolicy): number {
  return stats.count * (stats.p95Ms - (decision.baseline?.p95Ms ?? policy.thresholdMs));
}

function windowOf(nowMs: number, policy: SlowPolicy, weeksAgo: number): { from: string; to: string } {
  const toMs = nowMs - weeksAgo * WEEK_MS;
  return { from: new Date(toMs - policy.windowHours * HOUR_MS).toISOString(), to: new Date(toMs).toISOString() };
}

/**
 * Groups that differ only by ids are one thing. Percentiles of several cannot be added up: the one with the most total
 * time stands for all of them.
 */
async function groupSpans(spans: readonly SpanStats[], environment: string): Promise<Group[]> {
  const groups = new Map<string, Group>();
  for (const stats of spans) {
    const { transaction, op, description } = stats;
    const key = { transaction, op, description };
    const identity = composeIdentity(await composeFingerprint(key, environment), environment);
    const known = groups.get(identity);
    if (known && known.stats.totalMs >= stats.totalMs) continue;
    groups.set(identity, { identity, key, name: readSpanKey(key), stats });
  }
  return [...groups.values()];
}

type Week = { weeksAgo: number; stats: Map<string, SpanStats>; isTruncated: boolean };

/** The same hours of earlier weeks, asked for the candidates' transactions alone, so that none is beyond the last page. */
async function readBaselines(
  source: PerformanceSource,
  { environment, policy }: { environment: string; policy: SlowPolicy },
  now: Date,
  candidates: readonly Group[],
): Promise<Map<string, BaselineFacts>> {
  const baselines = new Map<string, BaselineFacts>();
  const ops = [...new Set(candidates.map((one) => one.key.op))];
  for (const names of chunkNames([...new Set(candidates.map((one) => one.key.transaction))])) {
    const weeks = await Promise.all(
      Array.from({ length: policy.baselineWeeks }, (_, index) => {
        const window = windowOf(now.getTime(), policy, index + 1);
        const question = { ...window, environment, ops, transactions: names, maxPages: policy.maxPages };
        return readWeek(source, question, index + 1);
      }),
    );
    for (const one of candidates.filter((candidate) => names.includes(candidate.key.transaction)))
      baselines.set(one.identity, baselineOf(one.identity, weeks));
  }
  return baselines;
}

async function readWeek(source: PerformanceSource, question: SpanQuestion, weeksAgo: number): Promise<Week | null> {
  const read = await source.listSpans(question);
  if (read.isUnavailable) return null;
  const groups = await groupSpans(read.spans, question.environment);
  return { weeksAgo, stats: new Map(groups.map((one) => [one.identity, one.stats])), isTruncated: read.isTruncated };
}

/** A group missing from a list that was cut off may be behind the cut: that week is not known, rather than empty. */
function baselineOf(identity: string, weeks: readonly (Week | null)[]): BaselineFacts {
  const readable = weeks.filter((week) => week !== null);
  const measured = readable.flatMap((week): BaselineWeek[] => {
    const stats = week.stats.get(identity);
    return stats ? [{ weeksAgo: week.weeksAgo, count: stats.count, p95Ms: stats.p95Ms }] : [];
  });
  if (measured.length > 0) return { type: "known", weeks: measured };
  if (readable.length === 0) return { type: "unknown", reason: "the source does not answer for that time" };
  if (readable.some((week) => week.isTruncated))
    return { type: "unknown", reason: "there were more groups than were read" };
  return { type: "none", reason: "it did not run in these hours of earlier weeks" };
}

function chunkNames(names: readonly string[]): string[][] {
  const chunks: string[][] = [];
  let characters = Number.POSITIVE_INFINITY;
  for (const name of names) {
    const last = chunks.at(-1);
    const isFull = last === undefined || last.length >= NAMES_PER_QUESTION;
    if (isFull || characters + name.length > MOST_NAME_CHARACTERS) {
      chunks.push([name]);
      characters = name.length;
    } else {
      last.push(name);
      characters += name.length;
    }
  }
  return chunks;
}
