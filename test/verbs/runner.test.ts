import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type ClaimedRun,
  type ClaimRequest,
  claimRequestSchema,
  heartbeatRequestSchema,
  type RunReport,
  runReportSchema,
} from "../../lib/repair/model.ts";
import { type RunnerOptions, startRunner } from "../../lib/wiring/start-runner.ts";

const RUNNER_TOKEN = "runner-token-of-the-test";
const MAIN = new URL("../../cli/runner-main.ts", import.meta.url).pathname;

let root: string;
let repo: string;
let baseSha: string;

/** A control plane that remembers, with the three routes of the runner's protocol. */
interface TestControlPlane {
  url: string;
  queue: ClaimedRun[];
  claims: ClaimRequest[];
  phases: string[];
  reports: RunReport[];
  /** Status to answer the next reports with instead of taking them. */
  refuse: number[];
  answer: { continue: boolean; reason: string | null };
  tails: string[];
  /** Runs that were handed back. */
  handedBack: string[];
  /** When set, heartbeats are answered with this status. */
  beatStatus: 503 | null;
  when(check: (plane: TestControlPlane) => boolean): Promise<void>;
  close(): void;
}

async function startControlPlane(): Promise<TestControlPlane> {
  const app = new Hono();
  const waiters: { check: (plane: TestControlPlane) => boolean; done: () => void }[] = [];
  const tokens = new Set<string>();
  const notify = () => {
    for (const waiter of waiters) if (waiter.check(plane)) waiter.done();
  };
  const fault = (code: string) => ({ error: { code, message: code, requestId: "req_1" } });

  app.post("/api/runner/claim", async (c) => {
    if (c.req.header("authorization") !== `Bearer ${RUNNER_TOKEN}`) return c.json(fault("unauthorized"), 401);
    plane.claims.push(claimRequestSchema.parse(await c.req.json()));
    const run = plane.queue.shift();
    if (!run) return c.body(null, 204);
    tokens.add(`Bearer ${run.token}`);
    return c.json(run);
  });
  app.post("/api/runner/heartbeat", async (c) => {
    if (!tokens.has(c.req.header("authorization") ?? "")) return c.json(fault("unauthorized"), 401);
    const beat = heartbeatRequestSchema.parse(await c.req.json());
    plane.phases.push(beat.phase);
    plane.tails.push(beat.logTail ?? "");
    if (beat.handBack) plane.handedBack.push(beat.runId);
    notify();
    return plane.beatStatus === null ? c.json(plane.answer) : c.json(fault("away"), plane.beatStatus);
  });
  app.post("/api/runner/report", async (c) => {
    if (!tokens.has(c.req.header("authorization") ?? "")) return c.json(fault("unauthorized"), 401);
    const refusal = plane.refuse.shift();
    if (refusal !== undefined) {
      plane.phases.push(`refused ${refusal}`);
      notify();
      return c.json(fault("later"), refusal === 503 ? 503 : 409);
    }
    plane.reports.push(runReportSchema.parse(await c.req.json()));
    notify();
    return c.json({ ok: true });
  });

  const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" });
  await new Promise((done) => server.once("listening", done));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const plane: TestControlPlane = {
    url: `http://127.0.0.1:${address.port}`,
    queue: [],
    claims: [],
    phases: [],
    reports: [],
    refuse: [],
    tails: [],
    handedBack: [],
    beatStatus: null,
    answer: { continue: true, reason: null },
    when: (check) => (check(plane) ? Promise.resolve() : new Promise((done) => waiters.push({ check, done }))),
    close: () => server.close(),
  };
  return plane;
}

let plane: TestControlPlane;

const FIXED = "export const percent = (coupon) => coupon?.percent ?? 0;\n";
const NEW_TEST = `import assert from "node:assert/strict";
import { test } from "node:test";
import { percent } from "../src/price.mjs";
test("no coupon is no discount", () => assert.equal(percent(undefined), 0));
`;

