import { isCommentLine, readFileRole } from "../kernel/read-file-role.ts";
import type { Finding, GatePolicy, JudgedFile } from "./gate-model.ts";
import { ASSERTION, ASSERTION_LIKE, CRASH_ASSERTION, TEST_CASE, WEAK_ASSERTION } from "./gate-tests-model.ts";

/** What the patch does to tests: none of them may go away, be emptied or be made unable to fail; a bug fix brings one. */
export function decideTests(files: JudgedFile[], policy: GatePolicy, isBugfix: boolean): Finding[] {
  const tests = files.filter((file) => file.role === "test");
  return [
    ...findRemovedTests(files, policy),
    ...tests.flatMap((file) => findWeakened(file, files, policy)),
    ...(isBugfix && policy.requireTest ? findMissingTest(files) : []),
  ];
}

function findRemovedTests(files: JudgedFile[], policy: GatePolicy): Finding[] {
  const findings: Finding[] = [];
  for (const { change, path } of files) {
    if (change.oldPath === null || change.kind === "copied") continue;
    const wasTest = readFileRole(change.oldPath);
    if (wasTest !== "test" && wasTest !== "test-data") continue;
    const effect = wasTest === "test" || policy.deletedTests === "allow" ? policy.deletedTests : "require_approval";
    if (change.kind === "deleted" && effect !== "allow")
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

/** Lines that fit `pattern`, without their indentation. */
function linesOf(file: JudgedFile, lines: string[], pattern: RegExp): string[] {
  return lines.filter((line) => pattern.test(line) && !isCommentLine(file.path, line)).map((line) => line.trim());
}

/** Fewer tests or assertions than before in one file. What stands in another file to the letter was moved there. */
function findWeakened(file: JudgedFile, files: JudgedFile[], policy: GatePolicy): Finding[] {
  if (file.change.kind === "deleted" || policy.deletedTests === "allow") return [];
  const others = files.filter((other) => other !== file && other.role === "test");
  const net = (pattern: RegExp) => {
    const elsewhere = others.flatMap((other) => linesOf(other, other.added, pattern));
    const gone = linesOf(file, file.deleted, pattern).filter((line) => {
      const at = elsewhere.indexOf(line);
      if (at >= 0) elsewhere.splice(at, 1);
      return at < 0;
    });
    return count(file, file.added, pattern) - gone.length;
  };
  const effect = policy.deletedTests;
  const fewer = (rule: (count: number) => string, by: number): Finding[] =>
    by < 0 ? [{ effect, rule: "weakened-test", path: file.path, detail: rule(-by) }] : [];
  const cases = net(TEST_CASE) + (file.path.endsWith(".py") ? Math.min(0, net(/^\s*class\s+Test\w*/)) : 0);
  const assertions = net(ASSERTION);
  const isBare = assertions <= -3 || count(file, file.added, ASSERTION) === 0;
  return [
    ...fewer((by) => `${by} test ${by === 1 ? "case is" : "cases are"} taken away`, cases),
    ...(isBare ? fewer((by) => `${by} ${by === 1 ? "assertion is" : "assertions are"} taken away`, assertions) : []),
    ...(assertions < 0 && !isBare
      ? [
          ask(
            "weakened-test",
            file,
            `${-assertions} fewer ${assertions === -1 ? "assertion" : "assertions"} than before`,
          ),
        ]
      : []),
    ...findVaguer(file),
  ];
}

function findVaguer(file: JudgedFile): Finding[] {
  const strong = (lines: string[]) =>
    lines.filter((line) => ASSERTION.test(line) && !WEAK_ASSERTION.test(line) && !CRASH_ASSERTION.test(line)).length;
  if (strong(file.deleted) <= strong(file.added)) return [];
  const more = (pattern: RegExp) => count(file, file.added, pattern) > count(file, file.deleted, pattern);
  if (more(WEAK_ASSERTION))
    return [ask("weakened-test", file, "an exact assertion is replaced by one that holds for nearly everything")];
  return more(CRASH_ASSERTION) ? [ask("weakened-test", file, "the crash itself is made what the test expects")] : [];
}

/** A file in which tests can stand: test code, or a Rust source file with its own test module. */
export function holdsTests(file: JudgedFile): boolean {
  return file.role === "test" || file.path.endsWith(".rs");
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

function ask(rule: string, file: JudgedFile, detail: string): Finding {
  return { effect: "require_approval", rule, path: file.path, detail };
}
