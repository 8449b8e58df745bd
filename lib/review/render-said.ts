import { code, quiet } from "../kernel/render-markdown.ts";
import type { FindingKind, Place } from "./model.ts";

/** GitHub takes 65,536 characters; the rest is for the marker. */
export const MAX_BODY = 60_000;

const ADDRESS = /\b(?:[a-z][a-z0-9+.-]{1,20}:\/\/|www\.|mailto:|javascript:|data:)[^\s`]+/gi;
const COMMAND = /(^|\s)\/(?=(?:patchpilot|generate-fix|implement)\b)/gi;

/**
 * A model's words on one line of Markdown: names in backticks stay code, and nothing else in it does anything. Addresses
 * (what people click on comes from us) and commands to us are taken out; nobody is mentioned.
 */
export function said(text: string, maxLength: number): string {
  const plain = text
    .slice(0, maxLength)
    .replace(/\s+/g, " ")
    .replace(ADDRESS, "(address removed)")
    .replace(COMMAND, "$1");
  const parts = plain.split(/`([^`]{1,120})`/);
  return parts
    .map((part, index) => {
      if (index % 2 === 1) return code(part);
      const [before = "", after = ""] = [/^\s/.exec(part)?.[0], /\s$/.exec(part)?.[0]];
      const shown = index === 0 ? quiet(part, maxLength) : quiet(`.${part}`, maxLength).slice(1).trim();
      return shown === "" ? before || after : `${index === 0 ? "" : before}${escapeMarks(shown)}${after}`;
    })
    .join("")
    .trim();
}

/** Emphasis in a sentence about code is a name's underscore or a product's star. */
const escapeMarks = (text: string) => text.replace(/(?<!\\)[*_~](?=\S)/g, "\\$&");

export const KIND_NAMES: Record<FindingKind, string> = {
  bug: "bug",
  security: "security",
  performance: "performance",
  missing_test: "missing test",
  style: "style",
};

/** `src/a.ts:12`, or `src/a.ts:10-12`; of the base's side as such. */
export function placeText({ path, side, startLine, line }: Place): string {
  const lines = startLine === null ? `${line}` : `${startLine}-${line}`;
  return `${code(`${path}:${lines}`, 160)}${side === "LEFT" ? " (before)" : ""}`;
}

/** A cell of a table: no bar and no line end can be in what `said`, `quiet` and `code` make. */
export const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;

export const plural = (count: number, word: string) => `${count} ${word}${count === 1 ? "" : "s"}`;
