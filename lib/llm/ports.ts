import type * as z from "zod";
import type { Message, ModelAnswer, Usage } from "./model.ts";

/** A tool as it is described to a model. It is run by whoever asked, never here. */
export interface ToolSpec {
  name: string;
  description: string;
  input: z.ZodType;
}

export interface ModelCall<T> {
  system: string;
  messages: readonly Message[];
  tools: readonly ToolSpec[];
  /** The shape of the last answer. */
  schema: z.ZodType<T>;
  maxOutputTokens: number;
  timeoutMs: number;
}

/** One language model. It gets text and gives text; nothing that it says is done by anybody without a decision of ours. */
export interface LanguageModel {
  /** `provider/model`, as LLM_MODEL names it. */
  readonly name: string;
  /**
   * One turn. `usage` is null where the provider told none. Throws AppError as every adapter; one whose context holds a
   * `status` was refused by the provider and cost nothing.
   */
  ask<T>(call: ModelCall<T>): Promise<{ answer: ModelAnswer<T>; usage: Usage | null; finish: string }>;
}
