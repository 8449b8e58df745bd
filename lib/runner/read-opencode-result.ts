import * as z from "zod";
import {
  apiFaultOf,
  type CliOutput,
  type CliResult,
  parseJson,
  readJsonLines,
  type SpendMeter,
} from "./cli-result-model.ts";

const count = z.number().int().nonnegative();
const stepSchema = z.object({
  type: z.literal("step_finish"),
  part: z.object({
    cost: z.number().nonnegative().nullish(),
    tokens: z
      .object({
        input: count,
        output: count,
        reasoning: count.default(0),
        cache: z.object({ read: count, write: count }),
      })
      .nullish(),
  }),
});
const textSchema = z.object({ type: z.literal("text"), part: z.object({ text: z.string() }) });
const errorSchema = z.object({
  type: z.literal("error"),
  error: z.object({
    name: z.string(),
    data: z.object({ message: z.string(), statusCode: z.number().nullish() }).nullish(),
  }),
});
type Step = z.infer<typeof stepSchema>["part"];

const HOW_TO_LOG_IN = "set its provider's API key (ANTHROPIC_API_KEY, OPENAI_API_KEY, …), or run `opencode auth login`";

/**
 * Reads the JSON lines of `opencode run --format json` (1.18.33). Cost and tokens are told by step and added up; its input
 * count leaves the cache out, ours does not. Null when it finished no step and told no error.
 */
export function readOpencodeResult({ stdout }: Pick<CliOutput, "stdout">): CliResult | null {
  const lines = readJsonLines(stdout);
  const steps = lines.flatMap(readStep);
  const error = lines.map((line) => errorSchema.safeParse(line)).findLast((parsed) => parsed.success)?.data.error;
  if (steps.length === 0 && !error) return null;
  const fault = error ? apiFaultOf("opencode", error.data?.statusCode, HOW_TO_LOG_IN) : null;
  const said = error ? `opencode ended with ${error.name}: ${error.data?.message ?? ""}` : "opencode ended";
  const text = lines.map((line) => textSchema.safeParse(line)).findLast((parsed) => parsed.success)?.data;
  return {
    ok: error === undefined,
    detail: fault === null ? said : `${fault} (${said})`,
    summary: error ? null : (text?.part.text ?? null),
    usage: {
      costUsd: sum(steps.map((step) => step.cost)),
      inputTokens: sum(steps.map(({ tokens }) => tokens && tokens.input + tokens.cache.read + tokens.cache.write)),
      outputTokens: sum(steps.map(({ tokens }) => tokens && tokens.output + tokens.reasoning)),
    },
    model: null,
    isEnvironmentFault: fault !== null,
  };
}

/** What opencode itself tells of its cost, step by step. It has no limit of its own. */
export function meterOpencode(): SpendMeter {
  const costs: (number | null | undefined)[] = [];
  return {
    add(line) {
      if (line.includes('"step_finish"')) costs.push(...readStep(parseJson(line)).map((step) => step.cost));
    },
    spentUsd: () => sum(costs),
  };
}

function readStep(line: unknown): Step[] {
  const parsed = stepSchema.safeParse(line);
  return parsed.success ? [parsed.data.part] : [];
}

/** null where nothing was told: unknown, not zero. */
function sum(values: readonly (number | null | undefined)[]): number | null {
  const told = values.filter((value) => typeof value === "number");
  return told.length === 0 ? null : told.reduce((total, value) => total + value, 0);
}
