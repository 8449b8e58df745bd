import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readClaudeFatalLine, readClaudeResult } from "../../lib/runner/read-claude-result.ts";
import { readCodexFatalLine, readCodexResult } from "../../lib/runner/read-codex-result.ts";

const fixture = (name: string) => readFileSync(new URL(`../fixtures/llm-cli/${name}`, import.meta.url), "utf8");
const fatalLines = (name: string, read: (line: string) => string | null) =>
  fixture(name)
    .split("\n")
    .map(read)
    .filter((line) => line !== null);

describe("what claude printed", () => {
  test.each(["claude-p-output-json.json", "claude-p-stream.jsonl"])(
    "%s: a good end with summary, cost, tokens with cache, and model",
    (name) => {
      expect(readClaudeResult(fixture(name))).toEqual({
        ok: true,
        detail: "claude ended after 1 turns",
        summary: "hello",
        usage: { costUsd: 0.00311, inputTokens: 2312, outputTokens: 7 },
        model: "claude-opus-4-8[1m]",
        isEnvironmentFault: false,
      });
    },
  );

  test("a stop at its budget is a failure with its real cost, though `usage` says zero and there is no `result`", () => {
    const result = readClaudeResult(fixture("claude-p-max-budget-exceeded.json"));
    expect(result).toMatchObject({ ok: false, summary: null, isEnvironmentFault: false });
    expect(result?.usage).toEqual({ costUsd: 0.00311, inputTokens: 2312, outputTokens: 7 });
    expect(result?.detail).toContain("Reached maximum budget");
  });

  test("`success` with is_error is a failure; without a login it is the environment's", () => {
    const result = readClaudeResult(fixture("claude-p-not-logged-in.jsonl"));
    expect(result).toMatchObject({ ok: false, isEnvironmentFault: true, summary: null });
    expect(result?.detail).toContain("Not logged in");
  });

  test("a refused key is the environment's fault, and is known long before claude gives up", () => {
    expect(readClaudeResult(fixture("claude-p-unauthorized.jsonl"))).toMatchObject({
      ok: false,
      isEnvironmentFault: true,
    });
    expect(fatalLines("claude-p-unauthorized.jsonl", readClaudeFatalLine)[0]).toContain("ANTHROPIC_API_KEY");
  });

  test("one refused call that a retry mends is not fatal", () => {
    const retry = fixture("claude-p-unauthorized.jsonl").split("\n")[1] ?? "";
    expect(JSON.parse(retry)).toMatchObject({ subtype: "api_retry", attempt: 1 });
    expect(readClaudeFatalLine(retry)).toBeNull();
    expect(fatalLines("claude-p-stream.jsonl", readClaudeFatalLine)).toEqual([]);
  });

  test.each(["", "not json", '{"type":"assistant"}', "[]", "null", '{"type":"result"}'])("no result in %j", (text) => {
    expect(readClaudeResult(text)).toBeNull();
  });

  test("an unknown usage is unknown, never zero", () => {
    const line = JSON.stringify({ type: "result", subtype: "success", is_error: false, result: "done" });
    expect(readClaudeResult(line)?.usage).toEqual({ costUsd: null, inputTokens: null, outputTokens: null });
  });
});

describe("what codex printed", () => {
  test("a completed turn with its last words and tokens; the cost is unknown; a warning item decides nothing", () => {
    expect(readCodexResult(fixture("codex-exec-json.jsonl"))).toEqual({
      ok: true,
      detail: "codex completed its turn",
      summary: "hello",
      usage: { costUsd: null, inputTokens: 1000, outputTokens: 20 },
      model: null,
      isEnvironmentFault: false,
    });
    expect(fatalLines("codex-exec-json.jsonl", readCodexFatalLine)).toEqual([]);
  });

  test("a refused key is the environment's fault", () => {
    expect(readCodexResult(fixture("codex-exec-error.jsonl"))).toMatchObject({ ok: false, isEnvironmentFault: true });
    expect(fatalLines("codex-exec-error.jsonl", readCodexFatalLine)).toHaveLength(1);
  });

  test("nothing is read from output that was cut off", () => {
    expect(readCodexResult('{"type":"thread.started","thread_id":"x"}\n{"type":"turn.st')).toBeNull();
  });
});
