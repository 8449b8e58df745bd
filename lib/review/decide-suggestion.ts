import { redact } from "../kernel/redact.ts";
import { hiddenCharacters } from "../kernel/untrusted-text.ts";
import type { Place } from "./model.ts";
import { numberOn, type PatchHunk } from "./read-patch.ts";

export type SuggestionDecision = { type: "kept"; text: string } | { type: "dropped"; reason: string };

/**
 * Whether a suggestion applies: it replaces exactly the lines of the range on the head's side, and says something else.
 * GitHub applies none over deleted lines (docs.github.com, "Incorporating feedback in your pull request").
 */
export function decideSuggestion(
  suggestion: string,
  facts: { place: Place; anchor: string; isExact: boolean; hunk: PatchHunk },
): SuggestionDecision {
  const { place, hunk } = facts;
  const dropped = (reason: string): SuggestionDecision => ({ type: "dropped", reason });
  if (place.side !== "RIGHT") return dropped("nothing can be suggested for lines that the change deletes");
  if (!facts.isExact) return dropped("the range is not the one that it was written for");
  const first = hunk.lines.findIndex((line) => numberOn(line, "RIGHT") === (place.startLine ?? place.line));
  const last = hunk.lines.findIndex((line) => numberOn(line, "RIGHT") === place.line);
  const range = hunk.lines.slice(first, last + 1);
  if (range.some((line) => line.sign === "-")) return dropped("deleted lines stand between those that it replaces");
  // A suggestion is applied with line feeds; in such a file it would change more than it says.
  if (range.some((line) => line.text.endsWith("\r"))) return dropped("the file ends its lines with CRLF");
  const text = suggestion.replace(/\r\n?/g, "\n").replace(/\n$/, "");
  if (text === facts.anchor) return dropped("it changes nothing");
  if (text.split("\n").some((line) => hiddenCharacters(line).length > 0)) return dropped("it has hidden characters");
  if (redact(text).text !== text) return dropped("it has something that looks like a secret");
  return { type: "kept", text };
}
