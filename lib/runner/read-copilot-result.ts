import * as z from "zod";
import { apiFaultOf, type CliOutput, type CliResult, readJsonLines, UNKNOWN_USAGE } from "./cli-result-model.ts";

const resultSchema = z.object({
  type: z.literal("result"),
  exitCode: z.number(),
  usage: z.object({ premiumRequests: z.number().nullish() }).nullish(),
});
const messageSchema = z.object({
  type: z.literal("assistant.message"),
  data: z.object({ content: z.string(), model: z.string().nullish() }),
});
const errorSchema = z.object({
  type: z.literal("session.error"),
  data: z.object({ errorType: z.string().nullish(), message: z.string(), statusCode: z.number().nullish() }),
});

const HOW_TO_LOG_IN = "set COPILOT_GITHUB_TOKEN, or log in as the runner's user with `copilot login`";
/** Said on standard error, with no JSON at all (1.0.102). */
const NOT_LOGGED_IN = /No authentication information found/;
const ERROR_STATUS: Readonly<Record<string, number>> = { authentication: 401, rate_limit: 429, quota: 429 };

/**
 * Reads the JSON lines of `copilot --output-format json` (1.0.102): its `result`, the last words of its agent and its
 * `session.error`. Null when there is neither a result nor a fault that it is known to tell. It bills by premium requests
 * and tells neither a cost nor tokens.
 */
export function readCopilotResult(output: CliOutput): CliResult | null {
  const lines = readJsonLines(output.stdout);
  const result = lines.map((line) => resultSchema.safeParse(line)).findLast((parsed) => parsed.success)?.data;
  if (!result) {
    return NOT_LOGGED_IN.test(output.tail) ? failed(apiFaultOf("copilot", 401, HOW_TO_LOG_IN) ?? "", true) : null;
  }
  const error = lines.map((line) => errorSchema.safeParse(line)).findLast((parsed) => parsed.success)?.data.data;
  if (result.exitCode !== 0) {
    const status = error?.statusCode ?? ERROR_STATUS[error?.errorType ?? ""];
    const fault = apiFaultOf("copilot", status, HOW_TO_LOG_IN);
    const said = error?.message ?? `exit code ${result.exitCode}`;
    return failed(fault === null ? `copilot ended with an error: ${said}` : `${fault} (${said})`, fault !== null);
  }
  const messages = lines.flatMap((line) => {
    const parsed = messageSchema.safeParse(line);
    return parsed.success && parsed.data.data.content.trim() !== "" ? [parsed.data.data] : [];
  });
  const last = messages.at(-1);
  const requests = result.usage?.premiumRequests;
  return {
    ok: true,
    detail: typeof requests === "number" ? `copilot ended; premium requests: ${requests}` : "copilot ended",
    summary: last?.content ?? null,
    usage: UNKNOWN_USAGE,
    model: last?.model ?? null,
    isEnvironmentFault: false,
  };
}

function failed(detail: string, isEnvironmentFault: boolean): CliResult {
  return { ok: false, detail, summary: null, usage: UNKNOWN_USAGE, model: null, isEnvironmentFault };
}
