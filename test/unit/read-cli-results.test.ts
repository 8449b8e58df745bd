import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { CliOutput, FatalWatch } from "../../lib/runner/cli-result-model.ts";
import { readClaudeResult, watchClaude } from "../../lib/runner/read-claude-result.ts";
import { meterClaude } from "../../lib/runner/read-claude-spend.ts";
import { readCodexResult, watchCodex } from "../../lib/runner/read-codex-result.ts";
import { readCopilotResult } from "../../lib/runner/read-copilot-result.ts";
import { readCursorResult } from "../../lib/runner/read-cursor-result.ts";
import { meterOpencode, readOpencodeResult } from "../../lib/runner/read-opencode-result.ts";

const fixture = (name: string) => readFileSync(new URL(`../fixtures/llm-cli/${name}`, import.meta.url), "utf8");
const printed = (stdout: string, exitCode = 0): CliOutput => ({ stdout, tail: stdout, exitCode });
const recorded = (name: string, exitCode = 0) => printed(fixture(name), exitCode);
/** Said on standard error, nothing on standard output. */
const said = (text: string, exitCode = 1): CliOutput => ({ stdout: "", tail: text, exitCode });
const UNKNOWN = { costUsd: null, inputTokens: null, outputTokens: null };
const fatalLines = (name: string, watch: () => FatalWatch) => {
  const see = watch();
  return fixture(name)
    .split("\n")
    .flatMap((line) => see(line) ?? []);
};

