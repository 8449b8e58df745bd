/**
 * Ranges of characters that a person does not see but a model reads: controls, soft hyphens, zero-width and joining
 * marks, bidirectional overrides (CVE-2021-42574), fillers, variation selectors, lone surrogates, and the tag block that
 * can spell hidden ASCII. Tab and line feed stay.
 */
const HIDDEN_RANGES: readonly (readonly [number, number])[] = [
  [0x00, 0x08],
  [0x0b, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x034f, 0x034f],
  [0x061c, 0x061c],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180b, 0x180f],
  [0x200b, 0x200f],
  [0x202a, 0x202e],
  [0x2060, 0x206f],
  [0x3164, 0x3164],
  [0xd800, 0xdfff],
  [0xfe00, 0xfe0f],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff0, 0xfffb],
  [0xe0000, 0xe0fff],
];

const escapeOf = (codePoint: number) => `\\u{${codePoint.toString(16)}}`;
const HIDDEN = new RegExp(`[${HIDDEN_RANGES.map((range) => range.map(escapeOf).join("-")).join("")}]`, "gu");
const LINE_ENDS = /\r\n?|\u2028|\u2029/g;

/** `text` as a person would see it, all line ends as line feeds. */
export function visibleText(text: string): string {
  return text.replace(LINE_ENDS, "\n").replace(HIDDEN, "");
}

/** One line of code as it is, in which what a person does not see is written out: `[U+202E]`. It stays one line. */
export function shownLine(line: string): string {
  return line
    .replace(/\r$/, "")
    .replace(/[\n\r\u0085\u2028\u2029]/g, spelled)
    .replace(HIDDEN, spelled);
}

const spelled = (char: string) => `[U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}]`;

/** Part of how letters and emoji are written, and no hiding place. */
const JOINING =
  /[\ufe0e\ufe0f]|(?<=\p{Extended_Pictographic}\ufe0f?|\p{Emoji_Modifier})\u200d|(?<=\p{L}|\p{M})[\u200c\u200d](?=\p{L})|^\ufeff|\r$/gu;

/** Characters that change what a person sees against what is there, as `U+202E`; each once. */
export function hiddenCharacters(line: string): string[] {
  return [...new Set(line.replace(JOINING, "").match(HIDDEN) ?? [])].map((char) => spelled(char).slice(1, -1));
}

/** At most `limit` UTF-16 units, the cut said. Never ends in half a surrogate pair. */
export function boundedText(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const cut = text.slice(0, limit).replace(/[\ud800-\udbff]$/, "");
  return `${cut} [… ${text.length - cut.length} more characters]`;
}

/** HTML comments say to a machine what no reader of the page sees. One that never ends hides all that follows. */
function withoutComments(text: string): string {
  const parts = text.split("<!--");
  const [shown = "", ...hidden] = parts;
  return hidden.reduce((kept, part) => {
    const end = part.indexOf("-->");
    return end < 0 ? kept : kept + part.slice(end + 3);
  }, shown);
}

/** Prose from outside (titles, messages, bodies) as a person would read it: look-alike letters folded, nothing hidden. */
export function proseText(text: string): string {
  return withoutComments(visibleText(text).normalize("NFKC"));
}

/**
 * Text from outside as data for a model: between two marks that carry `mark`, which is random and new with every
 * conversation, so that no text can know how to end its own block. `source` says in our words what it is.
 */
export function fencedText(text: string, fence: { mark: string; source: string; limit: number }): string {
  const { mark, source, limit } = fence;
  const body = boundedText(visibleText(text.slice(0, limit * 4)).replaceAll(mark, ""), limit);
  return `<data-${mark} source=${JSON.stringify(source)}>\n${body}\n</data-${mark}>`;
}
