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

function matchesOne(pattern: string, segments: string[]): boolean {
  const folded = fold(pattern);
  const isAnchored = folded.startsWith("/");
  const parts = folded.replace(/^\//, "").replace(/\/$/, "").split("/");
  return matchesFrom(isAnchored ? parts : ["**", ...parts], segments);
}

/** Row by row over the pattern, so that the cost is pattern times path whatever the stars. */
function matchesFrom(parts: string[], segments: string[]): boolean {
  let reachable = new Set<number>([0]);
  for (const [index, part] of parts.entries()) {
    const next = new Set<number>();
    const first = Math.min(...reachable);
    if (part === "**") {
      const least = index === parts.length - 1 ? first + 1 : first;
      for (let at = least; at <= segments.length; at++) next.add(at);
    } else {
      for (const at of reachable) if (matchesSegment(part, segments[at])) next.add(at + 1);
    }
    if (next.size === 0) return false;
    reachable = next;
  }
  return true;
}

/** `*` and `?` within one name, by the usual two pointers. */
function matchesSegment(pattern: string, name: string | undefined): boolean {
  if (name === undefined) return false;
  let star = -1;
  let retry = 0;
  let at = 0;
  let pos = 0;
  while (pos < name.length) {
    const want = pattern[at];
    if (want === "*") {
      star = at++;
      retry = pos;
    } else if (want === "?" || want === name[pos]) {
      at++;
      pos++;
    } else if (star >= 0) {
      at = star + 1;
      pos = ++retry;
    } else return false;
  }
  while (pattern[at] === "*") at++;
  return at === pattern.length;
}
