import type { DiffHunk, DiffLine } from "./diff-model.ts";
import type { Finding, JudgedFile } from "./gate-model.ts";
import { ASSERTION, TEST_CASE } from "./gate-tests-model.ts";

/** Code that can no longer be reached, or became a comment while its lines stand as they were; generated files edited by hand. */
export function decideStructure(files: JudgedFile[]): Finding[] {
  return files
    .filter((file) => file.role === "source" || file.role === "test")
    .flatMap((file) => [
      ...findUnreachable(file),
      ...findEmptied(file),
      ...findCommentedOut(file),
      ...findGenerated(file),
    ]);
}

interface NewLine extends DiffLine {
  at: number;
}

function newSide(hunk: DiffHunk): NewLine[] {
  return hunk.lines.filter((line) => line.op !== "-").map((line, index) => ({ ...line, at: hunk.newStart + index }));
}

const ENDS_HERE = /^\s*(?:return\b(?:[^{(["'`]*|.*[;)\]}"'`\w])|throw\b.*;|raise\b.*)\s*$/;
const OPENS = /[{([,+\-*/=&|?:.\\]\s*$/;
/** What may follow at the same depth: the end of the block, another branch, a declaration that is lifted up. */
const NEXT_MAY =
  /^\s*(?:[})\]]|case\b|default\b|else\b|elif\b|elsif\b|when\b|end\b|rescue\b|ensure\b|except\b|finally\b|catch\b|function\b|async function\b|class\b|def\b|fn\b|func\b|fun\b|\/\/|#|\/\*|\*|@|<|\.|\?|&&|\|\||[+*]|and\b|or\b|[\w.]+:\s*$)/;

const indentOf = (text: string) => /^\s*/.exec(text)?.[0].replaceAll("\t", "    ").length ?? 0;

function findUnreachable(file: JudgedFile): Finding[] {
  for (const hunk of file.change.hunks) {
    const lines = newSide(hunk).filter((line) => line.text.trim() !== "");
    const index = lines.findIndex((line, at) => {
      const next = lines[at + 1];
      const before = lines[at - 1];
      if (next === undefined || line.op !== "+" || !ENDS_HERE.test(line.text) || OPENS.test(line.text)) return false;
      // The branch of an if without braces stands deeper than it.
      const isBranch =
        before !== undefined &&
        indentOf(before.text) < indentOf(line.text) &&
        /^\s*(?:if|for|while|else)\b/.test(before.text) &&
        !/[{:]\s*$/.test(before.text);
      return !isBranch && indentOf(next.text) === indentOf(line.text) && !NEXT_MAY.test(next.text);
    });
    if (index < 0) continue;
    const at = lines[index]?.at;
    return file.role === "test"
      ? [stop(file, "deny", "test-cannot-fail", "a test ends before its assertions", at)]
      : [stop(file, "require_approval", "unreachable-code", "the function now ends before what it did", at)];
  }
  return [];
}

const RETURNS = /^\s*return\s+(?<value>.+?);?\s*$/;
const FIXED_VALUE = /^(?:null|undefined|nil|None|[tT]rue|[fF]alse|-?\d+(?:\.\d+)?|"[^"]*"|'[^']*'|\[\s*\]|\{\s*\})$/;
const CHOOSES = /\b(?:if|else|case|when|guard|unless|switch|match|catch|except|rescue|elif)\b|\?/;

/** What was worked out is now a fixed value, or nothing at all. */
function findEmptied(file: JudgedFile): Finding[] {
  if (file.role !== "source") return [];
  for (const hunk of file.change.hunks) {
    const [added, deleted] = (["+", "-"] as const).map((op) =>
      hunk.lines.filter((line) => line.op === op).map((line) => line.text),
    );
    const values = (lines: string[] = []) => lines.flatMap((line) => RETURNS.exec(line)?.groups?.value ?? []);
    const worked = values(deleted).filter((value) => /[.(]/.test(value) && !FIXED_VALUE.test(value));
    const isFixed = values(added).length > 0 && values(added).every((value) => FIXED_VALUE.test(value));
    if (worked.length > 0 && isFixed && !hunk.lines.some((line) => line.op === "+" && CHOOSES.test(line.text)))
      return [stop(file, "require_approval", "hard-coded-result", "what was worked out is now a fixed value")];
    const lines = newSide(hunk);
    const isEmptied = lines.some(
      (line, index) =>
        line.op === " " && /\)[^()]*\{\s*$/.test(line.text) && /^\s*\}/.test(lines[index + 1]?.text ?? ""),
    );
    if (isEmptied && added?.length === 0 && (deleted?.length ?? 0) > 0)
      return [stop(file, "require_approval", "emptied", "a body is left without anything in it")];
  }
  return [];
}

const COMMENT_ENDS: [opens: RegExp, closes: RegExp][] = [
  [/^\s*\/\*(?!.*\*\/)/, /\*\//],
  [/^\s*("""|''')\s*$/, /("""|''')/],
  [/^=begin\b/, /^=end\b/],
  [/^\s*<!--(?!.*-->)/, /-->/],
];

/** A comment that the patch opens and that swallows lines which it did not write. */
function findCommentedOut(file: JudgedFile): Finding[] {
  for (const hunk of file.change.hunks) {
    const lines = newSide(hunk);
    for (const [opens, closes] of COMMENT_ENDS) {
      const start = lines.findIndex((line) => line.op === "+" && opens.test(line.text));
      if (start < 0) continue;
      const length = lines.slice(start + 1).findIndex((line) => closes.test(line.text));
      const inside = lines.slice(start + 1, length < 0 ? undefined : start + 1 + length);
      const swallowed = inside.filter(
        (line) => line.op === " " && line.text.trim() !== "" && !/^\s*[*#/]/.test(line.text),
      );
      if (swallowed.length === 0) continue;
      const isTest = file.role === "test" && swallowed.some(({ text }) => TEST_CASE.test(text) || ASSERTION.test(text));
      const at = lines[start]?.at;
      return isTest
        ? [stop(file, "deny", "test-switched-off", "tests are put into a comment", at)]
        : [stop(file, "require_approval", "commented-out", "code is put into a comment", at)];
    }
  }
  return [];
}

const GENERATED = /\bDO NOT EDIT\b|@generated\b|\bCode generated by\b|\bauto-?generated (?:file|by|code)\b/i;

function findGenerated(file: JudgedFile): Finding[] {
  const isMarked = file.change.hunks.some((hunk) => hunk.lines.some((line) => GENERATED.test(line.text.slice(0, 300))));
  if (!isMarked || file.role !== "source") return [];
  return [
    stop(file, "require_approval", "generated-file", "the file says that it is generated: its source should change"),
  ];
}

function stop(file: JudgedFile, effect: Finding["effect"], rule: string, detail: string, line?: number): Finding {
  return { effect, rule, path: file.path, ...(line !== undefined && { line }), detail };
}
