import * as z from "zod";
import type { Usage } from "../repair/model.ts";

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
}

export const UNKNOWN_USAGE: Usage = { costUsd: null, inputTokens: null, outputTokens: null };

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
