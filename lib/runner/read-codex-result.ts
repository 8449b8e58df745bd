import * as z from "zod";
import { type CliResult, readJsonLines, UNKNOWN_USAGE } from "./cli-result-model.ts";

const completedSchema = z.object({
  type: z.literal("turn.completed"),
  usage: z
    .object({ input_tokens: z.number().int().nonnegative(), output_tokens: z.number().int().nonnegative() })
    .nullish(),
});
const failedSchema = z.object({ type: z.literal("turn.failed"), error: z.object({ message: z.string() }) });
const messageSchema = z.object({
  type: z.literal("item.completed"),
  item: z.object({ type: z.literal("agent_message"), text: z.string() }),
});
const errorSchema = z.object({ type: z.literal("error"), message: z.string() });

/** codex gives the HTTP status nowhere but in this sentence of its own (0.169). */
const UNAUTHORIZED = /\bunexpected status (?:401|403)\b/;

/**
 * Reads the JSON lines of `codex exec --json` (0.169). Null when it printed neither `turn.completed` nor `turn.failed`.
 * An item of type `error` can be a mere warning and decides nothing. Tokens include cached ones; it never tells a cost.
 */
export function readCodexResult(stdout: string): CliResult | null {
  const lines = readJsonLines(stdout);
  const failed = lines.map((line) => failedSchema.safeParse(line)).findLast((parsed) => parsed.success)?.data;
  const completed = lines.map((line) => completedSchema.safeParse(line)).findLast((parsed) => parsed.success)?.data;
  if (!failed && !completed) return null;
  const message = lines.map((line) => messageSchema.safeParse(line)).findLast((parsed) => parsed.success)?.data;
  const isEnvironmentFault = failed !== undefined && UNAUTHORIZED.test(failed.error.message);
  return {
    ok: failed === undefined,
    detail: failed ? `codex ended with an error: ${failed.error.message}` : "codex completed its turn",
    summary: failed ? null : (message?.item.text ?? null),
    usage: {
      ...UNKNOWN_USAGE,
      inputTokens: completed?.usage?.input_tokens ?? null,
      outputTokens: completed?.usage?.output_tokens ?? null,
    },
    model: null,
    isEnvironmentFault,
  };
}

/** Why this line means that codex will not get anywhere, or null. */
export function readCodexFatalLine(line: string): string | null {
  if (!UNAUTHORIZED.test(line)) return null;
  const parsed = readJsonLines(line).map((object) => errorSchema.safeParse(object));
  return parsed.some((error) => error.success)
    ? "codex could not authenticate: set CODEX_API_KEY or OPENAI_API_KEY, or log in"
    : null;
}
