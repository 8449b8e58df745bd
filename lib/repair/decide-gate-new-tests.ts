import { isCommentLine } from "../kernel/read-file-role.ts";
import { holdsTests } from "./decide-gate-tests.ts";
import type { DiffHunk } from "./diff-model.ts";
import type { Finding, JudgedFile } from "./gate-model.ts";
import { ASSERTION, ASSERTION_LIKE, SELF_COMPARISONS, TEST_CASE } from "./gate-tests-model.ts";

/** Added tests that pass whatever the code does. */
export function decideNewTests(files: JudgedFile[]): Finding[] {
  const subjects = new Set(files.filter((file) => file.role === "source").map((file) => stemOf(file.path)));
  return files.filter(holdsTests).flatMap((file) => {
    const bodies = file.change.hunks.flatMap(addedTests);
    const isEmpty = bodies.some((body) => !hasAssertion(file, body));
    return [
      ...(isEmpty
        ? [stop(file, "test-without-assertion", "an added test asserts nothing, so it cannot fail as it should")]
        : []),
      ...findByLine(file),
      ...findMockedSubject(file, subjects),
      ...bodies.flatMap((body) => findByBody(file, body)),
    ];
  });
}

const stemOf = (path: string) =>
  (path.split("/").at(-1) ?? "").replace(/\.(?:[cm]?[jt]sx?|vue|svelte)$/, "").toLowerCase();
