import { MockLanguageModelV4 } from "ai/test";
import { askSdk } from "../../lib/adapters/llm/ask-sdk.ts";
import type { LanguageModel } from "../../lib/llm/ports.ts";

type GenerateOptions = Parameters<MockLanguageModelV4["doGenerate"]>[0];
type Generated = Awaited<ReturnType<MockLanguageModelV4["doGenerate"]>>;

export const MODEL_NAME = "anthropic/claude-haiku-4-5";

const USAGE: Generated["usage"] = {
  inputTokens: { total: 1_000, noCache: 200, cacheRead: 700, cacheWrite: 100 },
  outputTokens: { total: 50, text: 50, reasoning: undefined },
};

/** One turn as a provider would give it. `calls`: tool name and arguments, as an object or as the text that was written. */
export function turn(said: {
  text?: string;
  calls?: [name: string, input: unknown][];
  finish?: Generated["finishReason"]["unified"];
}): Generated {
  const calls = (said.calls ?? []).map(([toolName, input], index) => ({
    type: "tool-call" as const,
    toolCallId: `call-${index}-${Math.random().toString(36).slice(2)}`,
    toolName,
    input: typeof input === "string" ? input : JSON.stringify(input),
  }));
  const text = said.text === undefined ? [] : [{ type: "text" as const, text: said.text }];
  const unified = said.finish ?? (calls.length > 0 ? "tool-calls" : "stop");
  return { content: [...text, ...calls], finishReason: { unified, raw: unified }, usage: USAGE, warnings: [] };
}

/** A turn that ends with this report. */
export const answers = (report: unknown): Generated => turn({ text: JSON.stringify(report) });

/**
 * A model of the SDK's own test provider behind our adapter. `play` is asked once a turn, with what the model was sent;
 * what it throws is what the provider would have answered.
 */
export function scriptedModel(play: (asked: { turn: number; prompt: string; tools: string[] }) => Generated): {
  model: LanguageModel;
  prompts: string[];
  calls: GenerateOptions[];
} {
  const prompts: string[] = [];
  const calls: GenerateOptions[] = [];
  const sdk = new MockLanguageModelV4({
    async doGenerate(options) {
      const prompt = JSON.stringify(options.prompt);
      prompts.push(prompt);
      calls.push(options);
      return play({ turn: prompts.length, prompt, tools: (options.tools ?? []).map((tool) => tool.name) });
    },
  });
  const model: LanguageModel = {
    name: MODEL_NAME,
    ask: (call) => askSdk({ name: MODEL_NAME, provider: "anthropic", model: sdk }, call),
  };
  return { model, prompts, calls };
}
