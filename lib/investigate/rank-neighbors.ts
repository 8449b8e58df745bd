import { decideLessonWeight } from "./decide-lesson-weight.ts";
import { isSourcePath, stemOf } from "./decide-path.ts";
import type { Commit, Frame, Lesson } from "./model.ts";
import type { Evidence, Trace } from "./rank-trace.ts";
import { type ErrorWords, partsOf, spellingsOf } from "./rank-words.ts";

/** Weights of everything but the stack. Off the stack, evidence stays below a crash frame's 1. */
export const NEIGHBOR_WEIGHTS = {
  /** The message calls a file of the stack by name. */
  subjectInTrace: 0.8,
  /** The message calls another file by name; shared among all that it names. */
  subjectOffTrace: 0.75,
  /** The message quotes a word that a file of the stack is named after. */
  quotedInTrace: 0.25,
  quotedOffTrace: 0.15,
  /** A dependency was running a function that a file is named after: wrappers such as typed dispatchers. */
  callee: 0.4,
  /** A word of the message that is part of a path off the stack. */
  word: 0.08,
  /** Fixed an earlier crash, times the likeness of the two stacks. */
  lesson: 1,
  /** Fixed some earlier crash. */
  fixedBefore: 0.05,
  recentInTrace: 0.04,
  recent: 0.08,
  /** Changed in one commit with a file of the stack. */
  together: 0.15,
  sameDir: 0.08,
};
export type NeighborWeights = typeof NEIGHBOR_WEIGHTS;

/** A name that this many files carry says nothing about any of them. */
const MAX_NAMESAKES = 3;

function filesNamed(name: string, index: ReadonlyMap<string, string[]>): string[] {
  const files = [...new Set(spellingsOf(name).flatMap((spelling) => index.get(spelling) ?? []))].filter(isSourcePath);
  return files.length <= MAX_NAMESAKES ? files : [];
}

/** Files that carry a name from the message, or the name of a function of a dependency that was running. */
export function evidenceOfNames(
  words: ErrorWords,
  trace: Trace,
  index: ReadonlyMap<string, string[]>,
  weights: NeighborWeights = NEIGHBOR_WEIGHTS,
): Evidence[] {
  const inTrace = new Set(trace.hits.map((hit) => hit.path));
  const evidence: Evidence[] = [];
  const mention = (names: Iterable<string>, inside: number, outside: number) => {
    const known = [...names]
      .map((name) => ({ name, files: filesNamed(name, index) }))
      .filter(({ files }) => files.length > 0);
    for (const { name, files } of known) {
      for (const path of files) {
        const weight = inTrace.has(path) ? inside : outside / (files.length * known.length);
        evidence.push({ path, weight, reason: `the error message names ${name}` });
      }
    }
  };
  mention(words.subjects, weights.subjectInTrace, weights.subjectOffTrace);
  mention(words.quoted, weights.quotedInTrace, weights.quotedOffTrace);
  for (const [at, name] of trace.callees.entries()) {
    for (const path of filesNamed(name, index)) {
      if (inTrace.has(path)) continue;
      evidence.push({
        path,
        weight: weights.callee / (1 + at * 0.25),
        reason: `carries the name of ${name}, which was running`,
      });
    }
  }
  return evidence;
}

/** Frames that matter for likeness, by place; the crash frame weighs most, plumbing far out next to nothing. */
function signatureOf(frames: readonly Frame[]): Map<string, number> {
  const own = frames.filter((frame) => frame.inApp !== false);
  const signature = new Map<string, number>();
  for (const [depth, frame] of (own.length > 0 ? own : frames).slice(-8).toReversed().entries()) {
    const place = `${stemOf((frame.filename ?? frame.absPath ?? "").replaceAll("\\", "/"))}:${frame.function}`;
    if (!signature.has(place)) signature.set(place, 0.6 ** depth);
  }
  return signature;
}

