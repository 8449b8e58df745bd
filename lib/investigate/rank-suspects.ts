import { type Crash, decideCrash } from "./decide-crash.ts";
import { isSourcePath, isSupportPath } from "./decide-path.ts";
import type { Suspect, SuspectRanking, SuspectsInput } from "./model.ts";
import { rankCommits, sortNewestFirst } from "./rank-commits.ts";
import {
  evidenceOfCommits,
  evidenceOfLessons,
  evidenceOfNames,
  evidenceOfPlace,
  evidenceOfWords,
  NEIGHBOR_WEIGHTS,
} from "./rank-neighbors.ts";
import { indexByStem } from "./rank-paths.ts";
import {
  type Evidence,
  evidenceOfTrace,
  type ReadFrame,
  rankTrace,
  readFrames,
  simpleName,
  stemsOfFrames,
  TRACE_WEIGHTS,
  type Trace,
} from "./rank-trace.ts";
import { type ErrorWords, readErrorWords, spellingsOf } from "./rank-words.ts";

/** Weights and limits of the ranking; a change of them is a change of policy and is measured on real crashes. */
export const SUSPECT_POLICY = { trace: TRACE_WEIGHTS, neighbors: NEIGHBOR_WEIGHTS, maxSuspects: 10, maxReasons: 4 };
export type SuspectPolicy = typeof SUSPECT_POLICY;

function crashOf(input: SuspectsInput): Crash {
  const fromEvent = input.event ? decideCrash(input.event) : null;
  return {
    frames: input.frames ?? fromEvent?.frames ?? [],
    errorType: input.errorType ?? fromEvent?.errorType ?? null,
    errorMessage: input.errorMessage ?? fromEvent?.errorMessage ?? null,
  };
}

function stemsWorthLookingUp(frames: readonly ReadFrame[], words: ErrorWords): Set<string> {
  const names = [...words.subjects, ...words.quoted];
  for (const { isVendor, frame } of frames) {
    const name = isVendor ? simpleName(frame.function) : null;
    if (name !== null) names.push(name);
  }
  return new Set([...stemsOfFrames(frames), ...names.flatMap(spellingsOf)]);
}

function gather(
  crash: Crash,
  trace: Trace,
  words: ErrorWords,
  index: Map<string, string[]>,
  input: SuspectsInput,
  policy: SuspectPolicy,
): Evidence[] {
  const weights = policy.neighbors;
  const commits = sortNewestFirst(input.recentCommits);
  const evidence = [
    ...evidenceOfTrace(trace, policy.trace),
    ...evidenceOfNames(words, trace, index, weights),
    ...evidenceOfLessons(crash.frames, input.lessons, input.repoFiles, weights),
    ...evidenceOfCommits(trace, commits, weights),
    ...evidenceOfPlace(trace, input.repoFiles, weights),
  ];
  const inTrace = new Set(trace.hits.map((hit) => hit.path));
  const offTrace = new Set(evidence.map((one) => one.path).filter((path) => !inTrace.has(path)));
  return [...evidence, ...evidenceOfWords(words, offTrace, weights)];
}

/** Files that may be named: those that exist, and no tests or documents while the stack names the code they run. */
function eligiblePaths(evidence: readonly Evidence[], trace: Trace, repoFiles: readonly string[]): Set<string> {
  const named = new Set(evidence.map((one) => one.path));
  const inTrace = new Set(trace.hits.map((hit) => hit.path));
  const hasProductionFrame = trace.hits.some((hit) => !isSupportPath(hit.path));
  const isEligible = (path: string): boolean =>
    inTrace.has(path) ? !hasProductionFrame || !isSupportPath(path) : isSourcePath(path);
  return new Set(repoFiles.filter((path) => named.has(path) && isEligible(path)));
}

function compareSuspects(a: Suspect, b: Suspect): number {
  return b.score - a.score || (a.path < b.path ? -1 : 1);
}

function addUp(evidence: readonly Evidence[], eligible: ReadonlySet<string>, policy: SuspectPolicy): Suspect[] {
  const byPath = new Map<string, Evidence[]>();
  for (const one of evidence) {
    if (!eligible.has(one.path)) continue;
    const list = byPath.get(one.path);
    if (list) list.push(one);
    else byPath.set(one.path, [one]);
  }
  const suspects = [...byPath].map(([path, list]): Suspect => {
    const total = list.reduce((sum, one) => sum + one.weight, 0);
    const reasons = [...new Set(list.sort((a, b) => b.weight - a.weight).map((one) => one.reason))];
    return {
      path,
      score: Math.round((total / (1 + total)) * 10_000) / 10_000,
      reasons: reasons.slice(0, policy.maxReasons),
    };
  });
  return suspects.sort(compareSuspects).slice(0, policy.maxSuspects);
}

function notesOf(trace: Trace, frames: readonly ReadFrame[]): string[] {
  if (trace.hits.length > 0) return trace.notes;
  const why = frames.length === 0 ? "the event has no stack frames" : "no stack frame maps to a file of the repository";
  return [...trace.notes, `${why}; suspects come from the message, recent commits and lessons alone`];
}

/**
 * Ranks the files that may hold the fault of a crash, and the commits that may have brought it, most suspect first.
 * The stack decides; the message's names, earlier fixes of similar crashes, recent commits and neighboring files refine
 * it and fill the places below. Dependencies and the runtime are never suspects. Scores order one answer's files; they
 * are no probabilities. Takes time in proportion to `repoFiles` and reads no file.
 */
export function rankSuspects(input: SuspectsInput, policy: SuspectPolicy = SUSPECT_POLICY): SuspectRanking {
  const crash = crashOf(input);
  const words = readErrorWords(crash.errorType, crash.errorMessage);
  const frames = readFrames(crash.frames);
  const index = indexByStem(input.repoFiles, stemsWorthLookingUp(frames, words));
  const trace = rankTrace(frames, index);
  const evidence = gather(crash, trace, words, index, input, policy);
  const suspects = addUp(evidence, eligiblePaths(evidence, trace, input.repoFiles), policy);
  const notes = notesOf(trace, frames);
  suspects[0]?.reasons.push(...notes);
  return { suspects, commits: rankCommits(suspects, sortNewestFirst(input.recentCommits), words), notes };
}
