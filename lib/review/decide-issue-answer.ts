import type { SimilarIssue } from "./compose-issue-message.ts";
import { squeezeCode } from "./compose-key.ts";
import type { ProposedAnswer } from "./model.ts";

export interface CheckedAnswer {
  isKnown: boolean;
  text: string;
  places: { path: string; line: number }[];
  related: SimilarIssue[];
}

/** A shorter quote is in every file. */
const LEAST_QUOTE = 6;

/** What of a model's answer stands: quotes that are in the files that it was shown, numbers that it was given. */
export function decideAnswer(
  proposed: ProposedAnswer,
  facts: { texts: ReadonlyMap<string, string>; similar: readonly SimilarIssue[] },
): CheckedAnswer {
  const places = proposed.places.flatMap(({ path, line, quote }) => {
    const wanted = squeezeCode(quote);
    const lines = facts.texts.get(path)?.split("\n").map(squeezeCode) ?? [];
    const at = lines.flatMap((text, index) =>
      wanted.length >= LEAST_QUOTE && text.includes(wanted) ? [index + 1] : [],
    );
    const nearest = at.toSorted((a, b) => Math.abs(a - line) - Math.abs(b - line))[0];
    return nearest === undefined ? [] : [{ path, line: nearest }];
  });
  const related = facts.similar.filter((one) => proposed.related.includes(one.number));
  // Who rests on lines that are not there does not know.
  const isKnown = proposed.isKnown && (proposed.places.length === 0 || places.length > 0);
  return { isKnown, text: proposed.text, places: places.slice(0, 6), related: related.slice(0, 6) };
}
