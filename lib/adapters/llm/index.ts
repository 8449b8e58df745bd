import { AppError } from "../../kernel/errors.ts";
import type { LanguageModel } from "../../llm/ports.ts";
import type { ModelConfig } from "./config.ts";

export type { ModelConfig } from "./config.ts";

/**
 * A model by its setting. The SDK is loaded by the first question: it is the largest thing in its bundle, and most jobs
 * ask nothing.
 */
export function createLanguageModel(config: ModelConfig): LanguageModel {
  const { provider, model, apiKey, baseUrl } = config;
  if (provider === "openai-compatible" ? baseUrl === null : apiKey === null) {
    throw new AppError("settings_wrong", `${provider}/${model} lacks its address or key`, { retry: "never" });
  }
  const name = `${provider}/${model}`;
  return {
    name,
    async ask(call) {
      const [{ openModel }, { askSdk }] = await Promise.all([import("./open-model.ts"), import("./ask-sdk.ts")]);
      return askSdk({ name, provider, model: await openModel(config, call.timeoutMs) }, call);
    },
  };
}
