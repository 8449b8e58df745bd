import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createCodingCli, createShell } from "../../lib/adapters/coding-cli/index.ts";
import type { ProfileSettings } from "../../lib/adapters/coding-cli/profiles.ts";
import { type ProcessInput, runProcess } from "../../lib/adapters/coding-cli/run-process.ts";
import type { WorkerProfile } from "../../lib/repair/model.ts";

let root: string;
const fixtures = new URL("../fixtures/llm-cli/", import.meta.url).pathname;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "patchpilot-cli-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const path = process.env.PATH ?? "/usr/bin:/bin";

function start(command: string, change: Partial<ProcessInput> = {}) {
  return runProcess({
    file: "/bin/sh",
    args: ["-c", command],
    cwd: root,
    env: { PATH: path },
    stdin: null,
    totalMs: 20_000,
    idleMs: null,
    stdoutLimit: 10_000,
    tailLimit: 10_000,
    runId: null,
    graceMs: 300,
    ...change,
  });
}

/** Whether a process is there and not a zombie. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

async function eventually(check: () => boolean): Promise<void> {
  for (let left = 100; left > 0 && !check(); left -= 1) await new Promise((done) => setTimeout(done, 50));
  expect(check()).toBe(true);
}

const pidIn = (name: string) => Number(readFileSync(join(root, name), "utf8"));

describe("a process", () => {
  test("gives its exit code, its output, and both outputs in one tail", async () => {
    const ended = await start("echo out; echo err >&2; cat; exit 3", { stdin: "in\n" });
    expect(ended).toMatchObject({ end: "exited", exitCode: 3, stdout: "out\nin\n" });
    expect(ended.tail).toContain("err\n");
  });

  test("that cannot be started is said, not thrown", async () => {
    expect(await start("", { file: "/no/such/tool" })).toMatchObject({ end: "spawn_failed", exitCode: null });
    expect(await start("true", { cwd: join(root, "missing") })).toMatchObject({ end: "spawn_failed" });
  });

  test("that does not read its input does no harm", async () => {
    expect(await start("exit 0", { stdin: "x".repeat(5_000_000) })).toMatchObject({ end: "exited", exitCode: 0 });
  });

  test("keeps only the end of endless output", async () => {
    const ended = await start("yes line | head -c 5000000; echo last");
    expect(ended.stdout).toHaveLength(10_000);
    expect(ended.stdout.endsWith("last\n")).toBe(true);
  });

  test("over its total time is ended with its grandchild, though both ignore SIGTERM", async () => {
    const command = `trap '' TERM; sh -c 'trap "" TERM; echo $$ > grandchild; while :; do sleep 0.05; done' & echo $$ > child; while :; do sleep 0.05; echo busy; done`;
    const ended = await start(command, { totalMs: 700 });
    expect(ended).toMatchObject({ end: "total_timeout", exitCode: null });
    expect(isRunning(pidIn("child"))).toBe(false);
    await eventually(() => !isRunning(pidIn("grandchild")));
  });

  test("that goes silent is ended by the idle time, one that talks is not", async () => {
    expect((await start("echo a; sleep 10", { idleMs: 300 })).end).toBe("idle_timeout");
    expect((await start("for i in 1 2 3 4 5; do echo $i; sleep 0.2; done", { idleMs: 2_000 })).end).toBe("exited");
  });

  test("that ends leaves nothing behind, and is not held up by what it left", async () => {
    const ended = await start("sleep 30 & echo $! > left; exit 0", { totalMs: 15_000 });
    expect(ended).toMatchObject({ end: "exited", exitCode: 0 });
    expect(ended.durationMs).toBeLessThan(5_000);
    await eventually(() => !isRunning(pidIn("left")));
  });

  test.skipIf(!existsSync("/proc/self/environ"))(
    "that left its group is still found by the run's mark (Linux only)",
    async () => {
      const script = `const { spawn } = require("node:child_process");
      const child = spawn("sleep", ["30"], { detached: true, stdio: "ignore" });
      require("node:fs").writeFileSync("escaped", String(child.pid)); child.unref();`;
      writeFileSync(join(root, "escape.cjs"), script);
      await start("node escape.cjs", { runId: "run_escape_1", env: { PATH: path, PATCHPILOT_RUN_ID: "run_escape_1" } });
      await eventually(() => !isRunning(pidIn("escaped")));
    },
  );

  test("is ended by the signal, and one that is too late is not started", async () => {
    const stop = new AbortController();
    const ended = await start("echo started; sleep 20", { signal: stop.signal, onOutput: () => stop.abort() });
    expect(ended.end).toBe("aborted");
    expect((await start("touch ran", { signal: stop.signal })).end).toBe("aborted");
    expect(existsSync(join(root, "ran"))).toBe(false);
  });
});

const secrets = {
  GITHUB_TOKEN: "ghp_x",
  GH_TOKEN: "ghp_y",
  PATCHPILOT_RUNNER_TOKEN: "runner-secret",
  SSH_AUTH_SOCK: "/run/agent",
  DATABASE_URL: "postgres://secret",
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: "oidc",
  ANTHROPIC_API_KEY: "sk-ant-secret",
  OPENAI_API_KEY: "sk-openai-secret",
  MY_TOOL_KEY: "tool-secret",
};
const environment = { PATH: path, HOME: "/home/someone", LANG: "C.UTF-8", ...secrets };
const budget = { totalMinutes: 0.3, idleMinutes: 0.3, costUsd: 2.5 };

function work(profile: WorkerProfile, settings: ProfileSettings, change: object = {}) {
  const cli = createCodingCli({ ...settings, environment, gitConfig: "/dev/null" });
  return cli.work({
    runId: "run_cli_1",
    profile,
    model: null,
    worktree: root,
    prompt: "# the brief\n",
    promptPath: join(root, "brief.md"),
    briefJsonPath: join(root, "brief.json"),
    summaryPath: join(root, "summary.txt"),
    budget,
    ...change,
  });
}

/** A stand-in for a coding CLI: writes down how it was called and replays a recorded output. */
function standIn(fixture: string, exitCode: number, after = ""): string {
  const file = join(root, "stand-in");
  writeFileSync(
    file,
    `#!/bin/sh\nprintf '%s\\n' "$@" > args.txt\ncat > prompt.txt\nenv > env.txt\ncat '${join(fixtures, fixture)}'\n${after}\nexit ${exitCode}\n`,
  );
  chmodSync(file, 0o755);
  return file;
}

