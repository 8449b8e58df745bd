import type { Price, Usage } from "./model.ts";
import { LIST_PRICES } from "./prices.ts";

const SNAPSHOT = /-(?:\d{8}|\d{4}-\d{2}-\d{2})$/;
const MILLION = 1_000_000;

/** The price of `provider/model`: the operator's own, else the list's, else null. */
export function priceOf(name: string, own: Readonly<Record<string, Price>>): Price | null {
  const base = name.replace(SNAPSHOT, "");
  for (const [table, key] of [
    [own, name],
    [own, base],
    [LIST_PRICES, base],
  ] as const) {
    const price = Object.hasOwn(table, key) ? table[key] : undefined;
    if (price) return price;
  }
  return null;
}

/** What the tokens cost in US dollars, or null where the price is not known. */
export function costOf(usage: Usage, price: Price | null): number | null {
  if (price === null) return null;
  const { inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens } = usage;
  const cost =
    inputTokens * price.inputUsd +
    cacheReadTokens * price.cacheReadUsd +
    cacheWriteTokens * price.cacheWriteUsd +
    outputTokens * price.outputUsd;
  return cost / MILLION;
}

/** Bytes that a token stands for, at the least that code and prose come to: more of them would be too few tokens. */
const BYTES_A_TOKEN = 3;

/** An upper bound for a call that was not made yet: all input at its dearest, and as much output as it may give. */
export function reserveFor(
  call: { inputBytes: number; maxOutputTokens: number },
  price: Price | null,
): { tokens: number; costUsd: number | null } {
  const input = Math.ceil(call.inputBytes / BYTES_A_TOKEN);
  const dearest = price && Math.max(price.inputUsd, price.cacheWriteUsd);
  return {
    tokens: input + call.maxOutputTokens,
    costUsd: price && ((dearest ?? 0) * input + price.outputUsd * call.maxOutputTokens) / MILLION,
  };
}
