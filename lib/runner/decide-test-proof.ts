import type { RepoCommands } from "./read-repo-commands.ts";

export interface TestProofFacts {
  files: readonly { path: string; kind: "added" | "modified" | "deleted" }[];
  commands: Pick<RepoCommands, "testFiles" | "testScript">;
}

/**
 * Whether the patch's own tests can be run alone, and how. `supportPaths` is every changed file of the tests (helpers,
 * fixtures, snapshots), to be put onto the base without the fix; `testPaths` are those the command names.
 */
export type TestProof =
  | { kind: "prove"; command: string; testPaths: string[]; supportPaths: string[] }
  | { kind: "no_new_test" | "cannot_run_alone"; detail: string };

/** Folders that hold tests, at any depth. */
const TEST_FOLDER = /(?:^|\/)(?:tests?|__tests__|specs?|e2e)\//i;
/** Names that are tests by themselves: x.test.ts, x_spec.rb, test_x.py, x_test.go. */
const TEST_NAME = /(?:[._-](?:test|spec)s?\.[a-z0-9]+|(?:^|\/)test_[^/]+\.py)$/i;
const NODE_FILE = /\.[cm]?[jt]sx?$/;
/** In test folders, but not tests. */
const SUPPORT_NAME =
  /(?:^|\/)(?:fixtures?|__fixtures__|__snapshots__|helpers?|support|mocks?|__mocks__)\/|\.(?:snap|json|md|txt)$/i;

/** Whether this path belongs to the tests rather than to what they test. */
export function isTestPath(path: string): boolean {
  return TEST_NAME.test(path) || TEST_FOLDER.test(path);
}

/** What must be run alone, before and after the fix, to see that the patch's tests tell the two apart. */
export function decideTestProof(facts: TestProofFacts): TestProof {
  const present = facts.files.filter((file) => file.kind !== "deleted");
  const candidates = present.map((file) => file.path).filter((path) => isTestPath(path) && !SUPPORT_NAME.test(path));
  if (candidates.length === 0) return { kind: "no_new_test", detail: "the patch adds or changes no test file" };

  const { testFiles, testScript } = facts.commands;
  if (testFiles === null && testScript === null) {
    return { kind: "cannot_run_alone", detail: "the repository has no test command" };
  }
  const runner = testFiles === null ? runnerOf(testScript ?? "") : null;
  const testPaths = candidates.filter((path) => testFiles !== null || runner?.takes(path));
  const command =
    testFiles === null ? runner?.command(testPaths) : testFiles.replaceAll("{files}", quoteAll(testPaths));
  if (command === undefined || testPaths.length === 0) {
    return {
      kind: "cannot_run_alone",
      detail: `no way is known to run a single test file with ${JSON.stringify(testScript)}`,
    };
  }
  const supportPaths = facts.files.map((file) => file.path).filter(isTestPath);
  return { kind: "prove", command, testPaths, supportPaths };
}

interface TestRunner {
  takes(path: string): boolean;
  command(paths: readonly string[]): string;
}

/** One argument of `sh`, whatever is in it. A leading `./` keeps a name from being read as an option. */
export function quoteShell(path: string): string {
  const safe = path.startsWith("-") ? `./${path}` : path;
  return /^[\w@%+=:,./-]+$/.test(safe) ? safe : `'${safe.replaceAll("'", "'\\''")}'`;
}

function quoteAll(paths: readonly string[]): string {
  return paths.map(quoteShell).join(" ");
}

/** Options of test runners that choose a configuration; others (coverage thresholds, reporters, filters) would spoil a single run. */
const KEPT_OPTION = /^(?:--config|-c|--root|--project|--rootdir|--globals|--environment)(?:=.*)?$/;

/** Recognises the runner in the last step of a script such as `tsc && NODE_ENV=test vitest run --coverage`. */
function runnerOf(script: string): TestRunner | null {
  const steps = script.split("&&");
  const before = steps
    .slice(0, -1)
    .map((step) => `${step.trim()} && `)
    .join("");
  const words = (steps.at(-1) ?? "").trim().split(/\s+/);
  // Pipes, quotes and substitutions need a shell's eyes; such a script is left alone.
  if (words.some((word) => /[|;&<>$`()\\]/.test(word))) return null;
  return simpleRunner(before, words) ?? nodeRunner(before, words) ?? goRunner(before, words);
}

const SIMPLE: Readonly<Record<string, { run: string; files: RegExp }>> = {
  vitest: { run: " run", files: NODE_FILE },
  jest: { run: " --runTestsByPath", files: NODE_FILE },
  mocha: { run: "", files: NODE_FILE },
  ava: { run: "", files: NODE_FILE },
  tap: { run: "", files: NODE_FILE },
  uvu: { run: "", files: NODE_FILE },
  pytest: { run: "", files: /\.py$/ },
  rspec: { run: "", files: /_spec\.rb$/ },
  phpunit: { run: "", files: /Test\.php$/ },
};

function simpleRunner(before: string, words: readonly string[]): TestRunner | null {
  const at = words.findIndex((word) => SIMPLE[word.split("/").at(-1) ?? ""] !== undefined);
  const known = SIMPLE[words[at]?.split("/").at(-1) ?? ""];
  if (at < 0 || !known) return null;
  const kept = keptOptions(words.slice(at + 1));
  const start = `${before}${words.slice(0, at + 1).join(" ")}${known.run}${kept.map((word) => ` ${word}`).join("")}`;
  return { takes: (path) => known.files.test(path), command: (paths) => `${start} ${quoteAll(paths)}` };
}

function keptOptions(words: readonly string[]): string[] {
  const kept: string[] = [];
  words.forEach((word, index) => {
    if (!KEPT_OPTION.test(word)) return;
    kept.push(word);
    const next = words[index + 1];
    if (!word.includes("=") && next !== undefined && !next.startsWith("-")) kept.push(next);
  });
  return kept;
}

/** Options of node that take the next word as their value. */
const NODE_VALUE_OPTION =
  /^(?:--import|--require|-r|--loader|--experimental-loader|--env-file|--conditions|-C|--test-reporter|--test-reporter-destination|--test-timeout|--test-concurrency)$/;
const NODE_DROPPED_OPTION = /coverage|--test-name-pattern|--test-skip-pattern|--test-shard|--watch/;

function nodeRunner(before: string, words: readonly string[]): TestRunner | null {
  const at = words.findIndex((word) => word === "node" || word === "tsx");
  if (at < 0 || !words.includes("--test")) return null;
  const kept = words.slice(0, at + 1);
  for (let index = at + 1; index < words.length; index += 1) {
    const word = words[index] ?? "";
    const value = words[index + 1];
    const takesValue = NODE_VALUE_OPTION.test(word) && value !== undefined;
    if (word.startsWith("-") && !NODE_DROPPED_OPTION.test(word)) kept.push(word, ...(takesValue ? [value] : []));
    if (takesValue) index += 1;
  }
  return { takes: (path) => NODE_FILE.test(path), command: (paths) => `${before}${kept.join(" ")} ${quoteAll(paths)}` };
}

/** Go runs packages, not files: the folders of the changed tests. */
function goRunner(before: string, words: readonly string[]): TestRunner | null {
  const at = words.indexOf("go");
  if (at < 0 || words[at + 1] !== "test") return null;
  return {
    takes: (path) => path.endsWith("_test.go"),
    command: (paths) => {
      const folders = [...new Set(paths.map((path) => `./${path.split("/").slice(0, -1).join("/")}`))];
      return `${before}${words.slice(0, at + 2).join(" ")} ${quoteAll(folders)}`;
    },
  };
}