const written = (name: string) => readFileSync(join(root, name), "utf8");

describe("the environment of code that a worker wrote", () => {
  test("holds no secret at all for the repository's commands", async () => {
    const shell = createShell({ environment, gitConfig: "/dev/null" });
    const ended = await shell.run({ runId: "run_cli_1", command: "env > env.txt", cwd: root, totalMs: 10_000 });
    expect(ended.exitCode).toBe(0);
    for (const value of Object.values(secrets)) expect(written("env.txt")).not.toContain(value);
    expect(written("env.txt")).toMatch(/^HOME=\/home\/someone$/m);
    expect(written("env.txt")).toMatch(/^PATH=.*node_modules\/\.bin:/m);
  });

  test("gives each tool its own key and no other's; a custom command only what is named", async () => {
    await work("claude", { claude: { file: standIn("claude-p-stream.jsonl", 0) } });
    expect(written("env.txt")).toContain("sk-ant-secret");
    expect(written("env.txt")).not.toMatch(/sk-openai-secret|tool-secret|ghp_|runner-secret|oidc/);
    await work("custom", { custom: { command: "env > env.txt", pass: ["MY_TOOL_KEY"] } });
    expect(written("env.txt")).toContain("MY_TOOL_KEY=tool-secret");
    expect(written("env.txt")).not.toMatch(/sk-ant-secret|ghp_|runner-secret/);
  });

  test("what can write to a repository is refused by name", () => {
    for (const name of [
      "GITHUB_TOKEN",
      "GH_ENTERPRISE_TOKEN",
      "PATCHPILOT_RUNNER_TOKEN",
      "SSH_AUTH_SOCK",
      "DATABASE_URL",
    ]) {
      const settings = { environment, gitConfig: "/dev/null", custom: { command: "true", pass: [name] } };
      expect(() => createCodingCli(settings)).toThrow(
        expect.objectContaining({ code: "secret_not_passed", message: expect.stringContaining(name) }),
      );
    }
  });
});

