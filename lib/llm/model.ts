export const MODEL_PROVIDERS = ["anthropic", "openai", "openai-compatible"] as const;
export type ModelProvider = (typeof MODEL_PROVIDERS)[number];

/** Tokens of one call as they are billed. The four do not overlap, whatever the provider counts into what. */
export interface Usage {
  /** Input that was neither read from nor written to a cache. */
  inputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
  /** Reasoning included. */
  outputTokens: number;
}

/** US dollars for a million tokens. */
export interface Price {
  inputUsd: number;
  cacheReadUsd: number;
  cacheWriteUsd: number;
  outputUsd: number;
}

export interface ToolCall {
  id: string;
  name: string;
  /** What the model wrote; not validated yet. */
  input: unknown;
}

export interface ToolResult {
  callId: string;
  name: string;
  text: string;
  isError: boolean;
}

/** A conversation as it is kept. `raw` is what the provider wants to see again as it wrote it (signed reasoning). */
export type Message =
  | { role: "user"; text: string }
  | { role: "assistant"; text: string; calls: ToolCall[]; raw: { model: string; parts: unknown } | null }
  | { role: "tool"; results: ToolResult[] };

/** Which text the model was asked with: its name, its version, and the sections that were in it. */
export interface PromptName {
  name: string;
  version: string;
  sections: string[];
}

/**
 * How a call ended. Calls are only there when the model ended its turn to have them run: a turn that was cut off can
 * hold half a call. `no_answer`: it spoke, but not in the shape that was asked for.
 */
export type ModelAnswer<T> =
  | { type: "calls"; calls: ToolCall[]; message: Message }
  | { type: "answer"; value: T; message: Message }
  | { type: "no_answer"; why: string; message: Message }
  | { type: "cut_off" }
  | { type: "refused" };

/** What may be spent. null: no limit. */
export interface SpendLimits {
  maxSteps: number;
  maxTokens: number;
  maxUsd: number | null;
  /** Of the whole project, over the last 24 hours. */
  dailyUsd: number | null;
}

/** What was spent, or may have been: a call that was never settled counts with all that was reserved for it. */
export interface Spent {
  steps: number;
  tokens: number;
  costUsd: number;
  dailyUsd: number;
}