function git(cwd: string, ...args: string[]): string {
  const identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "init.defaultBranch=main"];
  return execFileSync("git", [...identity, ...args], {
    cwd,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  }).trim();
}

function put(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

function commitRepo(files: Record<string, string>): string {
  for (const [path, content] of Object.entries(files)) put(join(repo, path), content);
  git(repo, "add", "-A");
  git(repo, "commit", "-q", "-m", "change");
  return git(repo, "rev-parse", "HEAD");
}

/** A custom worker as a script file, so that nothing needs quoting. */
function worker(script: string): string {
  put(join(root, "worker.sh"), script);
  return `sh '${join(root, "worker.sh")}'`;
}

const fixingWorker = () => {
  put(join(root, "fix/price.mjs"), FIXED);
  put(join(root, "fix/coupon.test.mjs"), NEW_TEST);
  return worker(`cp '${root}/fix/price.mjs' src/price.mjs
cp '${root}/fix/coupon.test.mjs' test/coupon.test.mjs
echo "guarded a missing coupon" > "$PATCHPILOT_SUMMARY"
`);
};

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "patchpilot-runner-"));
  repo = join(root, "repo");
  mkdirSync(repo);
  git(repo, "init", "-q");
  baseSha = commitRepo({
    "package.json": JSON.stringify({
      type: "module",
      scripts: { test: "node --test", lint: "node --check src/price.mjs" },
    }),
    "src/price.mjs": "export const percent = (coupon) => coupon.percent;\n",
    "test/price.test.mjs": `import assert from "node:assert/strict";
import { test } from "node:test";
import { percent } from "../src/price.mjs";
test("a coupon", () => assert.equal(percent({ percent: 5 }), 5));
`,
  });
  plane = await startControlPlane();
});

afterEach(() => {
  plane.close();
  rmSync(root, { recursive: true, force: true });
});

function runOf(id: string, change: Partial<ClaimedRun> = {}): ClaimedRun {
  return {
    runId: id,
    token: `token-of-${id}`,
    attempt: 1,
    taskKind: "bugfix",
    profile: "custom",
    workers: [],
    repository: "acme/shop",
    clone: { url: repo, readToken: null },
    baseBranch: "main",
    baseSha,
    brief: {
      incidentId: "inc_1",
      incidentNumber: 1,
      title: "TypeError",
      issueUrl: null,
      environment: "production",
      release: null,
      errorType: "TypeError",
      errorMessage: "coupon is undefined",
      stack: [],
      request: null,
      suspects: [],
      priorAttempts: [],
      lessons: [],
    },
    budget: { totalMinutes: 1, idleMinutes: 1, costUsd: null },
    leaseSeconds: 60,
    ...change,
  };
}

const workDir = () => join(root, "work");

function start(change: Partial<RunnerOptions> = {}) {
  return startRunner({
    controlPlaneUrl: plane.url,
    token: RUNNER_TOKEN,
    runnerId: "test-runner",
    profiles: ["custom"],
    workDir: workDir(),
    once: true,
    pollMs: 20,
    environment: process.env,
    ...change,
  });
}

/** Executes one run in this process and answers with its report. */
async function reportOf(run: ClaimedRun, change: Partial<RunnerOptions> = {}): Promise<RunReport> {
  plane.queue.push(run);
  await start(change);
  const report = plane.reports.at(-1);
  if (!report) throw new Error("nothing was reported");
  return report;
}

const resultsOf = (report: RunReport) => report.commands.map(({ name, exitCode }) => [name, exitCode]);

function expectClean(): void {
  expect(readdirSync(join(workDir(), "runs"))).toEqual([]);
  for (const mirror of readdirSync(join(workDir(), "mirrors"))) {
    const path = join(workDir(), "mirrors", mirror);
    expect(existsSync(join(path, "worktrees")) ? readdirSync(join(path, "worktrees")) : []).toEqual([]);
    expect(readdirSync(path, { recursive: true }).filter((name) => name.toString().endsWith(".lock"))).toEqual([]);
  }
}

