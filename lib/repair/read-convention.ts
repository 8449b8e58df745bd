/** How a repository writes its commits. */
export type CommitConvention = { style: "conventional"; scopes: string[] } | { style: "plain" };

const CONVENTIONAL =
  /^(?:feat|fix|chore|docs|refactor|test|tests|perf|build|ci|style|revert|bug|deps|release)(?:\(([^)]+)\))?!?: \S/i;
/** Fewer commits than this say nothing of a habit. */
const MIN_COMMITS = 5;

/** What the recent commits' first lines have in common; merges and robots do not count. Too few: Conventional Commits. */
export function readConvention(messages: readonly string[]): CommitConvention {
  const subjects = messages
    .map((message) => message.split("\n")[0]?.trim() ?? "")
    .filter(
      (subject) => subject !== "" && !/^(?:Merge|Revert "|Bump |Update dependency |Release |v?\d+\.\d+)/.test(subject),
    );
  const matches = subjects.map((subject) => CONVENTIONAL.exec(subject)).filter((match) => match !== null);
  if (subjects.length >= MIN_COMMITS && matches.length * 2 < subjects.length) return { style: "plain" };
  const scoped = matches.flatMap((match) => (match[1] === undefined ? [] : [match[1]]));
  return { style: "conventional", scopes: scoped.length * 2 > matches.length ? [...new Set(scoped)] : [] };
}

/** The one scope in use that is a folder or file name of every changed source path, or null. */
export function findScope(scopes: readonly string[], paths: readonly string[]): string | null {
  const names = paths.map((path) => path.split("/").map((name) => name.replace(/\..*$/, "").toLowerCase()));
  if (names.length === 0) return null;
  return scopes.find((scope) => names.every((parts) => parts.includes(scope.toLowerCase()))) ?? null;
}
