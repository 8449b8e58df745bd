import { placeOf, tokensOf } from "./read-tokens.ts";

/** A stack as far as it is compared; frames in the source's order, the crash frame last. */
export interface ComparedStack {
  errorType: string | null;
  frames: readonly { filename: string | null; function: string | null; inApp: boolean | null }[];
}

export const LESSON_RANKING = {
  /** Half of the names that either has: less alike than this, two stacks share little but what many do. */
  minLikeness: 0.5,
  /** The same where both fail by the same error in the same place. */
  minSameCrash: 0.3,
  /** On top of the likeness of the names, 0..1: they settle what is nearly as alike. */
  sameType: 0.005,
  sameCrashFrame: 0.01,
};

export interface RankedLesson<L> {
  lesson: L;
  /** Jaccard likeness of the two stacks' names, 0..1. */
  likeness: number;
  /** Why it is thought to be like it, in words. */
  matched: string[];
}

const FRAMES_NAMED = 3;

/**
 * Orders lessons by how much their stack is like this one: Jaccard over the names, then the error's type and the crash
 * frame. Those that are hardly alike are left out. Equal ones keep their order.
 */
export function rankLessons<L extends ComparedStack & { tokens: readonly string[] }>(
  event: ComparedStack,
  lessons: readonly L[],
  limit: number,
): RankedLesson<L>[] {
  const tokens = tokensOf(event);
  const places = placesOf(event);
  const ranked = lessons.map((lesson) => {
    const likeness = jaccard(tokens, lesson.tokens);
    const theirs = placesOf(lesson);
    const isSameType = event.errorType !== null && event.errorType === lesson.errorType;
    const isSameCrash = places[0] !== undefined && places[0] === theirs[0];
    const score =
      likeness + (isSameType ? LESSON_RANKING.sameType : 0) + (isSameCrash ? LESSON_RANKING.sameCrashFrame : 0);
    const least = isSameType && isSameCrash ? LESSON_RANKING.minSameCrash : LESSON_RANKING.minLikeness;
    return {
      lesson,
      likeness,
      score,
      isAlike: likeness >= least,
      matched: describe(places, theirs, { isSameType, isSameCrash }),
    };
  });
  return ranked
    .filter(({ isAlike }) => isAlike)
    .sort((a, b) => b.score - a.score)
    .slice(0, limit)
    .map(({ lesson, likeness, matched }) => ({ lesson, likeness, matched }));
}

/** Share of names that two sets have in common, of all that either has. */
export function jaccard(a: readonly string[], b: readonly string[]): number {
  const ours = new Set(a);
  const theirs = new Set(b);
  const common = [...theirs].filter((name) => ours.has(name)).length;
  const all = ours.size + theirs.size - common;
  return all === 0 ? 0 : common / all;
}

/** Where the stack was, the crash frame first, as people read it. */
function placesOf({ frames }: ComparedStack): string[] {
  const inApp = frames.filter((frame) => frame.inApp !== false);
  const places = (inApp.length > 0 ? inApp : frames)
    .slice(-10)
    .reverse()
    .flatMap((frame) => placeOf(frame) ?? []);
  return [...new Set(places)];
}

function describe(
  ours: readonly string[],
  theirs: readonly string[],
  { isSameType, isSameCrash }: { isSameType: boolean; isSameCrash: boolean },
): string[] {
  const known = new Set(theirs);
  const shared = ours.filter((place) => known.has(place));
  const named = shared.slice(0, FRAMES_NAMED).join(", ");
  const more = shared.length > FRAMES_NAMED ? ", …" : "";
  return [
    ...(isSameType ? ["same error type"] : []),
    ...(isSameCrash ? ["same crash frame"] : []),
    ...(shared.length > 0 ? [`${shared.length} of ${ours.length} frames: ${named}${more}`] : []),
  ];
}