describe("one run", () => {
  test("from claim to report: a patch, and a test that fails without it and passes with it", async () => {
    const report = await reportOf(runOf("run_1"), { custom: { command: fixingWorker() } });
    expect(report).toMatchObject({
      outcome: "patch",
      detail: "files changed: 2",
      summary: "guarded a missing coupon",
      worker: { profile: "custom", name: "custom command", model: null },
      usage: { costUsd: null, inputTokens: null, outputTokens: null },
    });
    expect(resultsOf(report)).toEqual([
      ["new-test-on-base", 1],
      ["new-test-on-patch", 0],
      ["lint", 0],
      ["test", 0],
    ]);
    expect(report.commands[0]?.command).toBe("node --test test/coupon.test.mjs");
    expect(report.commands[0]?.outputTail).toContain("Cannot read properties of undefined");
    writeFileSync(join(root, "p.diff"), report.diff);
    git(repo, "apply", "--index", join(root, "p.diff"));
    expect(readFileSync(join(repo, "src/price.mjs"), "utf8")).toBe(FIXED);
    expect(plane.claims[0]).toEqual({
      runnerId: "test-runner",
      profiles: ["custom"],
      repositories: null,
      runId: null,
    });
    expect(plane.phases).toEqual(expect.arrayContaining(["work", "prove"]));
    expectClean();
  });

  test("the repository's own clone, its branches and its folder are never touched", async () => {
    const before = git(repo, "for-each-ref") + git(repo, "status", "--porcelain");
    await reportOf(runOf("run_1"), { custom: { command: fixingWorker() } });
    expect(git(repo, "for-each-ref") + git(repo, "status", "--porcelain")).toBe(before);
  });

  test.each([
    ["changed nothing", "true", "no_patch", "the worker changed nothing"],
    ["failed", "echo x > a.txt; exit 3", "worker_failed", "exit code 3"],
    ["cannot be run", "no-such-command-here", "environment_fault", "exit code 127"],
    ["took too long", "echo x > a.txt; sleep 60", "timed_out", "was ended after"],
  ])("a worker that %s is reported so", async (_name, command, outcome, detail) => {
    const budget = { totalMinutes: 0.02, idleMinutes: 1, costUsd: null };
    const report = await reportOf(runOf("run_1", { budget }), { custom: { command } });
    expect(report).toMatchObject({ outcome, detail: expect.stringContaining(detail) });
    expectClean();
  });

  test("a run that plans reports what its worker said; what the worker wrote is thrown away, and nothing is run", async () => {
    const script = `echo broken > src/price.mjs; echo 'My plan: {"goal": "a right price"}' > "$PATCHPILOT_SUMMARY"`;
    const report = await reportOf(runOf("run_1", { taskKind: "plan" }), { custom: { command: worker(script) } });
    expect(report).toMatchObject({
      outcome: "plan",
      diff: "",
      commands: [],
      planText: 'My plan: {"goal": "a right price"}',
    });
    expect(plane.phases).not.toContain("install");
    expectClean();
  });

  test("a patch without a test says so, and its suite is run all the same", async () => {
    const report = await reportOf(runOf("run_1"), { custom: { command: "echo '// x' >> src/price.mjs" } });
    expect(report.detail).toContain("adds or changes no test file");
    expect(resultsOf(report)).toEqual([
      ["lint", 0],
      ["test", 0],
    ]);
  });

  test("the worker does not choose the commands that judge it", async () => {
    const script = `printf '{"type":"module","scripts":{"test":"true","lint":"true"}}' > package.json
mkdir -p .github && printf 'commands: {test: "true"}' > .github/patchpilot.yml
echo 'broken(' > src/price.mjs`;
    baseSha = commitRepo({
      ".github/patchpilot.yml": "commands:\n  test: node --test\n  lint: node --check src/price.mjs\n",
    });
    const report = await reportOf(runOf("run_1"), { custom: { command: worker(script) } });
    expect(resultsOf(report)).toEqual([
      ["lint", 1],
      ["test", 1],
      ["test-again", 1],
      ["test-on-base", 0],
    ]);
  });

  test("what ignored files in the worker's folder do to the tests does not count", async () => {
    baseSha = commitRepo({
      ".gitignore": "cache/\n",
      "src/price.mjs": 'export { percent } from "../cache/price.mjs";\n',
    });
    const script = `mkdir -p cache; printf 'export const percent = (c) => c.percent;' > cache/price.mjs; node --test || exit 1; echo x > a.txt`;
    const report = await reportOf(runOf("run_1"), { custom: { command: worker(script) } });
    expect(report.outcome).toBe("patch");
    expect(resultsOf(report)).toEqual([
      ["lint", 0],
      ["test", 1],
      ["test-again", 1],
      ["test-on-base", 1],
    ]);
  });

  test("dependencies that cannot be installed are the environment's fault, and the worker is not started", async () => {
    baseSha = commitRepo({ ".github/patchpilot.yml": "commands: {install: 'echo no registry; exit 7'}" });
    const report = await reportOf(runOf("run_1"), { custom: { command: `touch ${root}/started` } });
    expect(report).toMatchObject({ outcome: "environment_fault", detail: expect.stringContaining("exit code 7") });
    expect(existsSync(join(root, "started"))).toBe(false);
  });

  test.each([
    ["commands:\n  test: [", "patchpilot.yml: line 2"],
    ["commands: {tests: x}", "tests"],
  ])("a configuration that is wrong (%j) is named", async (text, expected) => {
    baseSha = commitRepo({ ".github/patchpilot.yml": text });
    const report = await reportOf(runOf("run_1"), { custom: { command: "true" } });
    expect(report).toMatchObject({ outcome: "environment_fault", detail: expect.stringContaining(expected) });
  });

  test("a commit that is not there is the environment's fault", async () => {
    const report = await reportOf(runOf("run_1", { baseSha: "c".repeat(40) }), { custom: { command: "true" } });
    expect(report).toMatchObject({
      outcome: "environment_fault",
      detail: expect.stringContaining("is not in acme/shop"),
    });
    expectClean();
  });
});