describe("what claude printed", () => {
  test.each(["claude-p-output-json.json", "claude-p-stream.jsonl"])(
    "%s: a good end with summary, cost, tokens with cache, and model",
    (name) => {
      expect(readClaudeResult(recorded(name))).toEqual({
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
    const result = readClaudeResult(recorded("claude-p-max-budget-exceeded.json"));
    expect(result).toMatchObject({ ok: false, summary: null, isEnvironmentFault: false });
    expect(result?.usage).toEqual({ costUsd: 0.00311, inputTokens: 2312, outputTokens: 7 });
    expect(result?.detail).toContain("Reached maximum budget");
  });

  test("`success` with is_error is a failure; without a login it is the environment's", () => {
    const result = readClaudeResult(recorded("claude-p-not-logged-in.jsonl"));
    expect(result).toMatchObject({ ok: false, isEnvironmentFault: true, summary: null });
    expect(result?.detail).toContain("Not logged in");
  });

  test("a refused key is the environment's fault, and is known long before claude gives up", () => {
    expect(readClaudeResult(recorded("claude-p-unauthorized.jsonl"))).toMatchObject({
      ok: false,
      isEnvironmentFault: true,
    });
    expect(fatalLines("claude-p-unauthorized.jsonl", watchClaude)[0]).toContain("ANTHROPIC_API_KEY");
  });

  test("one refused call that a retry mends is not fatal", () => {
    const retry = fixture("claude-p-unauthorized.jsonl").split("\n")[1] ?? "";
    expect(JSON.parse(retry)).toMatchObject({ subtype: "api_retry", attempt: 1 });
    expect(watchClaude()(retry)).toBeNull();
    expect(fatalLines("claude-p-stream.jsonl", watchClaude)).toEqual([]);
  });

  test.each(["", "not json", '{"type":"assistant"}', "[]", "null", '{"type":"result"}'])("no result in %j", (text) => {
    expect(readClaudeResult(printed(text))).toBeNull();
  });

  test("an unknown usage is unknown, never zero", () => {
    const line = JSON.stringify({ type: "result", subtype: "success", is_error: false, result: "done" });
    expect(readClaudeResult(printed(line))?.usage).toEqual({ costUsd: null, inputTokens: null, outputTokens: null });
  });
});

describe("what codex printed", () => {
  test("a completed turn with its last words and tokens; the cost is unknown; a warning item decides nothing", () => {
    expect(readCodexResult(recorded("codex-exec-json.jsonl"))).toEqual({
      ok: true,
      detail: "codex completed its turn",
      summary: "hello",
      usage: { costUsd: null, inputTokens: 1000, outputTokens: 20 },
      model: null,
      isEnvironmentFault: false,
    });
    expect(fatalLines("codex-exec-json.jsonl", watchCodex)).toEqual([]);
  });

  test("a refused key is the environment's fault", () => {
    expect(readCodexResult(recorded("codex-exec-error.jsonl"))).toMatchObject({ ok: false, isEnvironmentFault: true });
    expect(fatalLines("codex-exec-error.jsonl", watchCodex)).toHaveLength(1);
  });

  test("nothing is read from output that was cut off", () => {
    expect(readCodexResult(printed('{"type":"thread.started","thread_id":"x"}\n{"type":"turn.st'))).toBeNull();
  });
});

describe("faults that are no worker's", () => {
  test.each([
    ["claude-p-rate-limited.jsonl", readClaudeResult, "rate limited"],
    ["claude-p-overloaded.jsonl", readClaudeResult, "HTTP 529"],
    ["codex-exec-quota.jsonl", readCodexResult, "quota"],
    ["codex-exec-unauthorized.jsonl", readCodexResult, "CODEX_API_KEY"],
    ["copilot-p-unauthorized.jsonl", readCopilotResult, "COPILOT_GITHUB_TOKEN"],
    ["copilot-p-rate-limited.jsonl", readCopilotResult, "rate limited"],
    ["opencode-run-unauthorized.jsonl", readOpencodeResult, "opencode auth login"],
    ["opencode-run-rate-limited.jsonl", readOpencodeResult, "rate limited"],
  ] as const)("%s is the environment's, and says what to do", (name, read, hint) => {
    expect(read(recorded(name, 1))).toMatchObject({
      ok: false,
      isEnvironmentFault: true,
      summary: null,
      detail: expect.stringContaining(hint),
    });
  });

  test("are known from the stream, long before the tool gives up; while it may still mend itself they are not", () => {
    expect(fatalLines("claude-p-rate-limited.jsonl", watchClaude)[0]).toContain("WORKER_PROFILE");
    expect(fatalLines("codex-exec-no-network.jsonl", watchCodex)[0]).toContain("cannot reach its API");
    expect(fatalLines("codex-exec-unauthorized.jsonl", watchCodex)).toHaveLength(1);
    const early = fixture("codex-exec-unauthorized.jsonl").split("\n").slice(0, 7);
    expect(early.map(watchCodex()).filter((reason) => reason !== null)).toEqual([]);
  });

  test("a request that the model's API calls wrong is not one of them", () => {
    const error = { name: "APIError", data: { message: "prompt is too long", statusCode: 400 } };
    const result = readOpencodeResult(printed(JSON.stringify({ type: "error", error }), 1));
    expect(result).toMatchObject({ ok: false, isEnvironmentFault: false });
  });
});

describe("what copilot printed", () => {
  test("a good end with its last words and model; it tells neither a cost nor tokens", () => {
    expect(readCopilotResult(recorded("copilot-p-json.jsonl"))).toEqual({
      ok: true,
      detail: "copilot ended; premium requests: 0",
      summary: "hello",
      usage: UNKNOWN,
      model: "claude-sonnet-4-5",
      isEnvironmentFault: false,
    });
  });

  test("without a login it prints no JSON; its words on standard error are known", () => {
    const result = readCopilotResult(said(fixture("copilot-p-not-logged-in.stderr.txt")));
    expect(result).toMatchObject({ isEnvironmentFault: true, detail: expect.stringContaining("copilot login") });
    expect(readCopilotResult(said("Killed"))).toBeNull();
  });
});

describe("what cursor printed", () => {
  test("a good end by its documentation; it tells neither a cost nor tokens", () => {
    expect(readCursorResult(recorded("cursor-agent-p-json.docs.json"))).toMatchObject({ ok: true, usage: UNKNOWN });
    const stream = [
      { type: "system", subtype: "init", model: "gpt-5.5" },
      { type: "result", subtype: "success", is_error: false, result: "done" },
    ];
    const lines = stream.map((line) => JSON.stringify(line)).join("\n");
    expect(readCursorResult(printed(lines))).toMatchObject({ ok: true, summary: "done", model: "gpt-5.5" });
  });

  test.each([
    ["Error: Authentication required. Please run 'agent login' first, or set CURSOR_API_KEY", "CURSOR_API_KEY"],
    ["error: unknown option '--trust'", "update it"],
    ["You've hit your usage limit", "rate limited"],
    ["getaddrinfo ENOTFOUND api2.cursor.sh", "network"],
  ])("a failure is text alone: %j", (text, hint) => {
    const result = readCursorResult(said(text));
    expect(result).toMatchObject({ isEnvironmentFault: true, detail: expect.stringContaining(hint) });
  });

  test("other words, and words of a run that ended well, decide nothing", () => {
    expect(readCursorResult(said("Segmentation fault"))).toBeNull();
    expect(readCursorResult(said("set CURSOR_API_KEY", 0))).toBeNull();
  });
});

describe("what opencode printed", () => {
  test("cost and tokens of its steps, added up, with the cache", () => {
    const twice = fixture("opencode-run-json.jsonl").repeat(2);
    expect(readOpencodeResult(printed(twice))).toEqual({
      ok: true,
      detail: "opencode ended",
      summary: "hello",
      usage: { costUsd: 0.003732, inputTokens: 4624, outputTokens: 14 },
      model: null,
      isEnvironmentFault: false,
    });
    expect(readOpencodeResult(printed("nothing"))).toBeNull();
  });

  test("is metered by what it tells, and by nothing before it tells", () => {
    const meter = meterOpencode();
    expect(meter.spentUsd()).toBeNull();
    for (const line of fixture("opencode-run-json.jsonl").split("\n")) meter.add(line);
    expect(meter.spentUsd()).toBe(0.001866);
  });
});

describe("the meter of a claude run", () => {
  const spent = (name: string) => {
    const meter = meterClaude();
    for (const line of fixture(name).split("\n")) meter.add(line);
    return meter.spentUsd();
  };

  test.each(["claude-p-stream.jsonl", "claude-p-partial-stream.jsonl"])(
    "%s: guesses no less than claude's own result tells, and not twice as much",
    (name) => {
      const told = readClaudeResult(recorded(name))?.usage.costUsd ?? 0;
      expect(told).toBeGreaterThan(0);
      expect(spent(name)).toBeGreaterThanOrEqual(told);
      expect(spent(name)).toBeLessThan(told * 2);
    },
  );

  test("counts a message once, however many lines it comes in, and an unknown model as the dearest", () => {
    const line = (id: string, model: string) =>
      JSON.stringify({
        type: "assistant",
        message: { id, model, content: [], usage: { input_tokens: 1_000_000, output_tokens: 0 } },
      });
    const meter = meterClaude();
    meter.add(line("m1", "claude-opus-5-5"));
    meter.add(line("m1", "claude-opus-5-5"));
    expect(meter.spentUsd()).toBeCloseTo(4, 3);
    meter.add(line("m2", "claude-next-9"));
    expect(meter.spentUsd()).toBeCloseTo(12, 3);
  });
});

/** Recorded outputs that may lie beside this checkout; the fixtures are enough without them. */
const SHARED = new URL("../../../shared/samples/llm-cli/", import.meta.url);
const isShared = existsSync(SHARED);

describe.skipIf(!isShared)("recordings beside this checkout (skipped where there are none)", () => {
  const READERS = [
    ["claude", readClaudeResult],
    ["codex", readCodexResult],
    ["copilot", readCopilotResult],
    ["cursor", readCursorResult],
    ["opencode", readOpencodeResult],
  ] as const;
  test.each(isShared ? readdirSync(SHARED) : [])("%s is understood", (name) => {
    const read = READERS.find(([tool]) => name.startsWith(tool))?.[1];
    expect(read?.(printed(readFileSync(new URL(name, SHARED), "utf8")))).not.toBeNull();
  });
});
