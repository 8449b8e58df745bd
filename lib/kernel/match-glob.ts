/**
 * Whether a path's names match a pattern's parts: `**` is any number of names (one at least where it ends the pattern),
 * `*` and `?` stay within a name. What matches a folder matches all below it, unless it has to match the `whole` path.
 * Row by row over the pattern, so that the cost is pattern times path whatever the stars.
 */
export function matchesNames(parts: string[], segments: string[], extent: "whole" | "folder" = "folder"): boolean {
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
  return extent === "folder" || reachable.has(segments.length);
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
