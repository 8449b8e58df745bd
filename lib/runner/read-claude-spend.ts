import * as z from "zod";
import { parseJson, type SpendMeter } from "./cli-result-model.ts";

/** US dollars for a million tokens. */
interface Price {
  input: number;
  output: number;
  cacheRead: number;
  cacheWrite: number;
}

/** What claude 2.1.329 itself computes, read off its own results; a model is known by the beginning of its name. */
const PRICES: readonly (readonly [name: string, price: Price])[] = [
  ["claude-fable-5", { input: 8, output: 40, cacheRead: 0.2, cacheWrite: 10 }],
  ["claude-opus-5", { input: 4, output: 20, cacheRead: 0.2, cacheWrite: 5 }],
  ["claude-opus-4", { input: 5, output: 25, cacheRead: 0.5, cacheWrite: 6.25 }],
  ["claude-sonnet-5", { input: 2, output: 10, cacheRead: 0.1, cacheWrite: 2.5 }],
  ["claude-sonnet-4", { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75 }],
  ["claude-haiku-5", { input: 0.1, output: 0.5, cacheRead: 0.01, cacheWrite: 0.125 }],
  ["claude-haiku-4", { input: 1, output: 5, cacheRead: 0.1, cacheWrite: 1.25 }],
];
/** Dearer than any of them: an unknown model is stopped too early rather than too late. */
const UNKNOWN_PRICE: Price = { input: 8, output: 40, cacheRead: 0.5, cacheWrite: 10 };

const tokens = z.number().nonnegative().nullish();
const messageSchema = z.object({
  type: z.literal("assistant"),
  message: z.object({
    id: z.string(),
    model: z.string(),
    content: z.unknown(),
    usage: z.object({
      input_tokens: tokens,
      output_tokens: tokens,
      cache_read_input_tokens: tokens,
      cache_creation_input_tokens: tokens,
    }),
  }),
});
type Message = z.infer<typeof messageSchema>["message"];

/** Low, so that the guess is high: a message tells its input truly, but its output as it was when it began. */
const CHARACTERS_A_TOKEN = 3;

/**
 * Estimates what a `claude` run (stream-json) has cost so far. Its own limit looks between turns and is known to overshoot;
 * this one sees every message, those of sub-agents too.
 */
export function meterClaude(): SpendMeter {
  const messages = new Map<string, { message: Message; characters: number }>();
  return {
    add(line) {
      if (!line.includes('"type":"assistant"')) return;
      const parsed = messageSchema.safeParse(parseJson(line));
      if (!parsed.success) return;
      const { message } = parsed.data;
      // One message comes in several lines, one a block, each with the same usage.
      const before = messages.get(message.id)?.characters ?? 0;
      messages.set(message.id, { message, characters: before + JSON.stringify(message.content ?? "").length });
    },
    spentUsd: () =>
      messages.size === 0 ? null : [...messages.values()].reduce((total, one) => total + costOf(one), 0),
  };
}

function costOf({ message, characters }: { message: Message; characters: number }): number {
  const { usage, model } = message;
  const price = PRICES.find(([name]) => model.startsWith(name))?.[1] ?? UNKNOWN_PRICE;
  const output = Math.max(usage.output_tokens ?? 0, characters / CHARACTERS_A_TOKEN);
  const dollars =
    (usage.input_tokens ?? 0) * price.input +
    output * price.output +
    (usage.cache_read_input_tokens ?? 0) * price.cacheRead +
    (usage.cache_creation_input_tokens ?? 0) * price.cacheWrite;
  return dollars / 1_000_000;
}
