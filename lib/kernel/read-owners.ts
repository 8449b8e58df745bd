import { matchesNames } from "./match-glob.ts";

/** One line of a CODEOWNERS file. No owners: what matches is nobody's. */
export interface OwnerRule {
  pattern: string;
  owners: string[];
}

/** Where GitHub looks, in this order; the first file that exists is the only one (docs.github.com, "About code owners"). */
export const OWNER_FILES = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"] as const;

/** GitHub loads no file over 3 MB. */
const MAX_CHARACTERS = 3 * 1024 * 1024;
/** A user, a team or an address; GitHub skips a line with anything else. */
const OWNER = /^(?:@[\w-]{1,100}(?:\/[\w.-]{1,100})?|[^\s@]{1,100}@[^\s@]{1,200})$/;

/** Pattern and the rest of a line; `\ ` is a space of the pattern, ` #` begins a remark. */
function splitLine(line: string): { pattern: string; rest: string[] } | null {
  const match = /^((?:\\.|[^\s\\])+)(?:\s+(.*))?$/.exec(line.trim());
  if (!match?.[1] || match[1].startsWith("#")) return null;
  const [before = ""] = (match[2] ?? "").split(/(?:^|\s)#/);
  return { pattern: match[1].replace(/\\(?=\s)/g, ""), rest: before.split(/\s+/).filter((word) => word !== "") };
}

/**
 * The rules of a CODEOWNERS file in their order. As on GitHub, a line with `!`, with `[ ]`, with an escaped `#` or with a
 * word that is no owner is skipped; GitLab's sections (`[Docs]`, `^[Docs]`) are skipped by the same rule.
 */
export function readOwners(text: string): OwnerRule[] {
  if (text.length > MAX_CHARACTERS) return [];
  return text.split(/\r?\n/).flatMap((line): OwnerRule[] => {
    const read = splitLine(line);
    if (read === null || /^!|^\^|^\\#|[[\]]/.test(read.pattern)) return [];
    if (!read.rest.every((word) => OWNER.test(word))) return [];
    return [{ pattern: read.pattern, owners: read.rest }];
  });
}

/** Letter case counts. Like .gitignore, but for `folder/*`, which takes in files of that folder and no deeper ones. */
function matches(pattern: string, names: string[]): boolean {
  const parts = pattern.replace(/^\/|\/$/g, "").split("/");
  const isAnchored = pattern.startsWith("/") || parts.length > 1;
  const whole = isAnchored ? parts : ["**", ...parts];
  if (pattern.endsWith("/")) return matchesNames([...whole, "**"], names);
  return matchesNames(whole, names, parts.at(-1) === "*" ? "whole" : "folder");
}

/** The owners of a path by the last rule that matches it; null where none does, empty where that rule names nobody. */
export function findOwners(rules: readonly OwnerRule[], path: string): string[] | null {
  const names = path.split("/");
  return rules.findLast((rule) => matches(rule.pattern, names))?.owners ?? null;
}
