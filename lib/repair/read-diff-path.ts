/** Reading of path names as git writes them in a diff: plain, or C-quoted with octal bytes (git's quote.c). */

/** A reading that failed; the parser turns it into its answer, nothing else sees it. */
export class DiffFault extends Error {}

/** Where the reading stands: the lines of the text and the index of the next one. */
export interface Cursor {
  lines: string[];
  at: number;
}

const ESCAPES: Record<string, number> = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13, '"': 34, "\\": 92 };

/** The C-quoted string that starts at `from` (on its opening quote), and where it ends (after the closing quote). */
export function readQuoted(text: string, from: number): { value: string; end: number } {
  const bytes: number[] = [];
  const encoder = new TextEncoder();
  let at = from + 1;
  for (;;) {
    const char = text[at];
    if (char === undefined) throw new DiffFault("a quoted path has no closing quote");
    if (char === '"') break;
    if (char !== "\\") {
      const point = String.fromCodePoint(text.codePointAt(at) ?? 0);
      bytes.push(...encoder.encode(point));
      at += point.length;
      continue;
    }
    const octal = /^[0-3][0-7]{2}/.exec(text.slice(at + 1, at + 4));
    const simple = ESCAPES[text[at + 1] ?? ""];
    if (octal) bytes.push(Number.parseInt(octal[0], 8));
    else if (simple !== undefined) bytes.push(simple);
    else throw new DiffFault("a quoted path holds an unknown escape");
    at += octal ? 4 : 2;
  }
  try {
    return {
      value: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(new Uint8Array(bytes)),
      end: at + 1,
    };
  } catch {
    throw new DiffFault("a path is not UTF-8");
  }
}

/** A path that takes the whole rest of a line. git ends a `---`/`+++` name that holds a space with a tab, quoted or not. */
export function readPath(rest: string, options: { mayEndInTab: boolean }): string {
  const text = options.mayEndInTab && rest.endsWith("\t") ? rest.slice(0, -1) : rest;
  if (text.startsWith('"')) {
    const { value, end } = readQuoted(text, 0);
    if (end !== text.length) throw new DiffFault("text after a quoted path");
    return value;
  }
  if (text === "" || /[\t\r]/.test(text)) throw new DiffFault("a path, or a line end, that git would not write so");
  return text;
}

/** `path` without its `a/` or `b/`. Other prefixes (diff.noprefix, diff.mnemonicPrefix) are refused. */
export function withoutPrefix(path: string, prefix: "a/" | "b/"): string {
  if (!path.startsWith(prefix) || path.length === prefix.length)
    throw new DiffFault(`a path without git's ${prefix} prefix`);
  return path.slice(prefix.length);
}

/** Every pair of names that `diff --git <rest>` can mean; unquoted names with spaces allow several. */
export function readHeaderPairs(rest: string): [string, string][] {
  if (rest.startsWith('"')) {
    const first = readQuoted(rest, 0);
    if (rest[first.end] !== " ") throw new DiffFault("two paths were expected");
    return [pair(first.value, readPath(rest.slice(first.end + 1), { mayEndInTab: false }))];
  }
  const pairs: [string, string][] = [];
  for (let at = rest.indexOf(" "); at >= 0; at = rest.indexOf(" ", at + 1)) {
    const second = rest.slice(at + 1);
    if (second.startsWith("b/") && second.length > 2) pairs.push(pair(rest.slice(0, at), second));
    if (second.startsWith('"')) {
      const quoted = readQuoted(second, 0);
      if (quoted.end === second.length) pairs.push(pair(rest.slice(0, at), quoted.value));
    }
  }
  if (pairs.length === 0) throw new DiffFault("two paths with git's a/ and b/ prefixes were expected");
  return pairs;
}

function pair(oldName: string, newName: string): [string, string] {
  return [withoutPrefix(oldName, "a/"), withoutPrefix(newName, "b/")];
}