describe("secrets", () => {
  const environment = {
    ...process.env,
    GITHUB_TOKEN: "ghp_forbidden",
    GH_TOKEN: "ghp_forbidden",
    PATCHPILOT_RUNNER_TOKEN: RUNNER_TOKEN,
  };

  test("a worker that looks for tokens in its environment and its folders finds none", async () => {
    const script = `env > found.txt; cat .git/config >> found.txt 2>/dev/null
cat "$(dirname "$PATCHPILOT_BRIEF")"/* >> found.txt
grep -rhs 'token-of\\|ghp_\\|${RUNNER_TOKEN}' "$(dirname "$PATCHPILOT_BRIEF")/../../.." --exclude=found.txt >> found.txt
echo "GITHUB_TOKEN=[$GITHUB_TOKEN]" >> found.txt; true`;
    const report = await reportOf(runOf("run_1"), { environment, custom: { command: worker(script) } });
    expect(report.outcome).toBe("patch");
    expect(report.diff).toContain("GITHUB_TOKEN=[]");
    expect(report.diff).not.toMatch(/ghp_forbidden|runner-token-of-the-test|token-of-run_1/);
  });

  test("a key that the worker was given comes back neither in the log nor in a patch", async () => {
    const keyed = { ...environment, MY_KEY: "key-value-123456" };
    const custom = { command: worker("echo key=$MY_KEY; echo $MY_KEY > leak.txt"), pass: ["MY_KEY"] };
    const report = await reportOf(runOf("run_1"), { environment: keyed, custom });
    expect(report).toMatchObject({
      outcome: "worker_failed",
      diff: "",
      detail: expect.stringContaining("the value of MY_KEY"),
    });
    expect(JSON.stringify(report) + plane.tails.join()).not.toContain("key-value-123456");
  });
});

