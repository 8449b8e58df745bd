import { matchesNames } from "./match-glob.ts";

/**
 * Whether `path` matches one of `patterns`, read in order like a .gitignore: the last pattern that matches decides, `!` takes back.
 * Without a slash a pattern matches a name at any depth; with one it matches from the root or, unless it starts with "/", below any folder
 * (a monorepo's packages have their own). What matches a folder matches all below it. Letter case, accents' form and look-alike widths do not matter.
 */
export function matchesAny(patterns: readonly string[], path: string): boolean {
  const segments = fold(path).split("/");
  let isMatch = false;
  for (const pattern of patterns) {
    const isNegated = pattern.startsWith("!");
    if (isNegated === isMatch && matchesOne(isNegated ? pattern.slice(1) : pattern, segments)) isMatch = !isNegated;
  }
  return isMatch;
}

/** A path as a case-insensitive, normalising file system would compare it. */
export function fold(path: string): string {
  return path
    .normalize("NFKC")
    .replace(/[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]/g, "")
    .toLowerCase();
}

interface Compiled {
  parts: string[];
  /** The name to look for, where the pattern is nothing but one. */
  name: string | null;
}

/** The same few patterns are asked of every path of every patch. Emptied when it is full: what is in it is never wrong. */
const compiled = new Map<string, Compiled>();
const MOST_COMPILED = 5_000;

function compile(pattern: string): Compiled {
  const known = compiled.get(pattern);
  if (known) return known;
  const folded = fold(pattern);
  const isAnchored = folded.startsWith("/");
  const own = folded.replace(/^\//, "").replace(/\/$/, "").split("/");
  const isName = !isAnchored && own.length === 1 && !/[*?]/.test(folded);
  const made = { parts: isAnchored ? own : ["**", ...own], name: isName ? (own[0] ?? "") : null };
  if (compiled.size >= MOST_COMPILED) compiled.clear();
  compiled.set(pattern, made);
  return made;
}

function matchesOne(pattern: string, segments: string[]): boolean {
  const { parts, name } = compile(pattern);
  return name === null ? matchesNames(parts, segments) : segments.includes(name);
}
