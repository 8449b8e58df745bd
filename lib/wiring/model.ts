import { createLanguageModel } from "../adapters/llm/index.ts";
import type { Config } from "../config/read-config.ts";
import type { LanguageModel } from "../llm/ports.ts";

/**
 * The model that LLM_MODEL names, or null. Not among the other providers: those are in the bundles of several doors, and
 * the model SDK belongs to that of jobs alone.
 */
export function createModel({ llm }: Config): LanguageModel | null {
  return llm && createLanguageModel(llm);
}