describe("the claude profile", () => {
  test("drives a stand-in that replays claude's real output, and reports cost, tokens and model", async () => {
    const fixture = new URL("../fixtures/llm-cli/claude-p-stream.jsonl", import.meta.url).pathname;
    const file = join(root, "claude");
    put(join(root, "fix/price.mjs"), FIXED);
    put(
      file,
      `#!/bin/sh\ngrep -q 'coupon is undefined' || exit 9\ncp '${root}/fix/price.mjs' src/price.mjs\ncat '${fixture}'\n`,
    );
    chmodSync(file, 0o755);
    const report = await reportOf(runOf("run_1", { profile: "claude" }), { profiles: ["claude"], claude: { file } });
    expect(report).toMatchObject({
      outcome: "patch",
      summary: "hello",
      usage: { costUsd: 0.00311, inputTokens: 2312, outputTokens: 7 },
      worker: { profile: "claude", name: "Claude Code", model: "claude-opus-4-8[1m]" },
    });
  });
});

describe("the runner's service", () => {
  test("with nothing to do it ends when asked for one run", async () => {
    await expect(start({ custom: { command: "true" } })).resolves.toEqual({ runs: 0 });
  });

  test("takes run after run until it is told to stop", async () => {
    plane.queue.push(runOf("run_1"), runOf("run_2"));
    const stop = new AbortController();
    const serving = start({ once: false, custom: { command: "true" }, signal: stop.signal });
    await plane.when(({ reports }) => reports.length === 2);
    stop.abort();
    await expect(serving).resolves.toEqual({ runs: 2 });
    expect(plane.reports.map((report) => report.runId)).toEqual(["run_1", "run_2"]);
  });

  test("a wrong runner token, an unknown profile and a folder in use are said", async () => {
    await expect(start({ token: "wrong", custom: { command: "true" } })).rejects.toMatchObject({
      code: "runner_refused",
    });
    await expect(start({ profiles: ["custom"] })).rejects.toThrow("custom needs a command");
    put(join(workDir(), "runner.lock"), `${process.ppid} ${startTimeOf(process.ppid)}\n`);
    await expect(start({ custom: { command: "true" } })).rejects.toMatchObject({ code: "work_dir_in_use" });
  });

  test("a report that cannot be delivered is sent again, the same, until it is taken", async () => {
    plane.refuse.push(503, 503);
    const report = await reportOf(runOf("run_1"), { custom: { command: fixingWorker() } });
    expect(plane.phases.filter((phase) => phase === "refused 503")).toHaveLength(2);
    expect(plane.reports).toEqual([report]);
    expectClean();
  });

  test("a report that nobody wants is dropped", async () => {
    plane.refuse.push(409);
    plane.queue.push(runOf("run_1"));
    await start({ custom: { command: "true" } });
    expect(plane.reports).toEqual([]);
    expectClean();
  });

  test("a run that the control plane takes back is ended at once, without a report", async () => {
    plane.queue.push(runOf("run_1"));
    const pidFile = join(root, "pid");
    const serving = start({ custom: { command: worker(`echo $$ > ${pidFile}\nsleep 60`) } });
    await plane.when(({ phases }) => phases.includes("prepare") || phases.includes("work"));
    plane.answer = { continue: false, reason: "cancelled" };
    await serving;
    expect(plane.reports).toEqual([]);
    expectClean();
    if (existsSync(pidFile)) expect(isRunning(Number(readFileSync(pidFile, "utf8")))).toBe(false);
  });

  test("beats three times a lease while the worker works, with what it printed", async () => {
    plane.queue.push(runOf("run_1", { leaseSeconds: 1 }));
    const serving = start({
      custom: { command: worker(`echo thinking; while ! test -e ${root}/go; do sleep 0.05; done`) },
    });
    await plane.when(({ phases }) => phases.filter((phase) => phase === "work").length >= 4);
    put(join(root, "go"), "");
    await serving;
    expect(plane.tails.some((tail) => tail.includes("thinking"))).toBe(true);
    expect(plane.reports[0]?.logTail).toContain("thinking");
  });

  test("a control plane that is away for a while stops no run", async () => {
    plane.queue.push(runOf("run_1", { leaseSeconds: 1 }));
    plane.beatStatus = 503;
    const report = start({ custom: { command: "sleep 1; echo x > a.txt" } });
    await report;
    expect(plane.reports).toMatchObject([{ outcome: "patch" }]);
  });

  test("a polite shutdown hands the run back, ends its worker and leaves nothing", async () => {
    plane.queue.push(runOf("run_1"));
    const stop = new AbortController();
    const pidFile = join(root, "pid");
    const command = worker(`echo $$ > ${pidFile}\nsleep 60`);
    const serving = start({ once: false, signal: stop.signal, finishMs: 0, custom: { command } });
    await plane.when(({ phases }) => phases.includes("work"));
    stop.abort();
    await serving;
    expect(plane.handedBack).toEqual(["run_1"]);
    expect(plane.reports).toEqual([]);
    expectClean();
    if (existsSync(pidFile)) expect(isRunning(Number(readFileSync(pidFile, "utf8")))).toBe(false);
  });

  test("a polite shutdown lets a run finish that can, and reports it", async () => {
    plane.queue.push(runOf("run_1"), runOf("run_2"));
    const stop = new AbortController();
    const command = `while ! test -e ${root}/go; do sleep 0.05; done; echo x > a.txt`;
    const serving = start({ once: false, signal: stop.signal, finishMs: 30_000, custom: { command } });
    await plane.when(({ phases }) => phases.includes("work"));
    stop.abort();
    put(join(root, "go"), "");
    await expect(serving).resolves.toEqual({ runs: 1 });
    expect(plane.reports).toMatchObject([{ runId: "run_1", outcome: "patch" }]);
    expect(plane.handedBack).toEqual([]);
    expectClean();
  });

  test("executes as many runs at a time as it may, on one mirror, each with its own patch", async () => {
    const ids = ["run_1", "run_2", "run_3", "run_4"];
    plane.queue.push(...ids.map((id) => runOf(id)));
    // Each waits until three are at work, so that fewer at a time would not end.
    const command = worker(`mkdir -p ${root}/at-work && touch "${root}/at-work/$PATCHPILOT_RUN_ID"
while test $(ls ${root}/at-work | wc -l) -lt 3; do sleep 0.05; done
echo "$PATCHPILOT_RUN_ID" > a.txt
`);
    const stop = new AbortController();
    const serving = start({ once: false, concurrency: 3, signal: stop.signal, custom: { command } });
    await plane.when(({ reports }) => reports.length === 4);
    stop.abort();
    await expect(serving).resolves.toEqual({ runs: 4 });
    for (const id of ids) {
      const report = plane.reports.find((one) => one.runId === id);
      expect(report).toMatchObject({ outcome: "patch", diff: expect.stringContaining(`+${id}`) });
    }
    expectClean();
  });

  test("asks for one run by its id when it was told one", async () => {
    await start({ runId: "run_7", custom: { command: "true" } });
    expect(plane.claims[0]).toMatchObject({ runId: "run_7" });
  });
});