/** Replaces a module of the project by nothing, or by what the test says, without the real one. */
const MOCK = /\b(?:vi|jest)\.(?:doMock|mock)\(\s*(?:import\()?\s*['"`](\.[^'"`]+)['"`]\)?\s*(?:\)|,\s*\(\)\s*=>)/;

/** The very module that the patch mends is replaced by the test: then nothing of it is tested. */
function findMockedSubject(file: JudgedFile, subjects: Set<string>): Finding[] {
  const index = file.added.findIndex((line) => {
    const stem = stemOf(MOCK.exec(line.slice(0, 1000))?.[1] ?? "");
    return stem !== "" && stem !== "index" && subjects.has(stem);
  });
  if (index < 0) return [];
  const detail = "the test replaces what the patch mends, so it tests its own stand-in";
  return [stop(file, "test-cannot-fail", detail, file.addedAt[index])];
}

const squeeze = (text: string | undefined) => text?.replace(/\s+/g, "");

function isSelfComparison(line: string): boolean {
  return SELF_COMPARISONS.some((pattern) => {
    const groups = pattern.exec(line.slice(0, 1000))?.groups;
    return groups !== undefined && squeeze(groups.a) === squeeze(groups.b);
  });
}

const JAVASCRIPT = /\.(?:[cm]?[jt]sx?|vue|svelte)$/i;

function findByLine(file: JudgedFile): Finding[] {
  const lines = file.added.map((text, index) => ({
    text: text.slice(0, 1000),
    next: file.added[index + 1] ?? "",
    at: file.addedAt[index],
  }));
  const tests: [detail: string, isHit: (text: string, next: string) => boolean][] = [
    ["a value is compared with itself", (text) => file.role === "test" && isSelfComparison(text)],
    ["an assertion about fixed values", (text) => isFixed(text)],
    [
      "an assertion that nobody waits for",
      (text) => JAVASCRIPT.test(file.path) && /^\s*expect\(.*\)\.(?:rejects|resolves)\./.test(text),
    ],
    [
      "an expect that says nothing of what it expects",
      (text, next) => JAVASCRIPT.test(file.path) && isUnfinished(text, next),
    ],
  ];
  for (const { text, next, at } of lines) {
    if (isCommentLine(file.path, text)) continue;
    const found = tests.find(([, isHit]) => isHit(text, next));
    if (found) return [stop(file, "test-cannot-fail", found[0], at)];
  }
  return [];
}

/** What stands between the parentheses that open at `from`, and where they close; null where they do not on this line. */
function readArgument(text: string, from: number): { inner: string; end: number } | null {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    if (text[at] === "(") depth++;
    if (text[at] === ")") depth--;
    if (depth === 0) return { inner: text.slice(from + 1, at), end: at + 1 };
  }
  return null;
}

function readExpect(text: string): { inner: string; rest: string } | null {
  const start = /^\s*(?:await\s+)?expect\s*\(/.exec(text);
  if (start === null) return null;
  const argument = readArgument(text, start[0].length - 1);
  return argument && { inner: argument.inner.trim(), rest: text.slice(argument.end) };
}

/** Only literals and operators: true, !false, 1 + 1, "text", []. */
function isLiteral(expression: string): boolean {
  if (expression.trim() === "" || /`[^`]*\$\{/.test(expression)) return false;
  const bare = expression
    .replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`/g, "0")
    .replace(/\b(?:true|false|null|undefined|NaN|nil|None|True|False|void|typeof)\b/g, "0");
  return /^[\s\d.+\-*/%!<>=&|()[\]{},:?]*$/.test(bare);
}

function isFixed(text: string): boolean {
  const expect = readExpect(text);
  if (expect === null || !isLiteral(expect.inner)) return false;
  const matcher = /^[\w\s.]*\(/.exec(expect.rest);
  const wanted = matcher && readArgument(expect.rest, matcher[0].length - 1)?.inner;
  return wanted !== null && wanted !== undefined && (wanted.trim() === "" || isLiteral(wanted));
}

function isUnfinished(text: string, next: string): boolean {
  const expect = readExpect(text);
  if (expect === null || expect.inner === "") return false;
  if (/^\s*;?\s*$/.test(expect.rest)) return !/^\s*\./.test(next);
  return /^\s*\.(?:not\.|resolves\.|rejects\.)*to[A-Z]\w+\s*;?\s*$/.test(expect.rest);
}

function findByBody(file: JudgedFile, body: string[]): Finding[] {
  const lines = body.filter((line) => !isCommentLine(file.path, line));
  const asserting = lines.filter((line) => ASSERTION.test(line));
  if (asserting.length === 0) return [];
  if (asserting.every((line) => EXISTS_ONLY.test(line)))
    return [stop(file, "test-cannot-fail", "all that is asserted is that the function exists")];
  const name = findFixedName(lines);
  if (name !== null) return [stop(file, "test-cannot-fail", `${name} is asserted to be what the test itself made it`)];
  return findCaught(file, lines);
}

const EXISTS_ONLY =
  /\btypeof\s+[\w.]+\s*\)\s*\.\w+(?:\.\w+)*\(\s*['"]function|\btypeof\s+[\w.]+\s*,\s*['"]function|toBeInstanceOf\(\s*Function\s*\)|\bassert\s+(?:callable|hasattr)\s*\(|assertTrue\s*\(\s*(?:callable|hasattr|method_exists|class_exists)\s*\(|respond_to\b|to(?:Strict)?Equal\(\s*expect\.anything\(\)\s*\)/;

/** A name that the test gives a fixed value or a stub, once, and then asserts. */
function findFixedName(lines: string[]): string | null {
  const text = lines.join("\n");
  for (const line of lines) {
    const [, name = "", value = ""] =
      /^\s*(?:(?:const|let|var|val|final\s+\w+|boolean|bool|int)\s+)?(\w+)\s*:?=\s*(.+?);?\s*$/.exec(line) ?? [];
    if (name === "" || name.length > 60) continue;
    const isStub = /^(?:vi|jest|sinon)\.(?:fn|stub)\(/.test(value);
    const isPrimitive = isLiteral(value) && !/[[{]/.test(value);
    if (!isStub && !isPrimitive) continue;
    const changes =
      text.match(new RegExp(`\\b${name}\\b\\s*(?:[-+*/|&?:]{0,2}=(?!=)|\\+\\+|--)|(?:\\+\\+|--)${name}\\b`, "g")) ?? [];
    const asserted = isStub ? `${name}\\([^)]*\\)` : name;
    const assertion = new RegExp(
      `\\b(?:expect|assert(?:True|\\.ok|\\.isTrue|!)?)\\s*\\(\\s*${asserted}\\s*[,)]|^\\s*assert\\s+${asserted}\\s*(?:$|==)`,
      "m",
    );
    if (changes.length === 1 && assertion.test(text)) return name;
  }
  return null;
}

const CATCHES = /^\s*\}?\s*(?:catch\b|except\b|rescue\b)/;
/** What is caught is more than an assertion that failed. */
const LETS_ASSERTIONS_PASS =
  /\bexcept\s+(?!\(?\s*(?:Exception|BaseException|AssertionError)\b)\w|\bcatch\s*\(\s*(?:final\s+)?(?:\w+\s*:\s*)?(?!Throwable|AssertionError|Error\b)\w*(?:Exception)\b/;
const STILL_FAILS =
  /\b(?:throw|raise|fail|reject|done|unreachable|flunk)\b|expect\.(?:assertions|hasAssertions|fail|unreachable)|\bt\.(?:Fatal|Error|fail)|XCTFail/;

function findCaught(file: JudgedFile, lines: string[]): Finding[] {
  const caught = lines.findIndex((line) => CATCHES.test(line));
  const opened = lines.slice(0, caught).findLastIndex((line) => /^\s*(?:try\b|begin\b|do\s*\{)/.test(line));
  if (caught < 0 || opened < 0 || lines.some((line) => STILL_FAILS.test(line))) return [];
  const depth = /^\s*/.exec(lines[caught] ?? "")?.[0].length ?? 0;
  const length = lines
    .slice(caught + 1)
    .findIndex((line) => line.trim() !== "" && (/^\s*/.exec(line)?.[0].length ?? 0) <= depth);
  const end = length < 0 ? lines.length : caught + 1 + length;
  const isInside = (from: number, to: number) => lines.slice(from, to).some((line) => ASSERTION.test(line));
  const isElsewhere = isInside(0, opened) || isInside(end, lines.length);
  if (isElsewhere) return [];
  const isTried = isInside(opened, caught);
  if (isTried && !isInside(caught, end) && !LETS_ASSERTIONS_PASS.test(lines[caught] ?? ""))
    return [stop(file, "test-cannot-fail", "the test catches its own failure")];
  if (!isTried && isInside(caught, end))
    return [stop(file, "test-cannot-fail", "nothing is asserted unless the code throws")];
  return [];
}

function hasAssertion(file: JudgedFile, body: string[]): boolean {
  return body.some((line, index) => {
    const text = index === 0 ? withoutTitle(line) : line;
    return !isCommentLine(file.path, text) && ASSERTION_LIKE.test(withoutTrailingComment(text));
  });
}

/** A test's title may say "should" without anything being asserted. */
function withoutTitle(line: string): string {
  return line
    .replace(TEST_CASE, "")
    .replace(/"[^"]*"|'[^']*'|`[^`]*`/, "")
    .replace(/\bdef\s+\w+|\bfunc\s+\w+/, "");
}

function withoutTrailingComment(line: string): string {
  return line.replace(/(?<![:"'`])\/\/.*$/, "");
}

/** The bodies of the test cases a hunk adds. Where a title was only reworded the body may lie outside the hunk, so nothing is said. */
function addedTests(hunk: DiffHunk): string[][] {
  if (hunk.lines.some((line) => line.op === "-" && TEST_CASE.test(line.text))) return [];
  const bodies: string[][] = [];
  let current: string[] | null = null;
  let isDecorated = false;
  for (const { op, text } of hunk.lines) {
    if (op === "-") continue;
    const starts = TEST_CASE.test(text);
    if (starts && !isDecorated) {
      current = op === "+" ? [text] : null;
      if (current) bodies.push(current);
    } else current?.push(text);
    isDecorated = /^\s*(?:@|\[|#\[)/.test(text) && (starts || isDecorated);
  }
  return bodies;
}

function stop(file: JudgedFile, rule: string, detail: string, line?: number): Finding {
  return { effect: "deny", rule, path: file.path, ...(line !== undefined && { line }), detail };
}
