import { INJECTION_PATTERNS } from "./injection-patterns.ts";
import { visibleText } from "./untrusted-text.ts";

export interface InjectionSign {
  sign: string;
  excerpt: string;
}

const MOST_READ = 60_000;
const EXCERPT = 120;

/** Cyrillic, Greek and Armenian letters that look like Latin ones; other forms are folded by NFKC. */
const LOOK_ALIKES: Readonly<Record<string, string>> = {
  а: "a",
  α: "a",
  е: "e",
  ε: "e",
  і: "i",
  ι: "i",
  ј: "j",
  о: "o",
  ο: "o",
  р: "p",
  ρ: "p",
  с: "c",
  ѕ: "s",
  у: "y",
  γ: "y",
  х: "x",
  χ: "x",
  һ: "h",
  ԁ: "d",
  ԛ: "q",
  ԝ: "w",
  ո: "n",
  ν: "v",
  κ: "k",
  τ: "t",
  м: "m",
  т: "t",
  к: "k",
  в: "b",
  н: "h",
};
const NOT_LATIN = /[\u0370-\u058f]/g;

/** As a model would understand it: hidden characters gone, look-alikes folded, lower case, single blanks. */
function fold(text: string): string {
  return visibleText(text)
    .normalize("NFKC")
    .toLowerCase()
    .replace(NOT_LATIN, (letter) => LOOK_ALIKES[letter] ?? letter)
    .replace(/[’‘`´]/g, "'")
    .replace(/\s+/g, " ");
}

/** Letters of the tag block spell text that nobody sees; no keyboard and no program writes them by accident. */
const HIDDEN_LETTERS = /[\u{e0020}-\u{e007e}]{3,}/u;

/**
 * Whether a text seems to give orders to whoever reads it: each sign with where it was seen. It is a suspicion for people
 * and changes nothing else, because nothing that such a text could ask for is done by asking. `code`: a source file, where
 * prompts for models are ordinary and only the plainest signs count. Words of ordinary errors (`rollback`, `merge`,
 * "ignore previous value") are none.
 */
export function decideInjection(text: string, kind: "prose" | "code"): InjectionSign[] {
  const read = text.slice(0, MOST_READ);
  const folded = fold(read);
  const signs = INJECTION_PATTERNS.filter((one) => kind === "prose" || one.inCode).flatMap(({ sign, pattern }) => {
    const match = pattern.exec(folded);
    return match ? [{ sign, excerpt: excerptAt(folded, match.index) }] : [];
  });
  return HIDDEN_LETTERS.test(read) ? [...signs, { sign: "hides letters that nobody sees", excerpt: "" }] : signs;
}

function excerptAt(text: string, index: number): string {
  const from = Math.max(0, index - 20);
  return text.slice(from, from + EXCERPT).trim();
}