describe("a chain of workers", () => {
  const chain = [
    { profile: "claude" as const, model: "opus" },
    { profile: "codex" as const, model: null },
    { profile: "custom" as const, model: null },
  ];

  test("one that cannot work is followed by the next, at the base again; the report says who worked", async () => {
    const file = join(root, "claude");
    const refused = new URL("../fixtures/llm-cli/claude-p-not-logged-in.jsonl", import.meta.url).pathname;
    put(
      file,
      `#!/bin/sh\necho "$@" > ${root}/claude-args\ncat > /dev/null\necho x > half.txt\ncat '${refused}'\nexit 1\n`,
    );
    chmodSync(file, 0o755);
    const tools = { claude: { file }, codex: { file: join(root, "no-such-codex") } };
    const settings = { ...tools, profiles: ["claude", "codex", "custom"] as const };
    const report = await reportOf(runOf("run_1", { profile: "claude", workers: chain }), {
      ...settings,
      custom: { command: "test ! -e half.txt && echo y > whole.txt" },
    });
    expect(report).toMatchObject({ outcome: "patch", worker: { profile: "custom" } });
    expect(report.diff).not.toContain("half.txt");
    expect(report.logTail).toContain("claude could not authenticate");
    expect(report.logTail).toContain("no-such-codex");
    expect(readFileSync(join(root, "claude-args"), "utf8")).toContain("--model opus");
  });

  test("one that works and fails ends it: the next would only cost more", async () => {
    const settings = { profiles: ["custom", "codex"] as const, codex: { file: join(root, "no-such-codex") } };
    const workers = [chain[2], chain[1]].flatMap((worker) => worker ?? []);
    const report = await reportOf(runOf("run_1", { workers }), { ...settings, custom: { command: "exit 3" } });
    expect(report).toMatchObject({ outcome: "worker_failed", worker: { profile: "custom" } });
  });

  test("when nobody can work, all that has to be mended is said", async () => {
    const settings = { profiles: ["claude", "codex"] as const };
    const tools = { claude: { file: join(root, "no-such-claude") }, codex: { file: join(root, "no-such-codex") } };
    const report = await reportOf(runOf("run_1", { workers: chain.slice(0, 2) }), { ...settings, ...tools });
    expect(report.outcome).toBe("environment_fault");
    expect(report.detail).toMatch(/no-such-claude.*no-such-codex/s);
  });
});

