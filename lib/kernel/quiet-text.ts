import { redact } from "./redact.ts";
import { visibleText } from "./untrusted-text.ts";

/** Longer text is cut before it is read: nothing here keeps more than a few thousand characters. */
const MOST_READ = 20_000;

/** Text from outside on one line: redacted, without control characters, at most `maxLength` UTF-16 units. */
export function oneLine(text: string, maxLength: number): string {
  const read = visibleText(text.slice(0, MOST_READ).replace(/\p{Cc}+/gu, " "));
  const line = redact(read).text.replace(/\s+/g, " ").trim();
  return line.slice(0, maxLength).replace(/[\ud800-\udbff]$/, "");
}

/**
 * Text from outside as a title or a commit's headline: on one line, mentioning nobody, and referring to no issue, because
 * GitHub closes what a merged commit or pull request "fixes" (docs.github.com, "Linking a pull request to an issue").
 */
export function quietTitle(text: string, maxLength: number): string {
  return oneLine(text, maxLength)
    .replace(/@(?=[\w-])/g, "@\u200b")
    .replace(/#(?=\d)|\bGH-(?=\d)|\/(?:issues|pull)\/(?=\d)/gi, "$&\u200b")
    .replace(/`/g, "'");
}

/** The same inside Markdown: no HTML, no link or image, nothing that ends a cell of a table. */
export function quietMarkdown(text: string, maxLength: number): string {
  return quietTitle(text, maxLength)
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/\|/g, "'")
    .replace(/\]\(/g, "] (");
}
