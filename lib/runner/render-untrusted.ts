/**
 * Ranges of characters that a person does not see but a model reads: controls, zero-width and joining marks,
 * bidirectional overrides (CVE-2021-42574), soft hyphens, fillers, variation selectors, and the tag block that can
 * spell hidden ASCII. Tab and line feed stay.
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

function isHidden(codePoint: number): boolean {
  return HIDDEN_RANGES.some(([from, to]) => codePoint >= from && codePoint <= to);
}

/** `text` as a person would see it, all line ends as line feeds. */
export function renderVisible(text: string): string {
  let visible = "";
  for (const character of text.replace(/\r\n?|\u2028|\u2029/g, "\n")) {
    if (!isHidden(character.codePointAt(0) ?? 0)) visible += character;
  }
  return visible;
}

/** At most `limit` characters, the cut said. Never ends in half a surrogate pair. */
export function renderBounded(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const cut = text.slice(0, limit).replace(/[\ud800-\udbff]$/, "");
  return `${cut} [… ${text.length - cut.length} more characters]`;
}

/** Untrusted text in one line of Markdown: visible, bounded, in a code span that it cannot leave. */
export function renderUntrustedLine(text: string, limit: number): string {
  const line = renderBounded(
    renderVisible(text.slice(0, limit * 4))
      .replace(/\s+/g, " ")
      .trim(),
    limit,
  );
  const fence = fenceFor(line, 1);
  // A space keeps a backtick at the edge apart from the fence; Markdown strips one on each side.
  return line === "" ? "(empty)" : `${fence} ${line} ${fence}`;
}

/** Untrusted text as a fenced block that it cannot close: the fence is longer than any run of backticks in it. */
export function renderUntrustedBlock(text: string, limit: number): string {
  const visible = renderBounded(renderVisible(text.slice(0, limit * 4)), limit);
  const fence = fenceFor(visible, 3);
  return `${fence}text\n${visible}\n${fence}`;
}

function fenceFor(text: string, atLeast: number): string {
  const runs = text.match(/`+/g) ?? [];
  const longest = runs.reduce((length, run) => Math.max(length, run.length), 0);
  return "`".repeat(Math.max(atLeast, longest + 1));
}
