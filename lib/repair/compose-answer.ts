import { oneLine, quietMarkdown } from "../kernel/quiet-text.ts";
import type { AnswerOutcome } from "./decide-answer.ts";

export interface AnsweredItem {
  kind: string;
  author: string;
  verdict: string;
  state: string;
  path: string | null;
  text: string;
  outcome: string | null;
}

const short = (sha: string) => sha.slice(0, 12);

/** What came of an item that a published round had, in one sentence. */
export function composeOutcome(outcome: AnswerOutcome, commitSha: string): string {
  const commit = short(commitSha);
  if (outcome === "changed_here") return `Changed in ${commit}.`;
  if (outcome === "changed_file")
    return `${commit} changes this file, but not this place: please see whether it is what you meant.`;
  return `${commit} answers this elsewhere in the patch: please see whether it is what you meant.`;
}

/** Why nothing was changed for an item. */
export function composeNotDone(reason: string): string {
  return `Nothing was changed for this: ${quietMarkdown(reason, 600)}`;
}

const QUESTION =
  "This reads as a question, so nothing was changed for it. Say what should be different, and a round of changes begins.";

/** The reply in an item's thread. */
export function composeReply(item: Pick<AnsweredItem, "verdict" | "outcome">): string {
  return item.verdict === "question" ? QUESTION : (item.outcome ?? "Noted.");
}

const MOST_ITEMS = 30;

/** The comment that ends a round: what it was for, and what came of what has no thread to be answered in. */
export function composeRoundComment(facts: {
  round: number;
  of: number;
  /** null: nothing was published. */
  commitSha: string | null;
  summary: string | null;
  notes: readonly string[];
  items: readonly AnsweredItem[];
}): string {
  const { items, commitSha } = facts;
  const lines = items.slice(0, MOST_ITEMS).map((item) => {
    const where = item.path === null ? "" : ` on \`${oneLine(item.path, 120).replaceAll("`", "'")}\``;
    return `- ${item.kind === "check" ? "check" : quietMarkdown(item.author, 60)}${where}, “${quietMarkdown(item.text, 120)}”: ${item.outcome ?? "noted."}`;
  });
  const more = items.length > MOST_ITEMS ? [`- and ${items.length - MOST_ITEMS} more`] : [];
  const what = commitSha === null ? "nothing was published" : `published as ${short(commitSha)}`;
  return [
    `**Round ${facts.round} of ${facts.of}**: ${what}.`,
    facts.summary === null || facts.summary === "" ? null : quietMarkdown(facts.summary, 1_500),
    [...lines, ...more].join("\n"),
    facts.notes.length > 0 ? facts.notes.map((note) => `> **Note:** ${note}`).join("\n") : null,
  ]
    .filter((part) => part !== null && part !== "")
    .join("\n\n");
}
