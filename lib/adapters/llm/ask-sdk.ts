import { generateText, type LanguageModelUsage, NoObjectGeneratedError, Output, type ToolSet, tool } from "ai";
import * as z from "zod";
import type { Message, ModelAnswer, ModelProvider, ToolCall, Usage } from "../../llm/model.ts";
import type { ModelCall } from "../../llm/ports.ts";
import { toAppError } from "./errors.ts";
import { CACHED, spokenOnly, toCalls, toMessage, toSdkMessages } from "./to-sdk-messages.ts";

type SdkModel = Exclude<Parameters<typeof generateText>[0]["model"], string>;

export interface OpenedModel {
  name: string;
  provider: ModelProvider;
  model: SdkModel;
}

// The SDK prints what a provider does not support to standard output's neighbour; our log is one line an event.
Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false });

/** More of an answer than this is not read, and more calls in one turn are none that anybody means. */
const MOST_TEXT = 100_000;
const MOST_CALLS = 32;

/**
 * One turn by the SDK: no loop, no retry (jobs do both), and tools without `execute`, so that nothing is run here.
 * Calls are only handed on when the turn ended for them: a turn that was cut off can hold half a call.
 */
export async function askSdk<T>(
  opened: OpenedModel,
  call: ModelCall<T>,
): Promise<{ answer: ModelAnswer<T>; usage: Usage | null; finish: string }> {
  // Many servers that speak OpenAI's protocol cannot bind the answer's grammar and offer tools in one call.
  const describesShape = opened.provider === "openai-compatible" && call.tools.length > 0;
  try {
    const result = await generateText({
      model: opened.model,
      instructions: {
        role: "system",
        content: describesShape ? `${call.system}\n\n${describeShape(call.schema)}` : call.system,
        providerOptions: CACHED,
      },
      messages: toSdkMessages(call.messages, opened.name),
      tools: toolsOf(call),
      ...(describesShape ? {} : { output: Output.object({ schema: call.schema }) }),
      maxOutputTokens: call.maxOutputTokens,
      maxRetries: 0,
      // What was asked is about somebody's production: it is not kept for the provider's own console.
      providerOptions: { openai: { store: false } },
    });
    const calls = toCalls(result.toolCalls);
    const message = toMessage({
      text: result.text,
      calls,
      parts: result.response.messages,
      model: opened.name,
    });
    const turn = { finish: result.finishReason, text: result.text, calls, message };
    const answer = answerOf(turn, () =>
      describesShape ? readAnswer(call.schema, turn) : { type: "answer", value: result.output as T, message },
    );
    return { answer, usage: usageOf(result.usage), finish: result.finishReason };
  } catch (thrown) {
    if (NoObjectGeneratedError.isInstance(thrown)) {
      const { finishReason: finish = "stop", text = "", usage } = thrown;
      return { answer: unfinished(finish, text), usage: usage === undefined ? null : usageOf(usage), finish };
    }
    throw toAppError(opened.provider, thrown);
  }
}

function toolsOf({ tools }: ModelCall<unknown>): ToolSet {
  const set: ToolSet = {};
  for (const { name, description, input } of tools) set[name] = tool({ description, inputSchema: input });
  return set;
}

function describeShape(schema: z.ZodType): string {
  return `When you are done, answer with one JSON object of this JSON Schema and nothing else:\n${JSON.stringify(z.toJSONSchema(schema))}`;
}

interface Turn {
  finish: string;
  text: string;
  calls: ToolCall[];
  message: Message;
}

function answerOf<T>(turn: Turn, read: () => ModelAnswer<T>): ModelAnswer<T> {
  const { finish, text, calls, message } = turn;
  const without = (why: string): ModelAnswer<T> => ({ type: "no_answer", why, message: spokenOnly(text) });
  switch (finish) {
    case "tool-calls":
      if (calls.length > MOST_CALLS) return without(`it called ${calls.length} tools in one turn`);
      if (calls.length > 0) return { type: "calls", calls, message };
      return without("it ended its turn for tools and called none");
    case "stop":
      if (calls.length > 0) return without("it called tools without ending its turn for them");
      return text.length > MOST_TEXT ? without(`its answer has ${text.length} characters`) : read();
    default:
      return unfinished(finish, text);
  }
}

/** A turn that neither called tools nor came to its end. */
function unfinished<T>(finish: string, text: string): ModelAnswer<T> {
  if (finish === "content-filter") return { type: "refused" };
  if (finish === "length") return { type: "cut_off" };
  const why = finish === "stop" ? "its answer lacks the shape" : `its turn ended for another reason (${finish})`;
  return { type: "no_answer", why, message: spokenOnly(text) };
}

const FENCED = /^\s*```(?:json)?\s*\n([\s\S]*?)\n?```\s*$/;

/** The answer of a model that was only told of the shape. */
function readAnswer<T>(schema: z.ZodType<T>, { text, message }: Turn): ModelAnswer<T> {
  let value: unknown;
  try {
    value = JSON.parse(FENCED.exec(text)?.[1] ?? text);
  } catch {
    return { type: "no_answer", why: "its answer is not JSON", message: spokenOnly(text) };
  }
  const read = schema.safeParse(value);
  if (read.success) return { type: "answer", value: read.data, message };
  const place = read.error.issues[0]?.path.join(".") || "the whole";
  return { type: "no_answer", why: `its answer lacks the shape at ${place}`, message: spokenOnly(text) };
}

/**
 * The four kinds of tokens apart. Anthropic's own `input_tokens` leaves the cache out and OpenAI's has it in; the SDK's
 * total always has it in, and its details are the difference. Where a provider tells no details, all of it is input.
 */
function usageOf(usage: LanguageModelUsage): Usage | null {
  const { inputTokens, inputTokenDetails, outputTokens } = usage;
  if (inputTokens === undefined && outputTokens === undefined) return null;
  const cacheReadTokens = inputTokenDetails.cacheReadTokens ?? 0;
  const cacheWriteTokens = inputTokenDetails.cacheWriteTokens ?? 0;
  const uncached = inputTokenDetails.noCacheTokens ?? (inputTokens ?? 0) - cacheReadTokens - cacheWriteTokens;
  const whole = (tokens: number) => Math.max(0, Math.round(tokens));
  return {
    inputTokens: whole(uncached),
    cacheReadTokens: whole(cacheReadTokens),
    cacheWriteTokens: whole(cacheWriteTokens),
    outputTokens: whole(outputTokens ?? 0),
  };
}
