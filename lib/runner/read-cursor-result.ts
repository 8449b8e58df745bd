import * as z from "zod";
import {
  apiFaultOf,
  type CliOutput,
  type CliResult,
  parseJson,
  readJsonLines,
  UNKNOWN_USAGE,
} from "./cli-result-model.ts";

const resultSchema = z.object({
  type: z.literal("result"),
  subtype: z.string(),
  is_error: z.boolean(),
  result: z.string().nullish(),
});
const initSchema = z.object({ type: z.literal("system"), subtype: z.literal("init"), model: z.string() });

const HOW_TO_LOG_IN = "set CURSOR_API_KEY, or log in as the runner's user with `cursor-agent login`";
/** A failure is told by text on standard error and nowhere else (cursor.com/docs/cli/reference/output-format). */
const SAID: readonly [RegExp, fault: string | null][] = [
  [
    /authentication required|not (?:authenticated|logged in)|agent login|CURSOR_API_KEY/i,
    apiFaultOf("cursor", 401, HOW_TO_LOG_IN),
  ],
  [/rate limit|usage limit|resource_exhausted/i, apiFaultOf("cursor", 429, HOW_TO_LOG_IN)],
  [
    /unknown option '--(?:trust|force)'/,
    "this cursor-agent is too old: it does not know --force and --trust; update it",
  ],
  [
    /getaddrinfo|ENOTFOUND|ECONNREFUSED|ETIMEDOUT/,
    "cursor cannot reach its API: check the runner's network, proxy and DNS",
  ],
];

/**
 * Reads `cursor-agent -p --output-format json` or `stream-json` as documented: the last object of type `result`. Null when
 * it printed none and said nothing that is known. It tells neither cost nor tokens.
 */
export function readCursorResult(output: CliOutput): CliResult | null {
  const whole = z.record(z.string(), z.unknown()).safeParse(parseJson(output.stdout.trim()));
  const objects = whole.success ? [whole.data] : readJsonLines(output.stdout);
  const result = objects.map((object) => resultSchema.safeParse(object)).findLast((parsed) => parsed.success)?.data;
  const model = objects.map((object) => initSchema.safeParse(object)).find((parsed) => parsed.success)?.data?.model;
  if (!result) return readSaid(output);
  const ok = result.subtype === "success" && !result.is_error;
  return {
    ok,
    detail: ok ? "cursor ended" : `cursor ended with ${result.subtype}: ${result.result ?? "no reason given"}`,
    summary: ok ? result.result || null : null,
    usage: UNKNOWN_USAGE,
    model: model ?? null,
    isEnvironmentFault: false,
  };
}

function readSaid({ tail, exitCode }: CliOutput): CliResult | null {
  if (exitCode === 0) return null;
  // Only its last words: what its tools printed before may hold any of these.
  const words = tail.slice(-2_000);
  const fault = SAID.find(([pattern]) => pattern.test(words))?.[1];
  if (!fault) return null;
  return { ok: false, detail: fault, summary: null, usage: UNKNOWN_USAGE, model: null, isEnvironmentFault: true };
}