describe("a suite that fails", () => {
  const broken = {
    "test/broken.test.mjs":
      'import { test } from "node:test";\ntest("was broken before", () => { throw new Error("old"); });\n',
  };

  test("without the patch as well is compared by name, and the new failure is told apart", async () => {
    baseSha = commitRepo(broken);
    const good = await reportOf(runOf("run_1"), { custom: { command: fixingWorker() } });
    const byName = (report: RunReport, name: string) => report.commands.find((one) => one.name === name);
    expect(byName(good, "test")?.failedTests).toEqual(byName(good, "test-on-base")?.failedTests);
    expect(byName(good, "test")?.failedTests).toContain("was broken before");
    const bad = await reportOf(runOf("run_2"), {
      custom: { command: "echo 'export const percent = () => 7;' > src/price.mjs" },
    });
    expect(byName(bad, "test")?.failedTests).toEqual(expect.arrayContaining(["a coupon", "was broken before"]));
    expect(byName(bad, "test-on-base")?.failedTests).not.toContain("a coupon");
  });

  test("once and passes when run again is flaky, and its base is not asked", async () => {
    baseSha = commitRepo({
      "test/flaky.test.mjs": `import { existsSync, writeFileSync } from "node:fs";
import { test } from "node:test";
test("moody", () => { if (!existsSync("${root}/ran")) { writeFileSync("${root}/ran", ""); throw new Error("first time"); } });
`,
    });
    const report = await reportOf(runOf("run_1"), { custom: { command: "echo '// x' >> src/price.mjs" } });
    expect(resultsOf(report)).toEqual([
      ["lint", 0],
      ["test", 1],
      ["test-again", 0],
    ]);
    expect(report.commands.find((one) => one.name === "test")?.failedTests).toEqual(["moody"]);
  });

  test("because its tool is not there is the environment's fault, and says what to install", async () => {
    baseSha = commitRepo({ ".github/patchpilot.yml": "commands: {test: no-such-test-tool}" });
    const report = await reportOf(runOf("run_1"), { custom: { command: "echo '// x' >> src/price.mjs" } });
    expect(report).toMatchObject({
      outcome: "environment_fault",
      detail: expect.stringContaining("no-such-test-tool"),
    });
  });
});

