import { decideInjection } from "../kernel/decide-injection.ts";
import { hiddenCharacters } from "../kernel/untrusted-text.ts";
import type { PatchHunk } from "./read-patch.ts";

/** Text that hides something or speaks to a machine. People are told; nothing else follows from it. */
export interface ReviewSuspicion {
  /** `src/a.ts:12`, or "the description". */
  where: string;
  what: string;
}

const MOST_PER_FILE = 3;
const MOST = 30;

function judgeFile(path: string, hunks: readonly PatchHunk[]): ReviewSuspicion[] {
  const found: ReviewSuspicion[] = [];
  for (const hunk of hunks) {
    const added = hunk.lines.filter((line) => line.sign === "+");
    for (const line of added) {
      if (found.length >= MOST_PER_FILE) return found;
      const hidden = hiddenCharacters(line.text.slice(0, 4_000));
      if (hidden.length > 0)
        found.push({ where: `${path}:${line.right}`, what: `has hidden characters: ${hidden.slice(0, 4).join(", ")}` });
    }
    const [sign] = decideInjection(added.map((line) => line.text).join("\n"), "code");
    if (sign && found.length < MOST_PER_FILE)
      found.push({ where: `${path}:${lineOf(added, sign.sign)}`, what: sign.sign });
  }
  return found;
}

/** Where a sign stands: the first line that shows it alone, else where its hunk's additions begin. */
function lineOf(added: PatchHunk["lines"], sign: string): number {
  const line = added.find((one) => decideInjection(one.text, "code").some((found) => found.sign === sign));
  return (line ?? added[0])?.right ?? 1;
}

/** What is suspicious in the added lines that were read, in the description, and in what people wrote. */
export function decideSuspicions(
  files: ReadonlyMap<string, readonly PatchHunk[]>,
  prose: readonly { where: string; text: string }[],
): ReviewSuspicion[] {
  const said = prose.flatMap(({ where, text }) => {
    const [sign] = decideInjection(text, "prose");
    return sign ? [{ where, what: sign.sign }] : [];
  });
  const found = [...files].flatMap(([path, hunks]) => judgeFile(path, hunks));
  return [...said, ...found].slice(0, MOST);
}