/** Weighted Jaccard likeness of two signatures, 0..1. */
function likeness(ours: ReadonlyMap<string, number>, theirs: ReadonlyMap<string, number>): number {
  let common = 0;
  let all = 0;
  for (const place of new Set([...ours.keys(), ...theirs.keys()])) {
    const a = ours.get(place) ?? 0;
    const b = theirs.get(place) ?? 0;
    common += Math.min(a, b);
    all += Math.max(a, b);
  }
  return all === 0 ? 0 : common / all;
}

/** Below this likeness two crashes only share plumbing. */
const SIMILAR = 0.25;

/**
 * Files that fixed earlier incidents, above all those whose frames resemble this crash. What a repair that did not hold
 * changed, or one whose files are gone, weighs less.
 */
export function evidenceOfLessons(
  frames: readonly Frame[],
  lessons: readonly Lesson[],
  repoFiles: readonly string[],
  weights: NeighborWeights = NEIGHBOR_WEIGHTS,
): Evidence[] {
  if (lessons.length === 0) return [];
  const files = new Set(repoFiles);
  const ours = signatureOf(frames);
  const evidence: Evidence[] = [];
  for (const lesson of lessons) {
    const share = likeness(ours, signatureOf(lesson.frames));
    const isSimilar = share >= SIMILAR;
    const { weight: trust, stale } = decideLessonWeight(lesson, (path) => files.has(path));
    for (const path of lesson.fixFiles) {
      const alike = isSimilar ? ` whose frames are ${Math.round(share * 100)}% alike` : "";
      const reason = `fixed an earlier incident${alike}${stale ? ` (${stale})` : ""}`;
      evidence.push({ path, weight: trust * (isSimilar ? weights.lesson * share : weights.fixedBefore), reason });
    }
  }
  return evidence;
}

/** Files changed lately, above all together with files of the stack. Commits newest first; a sweep counts for little. */
export function evidenceOfCommits(
  trace: Trace,
  commits: readonly Commit[],
  weights: NeighborWeights = NEIGHBOR_WEIGHTS,
): Evidence[] {
  const inTrace = new Set(trace.hits.map((hit) => hit.path));
  const evidence: Evidence[] = [];
  for (const [age, commit] of commits.entries()) {
    const files = commit.files.filter(isSourcePath);
    const focus = 0.95 ** age / Math.sqrt(Math.max(1, files.length));
    const touched = files.find((path) => inTrace.has(path));
    for (const path of files) {
      const when = `${age + 1} commit${age === 0 ? "" : "s"} ago (${commit.sha.slice(0, 7)})`;
      if (inTrace.has(path)) evidence.push({ path, weight: weights.recentInTrace * focus, reason: `changed ${when}` });
      else if (touched)
        evidence.push({ path, weight: weights.together * focus, reason: `changed together with ${touched} ${when}` });
      else evidence.push({ path, weight: weights.recent * focus, reason: `changed ${when}` });
    }
  }
  return evidence;
}

const directoryOf = (path: string): string => path.slice(0, path.lastIndexOf("/") + 1);

/** Files in the directory of the crash. */
export function evidenceOfPlace(
  trace: Trace,
  repoFiles: readonly string[],
  weights: NeighborWeights = NEIGHBOR_WEIGHTS,
): Evidence[] {
  const top = trace.hits[0];
  const directory = top ? directoryOf(top.path) : null;
  const evidence: Evidence[] = [];
  for (const path of repoFiles) {
    if (
      directory === null ||
      !path.startsWith(directory) ||
      path.lastIndexOf("/") >= directory.length ||
      !isSourcePath(path)
    )
      continue;
    if (path === top?.path) continue;
    evidence.push({ path, weight: weights.sameDir, reason: `lies beside ${top?.path}` });
  }
  return evidence;
}

/** How many words of the message a path shares. */
export function evidenceOfWords(
  words: ErrorWords,
  paths: Iterable<string>,
  weights: NeighborWeights = NEIGHBOR_WEIGHTS,
): Evidence[] {
  const evidence: Evidence[] = [];
  for (const path of paths) {
    const shared = [...new Set(partsOf(path))].filter((part) => words.words.has(part));
    if (shared.length > 0)
      evidence.push({
        path,
        weight: weights.word * shared.length,
        reason: `its path shares “${shared.join(", ")}” with the message`,
      });
  }
  return evidence;
}