describe("the runner's process", () => {
  let children: ChildProcess[] = [];
  afterEach(() => {
    for (const child of children) child.kill("SIGKILL");
    children = [];
  });

  function launch(...args: string[]): ChildProcess {
    const child = spawn(
      process.execPath,
      [MAIN, "--url", plane.url, "--work-dir", workDir(), "--poll-seconds", "0.05", ...args],
      {
        env: { PATH: process.env.PATH, HOME: root, PATCHPILOT_RUNNER_TOKEN: RUNNER_TOKEN },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    children.push(child);
    return child;
  }

  const ended = (child: ChildProcess) =>
    new Promise<number | null>((done) => {
      if (child.exitCode !== null || child.signalCode !== null) done(child.exitCode);
      child.once("exit", (code) => done(code));
    });

  async function killAt(phase: string, command: string): Promise<void> {
    const child = launch("--command", command);
    await plane.when(({ phases }) => phases.includes(phase));
    child.kill("SIGKILL");
    await ended(child);
  }

  test.each(["prepare", "work", "collect", "prove"])(
    "killed while in phase %s, it starts again clean and does the run anew",
    async (phase) => {
      const pidFile = join(root, "pid");
      baseSha = commitRepo({
        ".github/patchpilot.yml": `commands: {test: 'test -e ${root}/fast || sleep 60', lint: false}`,
      });
      plane.queue.push(runOf("run_1"));
      const slow = phase === "work" ? `echo $$ > ${pidFile}; sleep 60` : "echo x > a.txt";
      await killAt(phase, slow);
      expect(plane.reports).toEqual([]);
      expect(readdirSync(join(workDir(), "runs"))).toEqual(["run_1"]);

      put(join(root, "fast"), "");
      plane.queue.push(runOf("run_2"));
      const again = launch("--once", "--command", "echo x > a.txt");
      expect(await ended(again)).toBe(0);
      expect(plane.reports).toMatchObject([{ runId: "run_2", outcome: "patch" }]);
      expectClean();
      if (existsSync(pidFile)) expect(isRunning(Number(readFileSync(pidFile, "utf8")))).toBe(false);
    },
  );

  test("killed between its report and the answer, it sends that report once after its next start", async () => {
    plane.queue.push(runOf("run_1"));
    plane.refuse.push(503);
    await killAt("refused 503", "echo x > a.txt");
    expect(plane.reports).toEqual([]);
    plane.refuse.length = 0;
    expect(await ended(launch("--once", "--command", "exit 1"))).toBe(0);
    expect(plane.reports).toMatchObject([{ runId: "run_1", outcome: "patch" }]);
    expect(await ended(launch("--once", "--command", "exit 1"))).toBe(0);
    expect(plane.reports).toHaveLength(1);
    expectClean();
  });

  test("SIGTERM is a polite shutdown with exit code 0: the run is handed back", async () => {
    plane.queue.push(runOf("run_1"));
    const child = launch("--command", "sleep 60", "--finish-seconds", "0.1");
    await plane.when(({ phases }) => phases.includes("work"));
    child.kill("SIGTERM");
    expect(await ended(child)).toBe(0);
    expect(plane.handedBack).toEqual(["run_1"]);
    expectClean();
  });

  test.each([
    [["--nonsense"], 2, "--nonsense"],
    [["--profile", "gpt"], 2, 'names "gpt", which is none of claude'],
    [["--profile", "claude:--help"], 2, "which is none"],
    [["--concurrency", "1.5", "--command", "true"], 2, "--concurrency must be a whole number"],
    [["--profile", "custom"], 2, "the custom profile needs --command"],
    [["--command", "true", "--pass-env", "GITHUB_TOKEN"], 2, "GITHUB_TOKEN"],
    [["--url", "ftp://x", "--command", "true"], 2, "not an http(s) URL"],
    [["--url", "http://127.0.0.1:9", "--once", "--command", "true"], 1, "cannot be reached"],
  ])("%j ends with exit code %i and says why", async (args, code, message) => {
    const child = launch(...args);
    let said = "";
    child.stderr?.on("data", (chunk) => {
      said += chunk;
    });
    expect(await ended(child)).toBe(code);
    expect(said).toContain(message);
    expect(said).not.toMatch(/^\s+at /m);
  });
});

function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

function startTimeOf(pid: number): string {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  return text.slice(text.lastIndexOf(")") + 2).split(" ")[19] ?? "";
}
