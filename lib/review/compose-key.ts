import type { FindingKind } from "./model.ts";

const FILLERS = new Set(
  "the and that this with from into when then than are was not can could should would will may might does have has here there which missing potential possible incorrect wrong error issue bug line code".split(
    " ",
  ),
);

/** The words that carry a title, coarse: lower case, no endings. */
export function coarseWords(text: string): string[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}_]{3,}/gu) ?? [];
  const stems = words.filter((word) => !FILLERS.has(word)).map((word) => word.replace(/(?:ings?|ed|es|s)$/, ""));
  return [...new Set(stems)].filter((stem) => stem.length > 2).sort();
}

/** Code without what a formatter changes. */
export const squeezeCode = (text: string): string => text.replace(/\s+/g, "").replace(/[;,]+$/, "");

/** FNV-1a, 64 bits (RFC draft-eastlake-fnv): names a text, proves nothing. */
function hash(text: string): string {
  let value = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text)) {
    value = BigInt.asUintN(64, (value ^ BigInt(byte)) * 0x100000001b3n);
  }
  return value.toString(16).padStart(16, "0");
}

/** How long a title's carrying words count; the rest is phrasing. */
const MOST_WORDS = 3;

/** The same for the same remark about the same text, wherever it stands in its file. Letters, digits and `-` only. */
export function composeFindingKey(finding: { path: string; kind: FindingKind; anchor: string; title: string }): string {
  const words = coarseWords(finding.title)
    .sort((a, b) => b.length - a.length || (a < b ? -1 : 1))
    .slice(0, MOST_WORDS);
  const parts = [finding.path, finding.kind, squeezeCode(finding.anchor).slice(0, 4_000), words.join(" ")];
  return `${finding.kind.replaceAll("_", "-")}-${hash(parts.join("\u0000"))}`;
}
