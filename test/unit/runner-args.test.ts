import { describe, expect, test } from "vitest";
import { readRunnerArgs } from "../../cli/run-runner.ts";

const ENV = { PATCHPILOT_URL: "https://pp.example", PATCHPILOT_RUNNER_TOKEN: "runner-token" };
const JOB = {
  PATCHPILOT_URL: "https://pp.example",
  GITHUB_ACTIONS: "true",
  ACTIONS_ID_TOKEN_REQUEST_URL: "https://actions.example/token",
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: "job-secret",
};

describe("the runner's command line", () => {
  test("takes its profiles from a chain, once each, in order", () => {
    expect(readRunnerArgs([], { ...ENV, WORKER_PROFILE: "claude:opus,claude,codex" })?.profiles).toEqual([
      "claude",
      "codex",
    ]);
    expect(readRunnerArgs(["--profile", "cursor", "--profile", "claude"], ENV)?.profiles).toEqual(["cursor", "claude"]);
    expect(readRunnerArgs([], ENV)?.profiles).toEqual(["claude"]);
    expect(readRunnerArgs(["--command", "true"], ENV)?.profiles).toEqual(["custom"]);
  });

  test("gives a model to every tool, and its own to one that is named", () => {
    const options = readRunnerArgs(["--model", "big", "--model", "opencode:ollama/qwen3:32b"], ENV);
    expect(options).toMatchObject({ claude: { model: "big" }, opencode: { model: "ollama/qwen3:32b" } });
    expect(readRunnerArgs(["--model", "codex:o9"], ENV)).not.toHaveProperty("claude");
  });

  test("a job of GitHub's proves itself by its own token, unless it was given another", () => {
    const token = { requestUrl: JOB.ACTIONS_ID_TOKEN_REQUEST_URL, requestToken: "job-secret" };
    expect(readRunnerArgs([], JOB)?.token).toEqual(token);
    expect(readRunnerArgs([], { ...JOB, ...ENV })?.token).toBe("runner-token");
  });

  test("a job without the permission, and a machine without a token, are told what is missing", () => {
    const { ACTIONS_ID_TOKEN_REQUEST_URL: _url, ...rest } = JOB;
    expect(() => readRunnerArgs([], rest)).toThrow("id-token: write");
    expect(() => readRunnerArgs([], { PATCHPILOT_URL: "https://pp.example" })).toThrow("PATCHPILOT_RUNNER_TOKEN");
  });

  test.each([
    [["--concurrency", "0"], "--concurrency"],
    [["--concurrency", "2.5"], "whole number"],
    [["--finish-seconds", "-1"], "--finish-seconds"],
    [["--poll-seconds", ""], "--poll-seconds"],
  ])("%j is refused by name", (args, named) => expect(() => readRunnerArgs(args, ENV)).toThrow(named));
});
