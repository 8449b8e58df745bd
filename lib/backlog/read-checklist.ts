import type { ChecklistItem } from "./model.ts";

const ITEM = /^(?:\s*>)*\s*(?:[-*+]|\d{1,9}[.)])\s+\[([ xX])\]\s+(\S.*?)\s*$/;
const HEADING = /^ {0,3}#{1,6}\s+(.*?)\s*#*\s*$/;
const FENCE = /^ {0,3}(`{3,}|~{3,})/;
/** An item that names an issue is one already. */
const LINKED = /(?:^|[\s([])#\d+\b|\/issues\/\d+\b|\bGH-\d+\b/i;
const SHORTEST = 4;

/** The open items of a Markdown file that no issue is named in; what stands in code or comments is none. */
export function readChecklist(path: string, text: string): ChecklistItem[] {
  const items: ChecklistItem[] = [];
  let heading: string | null = null;
  let fence: string | null = null;
  let isComment = false;
  for (const [index, raw] of text.split("\n").entries()) {
    const line = raw.replace(/\r$/, "");
    const mark = FENCE.exec(line)?.[1] ?? null;
    if (fence !== null) {
      if (mark?.startsWith(fence)) fence = null;
      continue;
    }
    if (mark !== null) {
      fence = mark;
      continue;
    }
    const isHidden = isComment || line.includes("<!--");
    isComment = line.lastIndexOf("<!--") > line.lastIndexOf("-->") || (isComment && !line.includes("-->"));
    if (isHidden) continue;
    heading = HEADING.exec(line)?.[1] ?? heading;
    const item = ITEM.exec(line);
    const [, box, said = ""] = item ?? [];
    if (box !== " " || LINKED.test(said) || normalize(said).length < SHORTEST) continue;
    items.push({ path, line: index + 1, text: said, heading });
  }
  return items;
}

/** Text as it is compared: without Markdown, case and blanks. */
export function normalize(text: string): string {
  return text
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
}

/** The file with each item's issue named at the end of its line; nothing else changes, line ends included. */
export function linkItems(text: string, links: ReadonlyMap<number, { number: number; url: string }>): string {
  const lines = text.split("\n");
  for (const [line, { number, url }] of links) {
    const raw = lines[line - 1];
    if (raw === undefined) continue;
    const end = raw.endsWith("\r") ? "\r" : "";
    lines[line - 1] = `${raw.trimEnd()} ([#${number}](${url}))${end}`;
  }
  return lines.join("\n");
}
