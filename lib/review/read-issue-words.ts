import { proseText } from "../kernel/untrusted-text.ts";

const MOST_READ = 20_000;
const MOST_WORDS = 6;
const MOST_PATHS = 6;
const LEAST_WORD = 4;
const FILLERS = new Set(
  "about after again before being cannot could does doesn error from have having help issue like makes need please problem question should that their there these this using want what when where which while with without would your".split(
    " ",
  ),
);
/** A path with an extension, as people write it into a sentence or a stack trace. */
const PATH = /(?<![\w./:@-])(?:[\w@.-]{1,80}\/){0,12}[\w@.-]{1,80}\.[A-Za-z]\w{0,7}(?![\w/-])/g;

/** The words of an issue's title that similar ones would have too. */
export function readIssueWords(title: string): string {
  const words = proseText(title).match(/[\p{L}\p{N}_$]+/gu) ?? [];
  const telling = words.filter((word) => word.length >= LEAST_WORD && !FILLERS.has(word.toLowerCase()));
  return [...new Set(telling)].slice(0, MOST_WORDS).join(" ");
}

/** Paths that a text names, in their order. Whether there are such files is not known here. */
export function readNamedPaths(text: string): string[] {
  const named = proseText(text.slice(0, MOST_READ)).match(PATH) ?? [];
  const paths = named.map((path) => path.replace(/^\.\//, "")).filter((path) => !path.split("/").includes(".."));
  return [...new Set(paths)].slice(0, MOST_PATHS);
}
