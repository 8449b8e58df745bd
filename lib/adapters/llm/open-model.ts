import type { LanguageModel as SdkModel } from "ai";
import type { ModelProvider } from "../../llm/model.ts";
import { boundFetch } from "../http.ts";
import type { ModelConfig } from "./config.ts";

/** A full answer of `maxOutputTokens` is far below this; what is longer is no answer. */
const MAX_BYTES = 2 * 1024 * 1024;

const BASE_URLS = {
  anthropic: "https://api.anthropic.com/v1",
  openai: "https://api.openai.com/v1",
  "openai-compatible": "",
} as const satisfies Record<ModelProvider, string>;

/** The SDK's model for these settings; its calls end after `timeoutMs`, body included. */
export async function openModel(config: ModelConfig, timeoutMs: number): Promise<Exclude<SdkModel, string>> {
  const limits = { timeoutMs, maxBytes: MAX_BYTES, fetch: config.fetch };
  const fetch = boundFetch(config.provider, "read-by-post", limits);
  const apiKey = config.apiKey ?? "";
  // Left out, the SDK would read it from environment variables of its own.
  const baseURL = config.baseUrl ?? BASE_URLS[config.provider];
  switch (config.provider) {
    case "anthropic": {
      const { createAnthropic } = await import("@ai-sdk/anthropic");
      return createAnthropic({ apiKey, fetch, baseURL }).languageModel(config.model);
    }
    case "openai": {
      const { createOpenAI } = await import("@ai-sdk/openai");
      return createOpenAI({ apiKey, fetch, baseURL }).responses(config.model);
    }
    case "openai-compatible": {
      const { createOpenAICompatible } = await import("@ai-sdk/openai-compatible");
      return createOpenAICompatible({
        name: "openai-compatible",
        baseURL,
        ...(config.apiKey !== null && { apiKey: config.apiKey }),
        fetch,
        supportsStructuredOutputs: true,
      }).chatModel(config.model);
    }
  }
}