describe("the claude profile", () => {
  test("starts headless with its budget, the brief on standard input, and reads the result", async () => {
    const result = await work("claude", { claude: { file: standIn("claude-p-stream.jsonl", 0), model: "opus" } });
    expect(result).toEqual({
      end: "done",
      detail: "claude ended after 1 turns",
      summary: "hello",
      usage: { costUsd: 0.00311, inputTokens: 2312, outputTokens: 7 },
      model: "claude-opus-4-8[1m]",
    });
    expect(written("prompt.txt")).toBe("# the brief\n");
    expect(written("args.txt").split("\n")).toEqual(
      expect.arrayContaining(["-p", "stream-json", "--verbose", "--max-budget-usd", "2.25", "--model", "opus"]),
    );
  });

  test.each([
    ["claude-p-max-budget-exceeded.json", 1, "out_of_budget"],
    ["claude-p-not-logged-in.jsonl", 1, "environment_fault"],
    ["claude-p-stream.jsonl", 1, "failed"],
  ])("%s with exit code %i is %s", async (fixture, exitCode, end) => {
    expect((await work("claude", { claude: { file: standIn(fixture, exitCode) } })).end).toBe(end);
  });

  test("a key that is refused ends it at once instead of after minutes of retries", async () => {
    const file = standIn("claude-p-unauthorized.jsonl", 1, "sleep 60");
    const result = await work("claude", { claude: { file } });
    expect(result).toMatchObject({ end: "environment_fault", detail: expect.stringContaining("ANTHROPIC_API_KEY") });
  });

  test("a tool that is not installed is a fault of the environment", async () => {
    const result = await work("claude", { claude: { file: "no-such-claude" } });
    expect(result).toMatchObject({ end: "environment_fault", detail: expect.stringContaining("no-such-claude") });
  });

  test("output without a result is a failure of the worker", async () => {
    const result = await work("claude", { claude: { file: standIn("README.md", 0) } });
    expect(result).toMatchObject({ end: "failed", detail: "Claude Code ended with exit code 0 and no result" });
  });
});

test("the codex profile reads its JSON lines, and a refused key as the environment's fault", async () => {
  expect(await work("codex", { codex: { file: standIn("codex-exec-json.jsonl", 0) } })).toMatchObject({
    end: "done",
    summary: "hello",
    usage: { costUsd: null, inputTokens: 1000, outputTokens: 20 },
  });
  expect(written("args.txt").trimEnd().split("\n").at(-1)).toBe("-");
  const refused = await work("codex", { codex: { file: standIn("codex-exec-error.jsonl", 1, "sleep 60") } });
  expect(refused.end).toBe("environment_fault");
  const offline = await work("codex", { codex: { file: standIn("codex-exec-no-network.jsonl", 1, "sleep 60") } });
  expect(offline).toMatchObject({ end: "environment_fault", detail: expect.stringContaining("network") });
});

describe("every other profile", () => {
  const needed = {
    copilot: ["--allow-all-tools", "--disable-builtin-mcps"],
    cursor: ["-p", "--force", "--trust", "# the brief"],
    opencode: ["run", "--auto"],
  };

  test.each([
    ["copilot", "copilot-p-json.jsonl", 0, "done", null],
    ["copilot", "copilot-p-unauthorized.jsonl", 1, "environment_fault", null],
    ["copilot", "copilot-p-rate-limited.jsonl", 1, "environment_fault", null],
    ["cursor", "cursor-agent-p-json.docs.json", 0, "done", null],
    ["opencode", "opencode-run-json.jsonl", 0, "done", 0.001866],
    ["opencode", "opencode-run-unauthorized.jsonl", 1, "environment_fault", null],
    ["opencode", "opencode-run-rate-limited.jsonl", 1, "environment_fault", null],
  ] as const)("%s replaying %s with exit code %i is %s", async (profile, fixture, exitCode, end, costUsd) => {
    const result = await work(profile, { [profile]: { file: standIn(fixture, exitCode) } }, { model: "some/model" });
    expect(result.end).toBe(end);
    expect(result.usage.costUsd).toBe(costUsd);
    const args = written("args.txt").split("\n");
    expect(args).toEqual(expect.arrayContaining([...needed[profile], "--model", "some/model"]));
    if (profile !== "cursor") expect(written("prompt.txt")).toBe("# the brief\n");
  });

  test("copilot without a login says only text, and it is the environment's fault", async () => {
    const file = standIn("copilot-p-not-logged-in.stderr.txt", 1);
    const result = await work("copilot", { copilot: { file } });
    expect(result).toMatchObject({ end: "environment_fault", detail: expect.stringContaining("COPILOT_GITHUB_TOKEN") });
  });

  test.each(["claude", "codex", "copilot", "cursor", "opencode"] as const)(
    "%s that is not installed is the environment's fault, and is named",
    async (profile) => {
      const result = await work(profile, { [profile]: { file: `no-such-${profile}` } });
      expect(result).toMatchObject({ end: "environment_fault", detail: expect.stringContaining(`no-such-${profile}`) });
    },
  );

  test("one that never says a word has not begun: no login or no network, as opencode shows it", async () => {
    const file = join(root, "mute");
    writeFileSync(file, "#!/bin/sh\nsleep 60\n");
    chmodSync(file, 0o755);
    const short = { ...budget, idleMinutes: 0.005 };
    const result = await work("opencode", { opencode: { file } }, { budget: short });
    expect(result).toMatchObject({ end: "environment_fault", detail: expect.stringContaining("said nothing at all") });
  });

  test("a brief that is too long for an argument is named by its path", async () => {
    const prompt = "界".repeat(50_000);
    await work("cursor", { cursor: { file: standIn("cursor-agent-p-json.docs.json", 0) } }, { prompt });
    expect(written("args.txt")).toContain(join(root, "brief.md"));
    expect(written("args.txt")).not.toContain("界");
  });
});

