import type { Price } from "./model.ts";

/** Anthropic: a cache of five minutes is written at 1.25 times the input's price. */
const anthropic = (inputUsd: number, outputUsd: number, cacheReadUsd: number): Price => ({
  inputUsd,
  outputUsd,
  cacheReadUsd,
  cacheWriteUsd: inputUsd * 1.25,
});
/** OpenAI: writing to its cache costs nothing beside the input. */
const openai = (inputUsd: number, outputUsd: number, cacheReadUsd: number): Price => ({
  inputUsd,
  outputUsd,
  cacheReadUsd,
  cacheWriteUsd: inputUsd,
});

/**
 * List prices by `provider/model`, as read in autumn 2026: platform.claude.com/docs "Pricing" for Anthropic,
 * developers.openai.com/api/docs/pricing as republished by third parties for OpenAI. Dated snapshots (`-20251101`,
 * `-2026-03-05`) cost what their model does. What is not here has no known price; `policy.model.prices` goes first.
 */
export const LIST_PRICES: Readonly<Record<string, Price>> = {
  "anthropic/claude-opus-5": anthropic(5, 25, 0.5),
  "anthropic/claude-opus-4-8": anthropic(5, 25, 0.5),
  "anthropic/claude-opus-4-7": anthropic(5, 25, 0.5),
  "anthropic/claude-opus-4-6": anthropic(5, 25, 0.5),
  "anthropic/claude-opus-4-5": anthropic(5, 25, 0.5),
  "anthropic/claude-sonnet-5": anthropic(2, 10, 0.2),
  "anthropic/claude-sonnet-4-6": anthropic(3, 15, 0.3),
  "anthropic/claude-sonnet-4-5": anthropic(3, 15, 0.3),
  "anthropic/claude-haiku-4-5": anthropic(1, 5, 0.1),
  "openai/gpt-5.4": openai(2.5, 15, 0.25),
  "openai/gpt-5.4-mini": openai(0.75, 4.5, 0.075),
  "openai/gpt-5.4-nano": openai(0.2, 1.25, 0.02),
  "openai/gpt-5-mini": openai(0.25, 2, 0.025),
};
