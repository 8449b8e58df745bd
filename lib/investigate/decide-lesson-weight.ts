/** What is left of a lesson's weight when the error that it tells of came back. */
const REGRESSED_WEIGHT = 0.25;
const DID_NOT_HOLD: ReadonlySet<string> = new Set(["regressed", "failed", "reverted", "not_recovered"]);

export interface LessonWeight {
  /** 0..1, as a factor of what the lesson's files would weigh. */
  weight: number;
  /** Why it is not to be trusted as it stands, or null. */
  stale: string | null;
}

/**
 * How much a lesson still says, by what is there now: a repair that did not hold, or whose files are gone, is contradicted
 * by the present. `exists` null: nobody knows the repository's files.
 */
export function decideLessonWeight(
  lesson: { outcome: string | null; fixFiles: readonly string[] },
  exists: ((path: string) => boolean) | null,
): LessonWeight {
  const { fixFiles } = lesson;
  const held = lesson.outcome === null || !DID_NOT_HOLD.has(lesson.outcome);
  const left = exists === null ? fixFiles : fixFiles.filter(exists);
  const share = fixFiles.length === 0 ? 1 : left.length / fixFiles.length;
  const reasons = [
    ...(held ? [] : ["its repair did not hold: the error came back"]),
    ...(share === 0 ? ["none of the files that it changed is there any more"] : []),
    ...(share > 0 && share < 1
      ? [`${fixFiles.length - left.length} of the ${fixFiles.length} files that it changed are not there any more`]
      : []),
  ];
  return { weight: share * (held ? 1 : REGRESSED_WEIGHT), stale: reasons.length > 0 ? reasons.join("; ") : null };
}
