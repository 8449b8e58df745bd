import { redact } from "../kernel/redact.ts";
import { fencedText, proseText } from "../kernel/untrusted-text.ts";
import type { Investigation } from "./compose-investigation.ts";

/** How much of each thing a model is shown, in characters. */
export const SHOWN = { event: 8_000, file: 14_000, search: 6_000, commits: 4_000, lessons: 4_000 } as const;
const MOST_LINE = 400;

const clean = (text: string) => redact(proseText(text)).text;

/** Text from outside as data: redacted, visible, bounded, between marks that it cannot know. */
export function renderData(text: string, data: { mark: string; source: string; limit: number }): string {
  return fencedText(clean(text), data);
}

/** What the error said, as the source told it. */
export function renderEvent(title: string, found: Investigation): string {
  const error = [found.errorType, found.errorMessage].filter(Boolean).join(": ");
  const crumbs = (found.evidence?.breadcrumbs ?? []).slice(-10).map(({ at, text }) => `- ${at ?? ""} ${text}`.trim());
  return [
    `title: ${title}`,
    `error: ${error || "unknown"}`,
    found.handled === null ? null : `handled: ${found.handled ? "yes" : "no"}`,
    found.request && `request: ${found.request}`,
    `release: ${found.release ?? "unknown"}, environment: ${found.environment ?? "unknown"}`,
    found.stack.length > 0 ? `stack, newest frame first:\n${found.stack.join("\n")}` : "no stack",
    crumbs.length > 0 ? `before it happened:\n${crumbs.join("\n")}` : null,
  ]
    .filter((part) => part !== null && part !== "")
    .join("\n");
}

/** What was found out without a model: where it may be, who touched it, what is not known. */
export function renderFindings(found: Investigation): string {
  const commit = found.commit
    ? `files are read at ${found.commit.sha}${found.commit.isRelease ? ", the failing release" : ", the default branch: the failing release names no known commit"}`
    : "the repository cannot be read";
  const suspects = found.suspects.map(({ path, reasons }) => `- ${path}: ${reasons.join("; ")}`);
  return [
    commit,
    suspects.length > 0 ? `suspect files, most suspect first:\n${suspects.join("\n")}` : "no suspect file",
    found.commits.length > 0 ? `recent commits there:\n${renderCommits(found.commits)}` : null,
    found.notes.length > 0 ? `notes:\n${found.notes.map((note) => `- ${note}`).join("\n")}` : null,
  ]
    .filter((part) => part !== null)
    .join("\n");
}

export function renderCommits(
  commits: readonly { sha: string; date: string; author: string; message: string }[],
): string {
  return commits
    .map(({ sha, date, author, message }) => {
      const headline = (message.split("\n")[0] ?? "").slice(0, 160);
      return `- ${sha.slice(0, 12)} ${date.slice(0, 10)} ${author.slice(0, 60)}: ${headline}`;
    })
    .join("\n");
}

export function renderLessons(found: Investigation): string {
  if (found.lessons.length === 0) return "none is known";
  return found.lessons
    .map(({ outcome, summary, lines }) => `- ${lines?.join(". ") ?? `${outcome}: ${summary}`}`)
    .join("\n");
}

/** Lines with their numbers, from `from` on (counted from 1); long ones are cut. */
export function renderLines(lines: readonly string[], from: number, to: number): string {
  return lines
    .slice(from - 1, to)
    .map((line, index) => {
      const shown = line.length > MOST_LINE ? `${line.slice(0, MOST_LINE)} [… cut]` : line;
      return `${from + index}| ${shown}`;
    })
    .join("\n");
}

/** The first message of a conversation: the facts, as data. */
export function renderFacts(title: string, found: Investigation, mark: string): string {
  return [
    "A production error is to be explained. What is known:",
    renderData(renderEvent(title, found), { mark, source: "the error, as its source tells it", limit: SHOWN.event }),
    renderData(renderFindings(found), { mark, source: "what was found out so far", limit: SHOWN.event }),
    renderData(renderLessons(found), { mark, source: "how similar errors ended", limit: SHOWN.lessons }),
    "Find out why it happens, and report.",
  ].join("\n\n");
}
