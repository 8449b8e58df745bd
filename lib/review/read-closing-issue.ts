import { proseText } from "../kernel/untrusted-text.ts";

/** The words by which a pull request closes an issue (docs.github.com, "Linking a pull request to an issue"). */
const CLOSES = /\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?[ \t]+(?:([\w.-]+\/[\w.-]+))?#(\d{1,9})\b/gi;
const MOST_READ = 20_000;

/** The number of the first issue of this repository that a pull request's text says it closes, or null. */
export function readClosingIssue(body: string, repository: string): number | null {
  for (const [, named, number] of proseText(body.slice(0, MOST_READ)).matchAll(CLOSES)) {
    if (named === undefined || named.toLowerCase() === repository.toLowerCase()) return Number(number);
  }
  return null;
}
