import * as z from "zod";
import type { Usage } from "../repair/model.ts";

/** What a coding CLI printed, and how it ended. */
export interface CliOutput {
  stdout: string;
  /** Both outputs together, the last part. */
  tail: string;
  exitCode: number | null;
}

/** What a coding CLI told about its own run. */
export interface CliResult {
  ok: boolean;
  /** One line for people: how it ended. */
  detail: string;
  /** The agent's closing words, null when it had none. */
  summary: string | null;
  usage: Usage;
  model: string | null;
  /** The tool could not work at all (no login, bad key): not the worker's failure, and no attempt is spent. */
  isEnvironmentFault: boolean;
  /** The tool stopped at the budget that it was given; absent where it did not, or cannot tell. */
  isBudgetSpent?: boolean;
}

export const UNKNOWN_USAGE: Usage = { costUsd: null, inputTokens: null, outputTokens: null };

/** Adds up, from the lines of a run that is still going on, what it has cost so far; null is unknown. */
export interface SpendMeter {
  add(line: string): void;
  spentUsd(): number | null;
}

/** Sees each line of a run; answers with the reason once it is plain that the tool will get nowhere. */
export type FatalWatch = (line: string) => string | null;

/**
 * What an HTTP status of the model's API says about the surroundings, with what to do about it; null when the call itself
 * was at fault. None of these is a worker's failure.
 */
export function apiFaultOf(tool: string, status: number | null | undefined, howToLogIn: string): string | null {
  if (status === 401 || status === 403) return `${tool} could not authenticate: ${howToLogIn}`;
  if (status === 402) return `${tool}'s account has no credit left: top it up`;
  if (status === 404) return `${tool} was refused its model: name one that its account has`;
  if (status === 429)
    return `${tool} was rate limited or its quota is spent: wait, raise the limit, or name a second worker in WORKER_PROFILE`;
  if (status === 408 || (status ?? 0) >= 500)
    return `${tool}'s API did not answer (HTTP ${status}): try again later, or name a second worker in WORKER_PROFILE`;
  return null;
}

/** Every line of `text` that is a JSON object, in order; other lines (warnings, progress) are passed over. */
export function readJsonLines(text: string): Record<string, unknown>[] {
  const objects: Record<string, unknown>[] = [];
  for (const line of text.split("\n")) {
    if (!line.startsWith("{")) continue;
    const parsed = z.record(z.string(), z.unknown()).safeParse(parseJson(line));
    if (parsed.success) objects.push(parsed.data);
  }
  return objects;
}

/** undefined when `text` is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