describe("our own budget", () => {
  test("ends a claude that goes on after it, its whole group, and reckons what was spent", async () => {
    const dear = JSON.stringify({
      type: "assistant",
      message: { id: "m1", model: "claude-opus-5-5", content: [], usage: { input_tokens: 900_000, output_tokens: 1 } },
    });
    const file = join(root, "spender");
    writeFileSync(
      file,
      `#!/bin/sh\ntrap '' TERM\necho $$ > spender.pid\necho '${dear}'\nwhile :; do sleep 0.05; done\n`,
    );
    chmodSync(file, 0o755);
    const result = await work("claude", { claude: { file } });
    expect(result).toMatchObject({
      end: "out_of_budget",
      detail: expect.stringContaining("ended at its budget of $2.5"),
    });
    expect(result.usage.costUsd).toBeCloseTo(3.6, 2);
    expect(isRunning(pidIn("spender.pid"))).toBe(false);
  });

  test("stops opencode, which has none of its own, by the costs that it tells; one below it goes on", async () => {
    const small = { ...budget, costUsd: 0.001 };
    const stopped = await work(
      "opencode",
      { opencode: { file: standIn("opencode-run-json.jsonl", 0, "sleep 60") } },
      { budget: small },
    );
    expect(stopped).toMatchObject({ end: "out_of_budget", usage: { costUsd: 0.001866 } });
    const fine = await work("opencode", { opencode: { file: standIn("opencode-run-json.jsonl", 0) } });
    expect(fine.end).toBe("done");
  });
});

describe("the custom profile", () => {
  test("finds the brief by its environment and may leave a summary", async () => {
    const command =
      'echo "$PATCHPILOT_BRIEF $PATCHPILOT_BRIEF_JSON" > paths.txt; echo fixed it > "$PATCHPILOT_SUMMARY"';
    const result = await work("custom", { custom: { command } });
    expect(result).toMatchObject({ end: "done", summary: "fixed it", model: null });
    expect(result.usage).toEqual({ costUsd: null, inputTokens: null, outputTokens: null });
    expect(written("paths.txt").trim()).toBe(`${join(root, "brief.md")} ${join(root, "brief.json")}`);
  });

  test("a pipe in the place of its summary is passed over", async () => {
    const result = await work("custom", { custom: { command: 'mkfifo "$PATCHPILOT_SUMMARY"' } });
    expect(result).toMatchObject({ end: "done", summary: null });
  });

  test.each([
    ["exit 1", "failed"],
    ["no-such-command-here", "environment_fault"],
    ["sleep 60", "timed_out"],
  ])("%j is %s", async (command, end) => {
    const short = { totalMinutes: 0.01, idleMinutes: 1, costUsd: null };
    expect((await work("custom", { custom: { command } }, { budget: short })).end).toBe(end);
  });
});
