const ESCAPES = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g");
/** Durations and counts in a name would make one test two. */
const TIMING = /\s*\(?\b\d+(?:\.\d+)?\s?m?s\)?\s*$/;
const MOST = 200;
const LONGEST = 300;

/** One line that names a failed test, by tool. The name is the first group. */
const FAILURES: readonly RegExp[] = [
  // node:test's TAP, with its sub-tests indented; "# TODO" and "# SKIP" are no failures.
  /^\s*not ok \d+ -? ?(?!.*# (?:TODO|SKIP))(.+)$/,
  // node:test's spec reporter, mocha's and vitest's marks. "✖ failing tests:" is a heading.
  /^\s*[✖✗×✕] (?!failing tests:)(.+)$/,
  // vitest: "FAIL  test/a.test.ts > adds > zero"; jest names the file alone and the test by a bullet.
  /^\s*FAIL\s+(.+?)(?:\s+\[.*\])?$/,
  /^\s*● (?!Console$|Test suite failed to run$)(.+ › .+|.+)$/,
  // pytest -ra and its default summary.
  /^(?:FAILED|ERROR) (\S+::\S+|\S+\.py)(?: - .*)?$/,
  // go test.
  /^\s*--- FAIL: (\S+)/,
  // cargo test, rspec, phpunit.
  /^test (\S+) \.\.\. FAILED$/,
  /^rspec (\S+) #/,
  /^\d+\) (\S+::\S+)$/,
];

/**
 * Names of the failed tests in a test tool's output, sorted, each once; null where none can be read, which says nothing
 * about whether some failed.
 */
export function readFailedTests(output: string): string[] | null {
  const names = new Set<string>();
  for (const raw of output.replace(ESCAPES, "").split("\n")) {
    const line = raw.trimEnd();
    for (const pattern of FAILURES) {
      const name = pattern.exec(line)?.[1]?.replace(TIMING, "").trim();
      if (name) names.add(name.slice(0, LONGEST));
    }
  }
  return names.size === 0 ? null : [...names].sort().slice(0, MOST);
}
