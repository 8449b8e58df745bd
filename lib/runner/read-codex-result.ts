import * as z from "zod";
import {
  apiFaultOf,
  type CliOutput,
  type CliResult,
  type FatalWatch,
  readJsonLines,
  UNKNOWN_USAGE,
} from "./cli-result-model.ts";

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

/** codex gives an HTTP status nowhere but in these sentences of its own (0.169). */
const STATUS = /\b(?:unexpected|last) status:? (\d{3})\b/;
const QUOTA = /^Quota exceeded|usage limit|rate limit/i;
const NO_NETWORK = /waiting for network|error sending request|failed to lookup address/;
/** It waits for a network for ever; so many of its lines are about half a minute. */
const HOPELESS_WAITS = 5;
const HOW_TO_LOG_IN = "set CODEX_API_KEY or OPENAI_API_KEY, or log in as the runner's user";
const NETWORK_FAULT = "codex cannot reach its API: check the runner's network, proxy and DNS";

/**
 * Reads the JSON lines of `codex exec --json` (0.169). Null when it printed neither `turn.completed` nor `turn.failed`.
 * An item of type `error` can be a mere warning and decides nothing. Tokens include cached ones; it never tells a cost.
 */
export function readCodexResult({ stdout }: Pick<CliOutput, "stdout">): CliResult | null {
  const lines = readJsonLines(stdout);
  const failed = lines.map((line) => failedSchema.safeParse(line)).findLast((parsed) => parsed.success)?.data;
  const completed = lines.map((line) => completedSchema.safeParse(line)).findLast((parsed) => parsed.success)?.data;
  if (!failed && !completed) return null;
  const message = lines.map((line) => messageSchema.safeParse(line)).findLast((parsed) => parsed.success)?.data;
  const fault = failed ? faultOf(failed.error.message) : null;
  const said = failed ? `codex ended with an error: ${failed.error.message}` : "codex completed its turn";
  return {
    ok: failed === undefined,
    detail: fault === null ? said : `${fault} (${said})`,
    summary: failed ? null : (message?.item.text ?? null),
    usage: {
      ...UNKNOWN_USAGE,
      inputTokens: completed?.usage?.input_tokens ?? null,
      outputTokens: completed?.usage?.output_tokens ?? null,
    },
    model: null,
    isEnvironmentFault: fault !== null,
  };
}

function faultOf(message: string): string | null {
  if (NO_NETWORK.test(message)) return NETWORK_FAULT;
  const status = STATUS.exec(message)?.[1] ?? (QUOTA.test(message) ? "429" : undefined);
  return status === undefined ? null : apiFaultOf("codex", Number(status), HOW_TO_LOG_IN);
}

/** Knows that codex will not get anywhere: a refused key, or no network, for which it would wait for ever. */
export function watchCodex(): FatalWatch {
  let waits = 0;
  return (line) => {
    if (!/"type":"error"/.test(line)) return null;
    const message = readJsonLines(line)
      .map((object) => errorSchema.safeParse(object))
      .find((parsed) => parsed.success)?.data?.message;
    if (message === undefined) return null;
    if (NO_NETWORK.test(message)) {
      waits += 1;
      return waits >= HOPELESS_WAITS ? NETWORK_FAULT : null;
    }
    // While it reconnects it may still succeed; its last word is the bare sentence.
    return message.startsWith("Reconnecting") ? null : faultOf(message);
  };
}
