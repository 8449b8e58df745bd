import * as z from "zod";
import type { Usage } from "../repair/model.ts";
import {
  apiFaultOf,
  type CliOutput,
  type CliResult,
  type FatalWatch,
  parseJson,
  readJsonLines,
  UNKNOWN_USAGE,
} from "./cli-result-model.ts";

const tokens = z.number().int().nonnegative();
const dollars = z.number().nonnegative();

const resultSchema = z.object({
  type: z.literal("result"),
  subtype: z.string(),
  is_error: z.boolean(),
  result: z.string().nullish(),
  api_error_status: z.number().nullish(),
  num_turns: z.number().nullish(),
  total_cost_usd: dollars.nullish(),
  errors: z.array(z.string()).nullish(),
  usage: z
    .object({
      input_tokens: tokens.nullish(),
      output_tokens: tokens.nullish(),
      cache_creation_input_tokens: tokens.nullish(),
      cache_read_input_tokens: tokens.nullish(),
    })
    .nullish(),
  modelUsage: z
    .record(
      z.string(),
      z.object({
        inputTokens: tokens.default(0),
        outputTokens: tokens.default(0),
        cacheReadInputTokens: tokens.default(0),
        cacheCreationInputTokens: tokens.default(0),
        costUSD: dollars.default(0),
      }),
    )
    .nullish(),
});
type ClaudeResult = z.infer<typeof resultSchema>;

/** Written by the CLI about itself: an answer it made up because it could not log in, or (type `system`) one retry of a refused call. */
const refusedSchema = z.object({
  type: z.string(),
  error: z.enum(["authentication_failed", "rate_limit", "billing_error"]),
  attempt: z.number().optional(),
});
const STATUS = { authentication_failed: 401, rate_limit: 429, billing_error: 402 } as const;

/** Refused calls are retried ten times. A token that has just expired is refreshed by the first of them; a busy API needs longer. */
const HOPELESS_RETRY = { authentication_failed: 3, rate_limit: 8, billing_error: 3 } as const;
const HOW_TO_LOG_IN = "set ANTHROPIC_API_KEY, or log in as the runner's user";

/**
 * Reads what `claude -p --output-format json` or `stream-json` printed (2.1.197, 2.1.329): the last object of type `result`.
 * Null when there is none. `subtype: "success"` with `is_error: true` is a failure; a stop by its own budget has no
 * `result` text.
 */
export function readClaudeResult({ stdout }: Pick<CliOutput, "stdout">): CliResult | null {
  const objects = readObjects(stdout);
  const last = objects.findLast((object) => object.type === "result");
  const parsed = resultSchema.safeParse(last);
  if (!parsed.success) return null;
  const result = parsed.data;
  const fault = result.is_error ? faultOf(result, objects) : null;
  return {
    ok: result.subtype === "success" && !result.is_error,
    detail: detailOf(result, fault),
    summary: result.is_error ? null : (result.result ?? null),
    usage: usageOf(result),
    model: modelOf(result),
    isEnvironmentFault: fault !== null,
    ...(result.subtype === "error_max_budget_usd" && { isBudgetSpent: true }),
  };
}

/**
 * Knows from the stream that the CLI will not get anywhere. With a refused key it goes on retrying for about three minutes
 * before it says so in its result, and as long when it is rate limited.
 */
export function watchClaude(): FatalWatch {
  return (line) => (/authentication_failed|rate_limit|billing_error/.test(line) ? readRefusal(parseJson(line)) : null);
}

function faultOf(result: ClaudeResult, objects: readonly unknown[]): string | null {
  const told = apiFaultOf("claude", result.api_error_status, HOW_TO_LOG_IN);
  return told ?? objects.map(readRefusal).find((reason) => reason !== null) ?? null;
}

function readRefusal(object: unknown): string | null {
  const parsed = refusedSchema.safeParse(object);
  if (!parsed.success) return null;
  const { type, error, attempt = 0 } = parsed.data;
  const isHopeless = type !== "system" || attempt >= HOPELESS_RETRY[error];
  return isHopeless ? apiFaultOf("claude", STATUS[error], HOW_TO_LOG_IN) : null;
}

function readObjects(stdout: string): Record<string, unknown>[] {
  const whole = parseJson(stdout.trim());
  const list = z.array(z.record(z.string(), z.unknown())).safeParse(Array.isArray(whole) ? whole : [whole]);
  return list.success ? list.data : readJsonLines(stdout);
}

function detailOf(result: ClaudeResult, fault: string | null): string {
  const said = result.errors?.join("; ") || result.result || "";
  if (fault !== null) return said === "" ? fault : `${fault} (${said})`;
  if (result.subtype === "error_max_budget_usd") return `claude stopped at its budget: ${said}`;
  if (result.subtype !== "success") return `claude ended with ${result.subtype}: ${said}`;
  if (result.is_error) return `claude ended with an error: ${said}`;
  return `claude ended after ${result.num_turns ?? "an unknown number of"} turns`;
}

/** `usage` leaves out sub-agents and is all zero after a budget stop; `modelUsage` has everything. Neither input count includes the cache. */
function usageOf(result: ClaudeResult): Usage {
  const costUsd = result.total_cost_usd ?? null;
  const models = Object.values(result.modelUsage ?? {});
  if (models.length > 0) {
    const sum = (pick: (model: (typeof models)[number]) => number) =>
      models.reduce((total, model) => total + pick(model), 0);
    return {
      costUsd,
      inputTokens: sum((model) => model.inputTokens + model.cacheReadInputTokens + model.cacheCreationInputTokens),
      outputTokens: sum((model) => model.outputTokens),
    };
  }
  const usage = result.usage;
  if (!usage) return { ...UNKNOWN_USAGE, costUsd };
  const cached = (usage.cache_creation_input_tokens ?? 0) + (usage.cache_read_input_tokens ?? 0);
  return {
    costUsd,
    inputTokens: typeof usage.input_tokens === "number" ? usage.input_tokens + cached : null,
    outputTokens: usage.output_tokens ?? null,
  };
}

/** The model that cost most: a run may use a smaller one for side work. */
function modelOf(result: ClaudeResult): string | null {
  const models = Object.entries(result.modelUsage ?? {}).sort(([, a], [, b]) => b.costUSD - a.costUSD);
  return models[0]?.[0] ?? null;
}
