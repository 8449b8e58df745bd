import type { DiffHunk } from "./diff-model.ts";
import type { Finding, GatePolicy, JudgedFile } from "./gate-model.ts";
import { ASSERTION, ASSERTION_LIKE, SELF_COMPARISONS, TEST_CASE, WEAK_ASSERTION } from "./gate-patterns-model.ts";
import { isCommentLine, readFileRole } from "./read-file-role.ts";

/** What the patch does to tests: none of them may go away, be emptied or be made unable to fail; a bug fix brings one. */
export function decideTests(files: JudgedFile[], policy: GatePolicy, isBugfix: boolean): Finding[] {
  const tests = files.filter((file) => file.role === "test");
  return [
    ...findRemovedTests(files, policy),
    ...tests.flatMap((file) => findWeakened(file, files)),
    ...tests.flatMap(findSelfComparisons),
    ...files.filter(holdsTests).flatMap(findEmptyTests),
    ...(isBugfix && policy.requireTest ? findMissingTest(files) : []),
  ];
}

function findRemovedTests(files: JudgedFile[], policy: GatePolicy): Finding[] {
  const findings: Finding[] = [];
  for (const { change, path } of files) {
    if (change.oldPath === null || change.kind === "copied") continue;
    const wasTest = readFileRole(change.oldPath);
    if (wasTest !== "test" && wasTest !== "test-data") continue;
    const effect = wasTest === "test" ? policy.deletedTests : "require_approval";
    if (change.kind === "deleted")
      findings.push({ effect, rule: "deleted-test", path, detail: "a file of the tests is deleted" });
    if (change.kind === "renamed" && wasTest === "test" && readFileRole(path) !== "test") {
      findings.push({
        effect: "deny",
        rule: "deleted-test",
        path: change.oldPath,
        detail: `a test is renamed to ${path}, where no test runs`,
      });
    }
  }
  return findings;
}

function count(file: JudgedFile, lines: string[], pattern: RegExp): number {
  return lines.filter((line) => pattern.test(line) && !isCommentLine(file.path, line)).length;
}

/** Fewer tests or assertions than before in one file. Those that came back in another test file are counted for it. */
function findWeakened(file: JudgedFile, files: JudgedFile[]): Finding[] {
  if (file.change.kind === "deleted") return [];
  const others = files.filter((other) => other !== file && other.role === "test" && other.change.kind === "added");
  const net = (pattern: RegExp) => {
    const moved = others.reduce((sum, other) => sum + count(other, other.added, pattern), 0);
    return count(file, file.added, pattern) + moved - count(file, file.deleted, pattern);
  };
  const findings: Finding[] = [];
  const cases = net(TEST_CASE);
  if (cases < 0)
    findings.push(deny("weakened-test", file, `${-cases} test ${cases === -1 ? "case is" : "cases are"} taken away`));
  const assertions = net(ASSERTION);
  const added = count(file, file.added, ASSERTION);
  if (assertions < 0 && (added === 0 || assertions <= -3)) {
    findings.push(
      deny("weakened-test", file, `${-assertions} ${assertions === -1 ? "assertion is" : "assertions are"} taken away`),
    );
  } else if (assertions < 0) {
    findings.push(
      ask("weakened-test", file, `${-assertions} fewer ${assertions === -1 ? "assertion" : "assertions"} than before`),
    );
  }
  const weak = count(file, file.added, WEAK_ASSERTION) - count(file, file.deleted, WEAK_ASSERTION);
  const strong = (lines: string[]) => lines.filter((line) => ASSERTION.test(line) && !WEAK_ASSERTION.test(line)).length;
  if (weak > 0 && strong(file.deleted) > strong(file.added)) {
    findings.push(ask("weakened-test", file, "an exact assertion is replaced by one that holds for nearly everything"));
  }
  return findings;
}

function findSelfComparisons(file: JudgedFile): Finding[] {
  const squeeze = (text: string | undefined) => text?.replace(/\s+/g, "");
  const isSame = (line: string) =>
    SELF_COMPARISONS.some((pattern) => {
      const groups = pattern.exec(line.slice(0, 1000))?.groups;
      return groups !== undefined && squeeze(groups.a) === squeeze(groups.b);
    });
  const isFound = file.added.some((line) => !isCommentLine(file.path, line) && isSame(line));
  return isFound ? [deny("test-cannot-fail", file, "a value is compared with itself")] : [];
}

/** A file in which tests can stand: test code, or a Rust source file with its own test module. */
function holdsTests(file: JudgedFile): boolean {
  return file.role === "test" || file.path.endsWith(".rs");
}

function findEmptyTests(file: JudgedFile): Finding[] {
  const isFound = file.change.hunks.some((hunk) => addedTests(hunk).some((body) => !hasAssertion(file, body)));
  return isFound
    ? [deny("test-without-assertion", file, "an added test asserts nothing, so it cannot fail as it should")]
    : [];
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

const CODE_FILE =
  /\.(?:[cm]?[jt]sx?|vue|svelte|py|java|kts?|groovy|scala|rb|go|php|rs|cs|fs|vb|swift|mm?|c|cc|cpp|h|hpp|dart|exs?|lua|clj)$/i;

function findMissingTest(files: JudgedFile[]): Finding[] {
  const changed = files.find((file) => file.role === "source" && CODE_FILE.test(file.path));
  if (changed === undefined) return [];
  const isTested = files.some(
    (file) => holdsTests(file) && file.change.kind !== "deleted" && count(file, file.added, ASSERTION) > 0,
  );
  if (isTested) return [];
  const isTouched = files.some((file) => file.role === "test" && file.added.some((line) => ASSERTION_LIKE.test(line)));
  if (isTouched) return [];
  return [ask("missing-test", changed, "a bug fix brings a test that fails without it, and this one brings none")];
}

function deny(rule: string, file: JudgedFile, detail: string): Finding {
  return { effect: "deny", rule, path: file.path, detail };
}

function ask(rule: string, file: JudgedFile, detail: string): Finding {
  return { effect: "require_approval", rule, path: file.path, detail };
}
