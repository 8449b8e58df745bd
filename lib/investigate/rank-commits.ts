import { isSourcePath } from "./decide-path.ts";
import type { Commit, Suspect, SuspectCommit } from "./model.ts";
import { type ErrorWords, partsOf } from "./rank-words.ts";

const MAX_COMMITS = 10;
const DECAY = 0.97;
const WORD = 0.05;

/** Newest first; commits whose date cannot be read keep the place that the input gave them. */
export function sortNewestFirst(commits: readonly Commit[]): Commit[] {
  const time = (commit: Commit): number => (commit.date === null ? Number.NaN : Date.parse(commit.date));
  if (commits.some((commit) => Number.isNaN(time(commit)))) return [...commits];
  return commits.toSorted((a, b) => time(b) - time(a));
}

/**
 * Ranks the commits that touch suspects: by how suspect the files are, how much of the commit they are, and how new
 * it is. Commits newest first. Commits that touch no suspect are left out.
 */
export function rankCommits(
  suspects: readonly Suspect[],
  commits: readonly Commit[],
  words: ErrorWords,
): SuspectCommit[] {
  const top = suspects[0]?.score ?? 0;
  const share = new Map(suspects.map((suspect) => [suspect.path, suspect.score / top]));
  const ranked: SuspectCommit[] = [];
  for (const [age, commit] of commits.entries()) {
    const touched = commit.files.filter((path) => share.has(path));
    if (touched.length === 0) continue;
    const sources = commit.files.filter(isSourcePath).length;
    const suspicion = Math.max(...touched.map((path) => share.get(path) ?? 0));
    const shared = [...new Set(partsOf((commit.message ?? "").slice(0, 1_000)))].filter((part) =>
      words.words.has(part),
    );
    const focus = 1 / (1 + 0.05 * Math.max(0, sources - 1));
    const score = Math.min(1, suspicion ** 1.5 * focus * DECAY ** age * 0.9 + WORD * shared.length);
    const reasons = [
      `changed ${touched.slice(0, 3).join(", ")}`,
      `${age === 0 ? "the newest commit" : `${age} commit${age === 1 ? "" : "s"} before the newest`}, ${sources} source file${sources === 1 ? "" : "s"}`,
    ];
    if (shared.length > 0) reasons.push(`its message shares “${shared.join(", ")}” with the error`);
    ranked.push({ sha: commit.sha, score: Math.round(score * 1_000) / 1_000, reasons });
  }
  return ranked.sort((a, b) => b.score - a.score).slice(0, MAX_COMMITS);
}
