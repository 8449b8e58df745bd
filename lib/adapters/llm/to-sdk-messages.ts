import type { AssistantContent, ModelMessage } from "ai";
import type { Message, ToolCall } from "../../llm/model.ts";

/** Anthropic's cache for five minutes: the next step reads what this one wrote. Other providers cache by themselves. */
export const CACHED = { anthropic: { cacheControl: { type: "ephemeral" } } } as const;

type AssistantParts = Exclude<AssistantContent, string>;

/** Providers take nothing but an object back; a call whose input was none is answered with an error all the same. */
const inputOf = (input: unknown): object => (typeof input === "object" && input !== null ? input : {});

const callPart = ({ id, name, input }: ToolCall) =>
  ({ type: "tool-call", toolCallId: id, toolName: name, input: inputOf(input) }) as const;

function assistantParts(message: Extract<Message, { role: "assistant" }>, model: string): AssistantParts {
  if (message.raw?.model === model) return message.raw.parts as AssistantParts;
  const text = message.text === "" ? [] : [{ type: "text", text: message.text } as const];
  return [...text, ...message.calls.map(callPart)];
}

function toSdkMessage(message: Message, model: string): ModelMessage {
  switch (message.role) {
    case "user":
      return { role: "user", content: message.text };
    case "assistant":
      return { role: "assistant", content: assistantParts(message, model) };
    case "tool":
      return {
        role: "tool",
        content: message.results.map(({ callId, name, text, isError }) => ({
          type: "tool-result",
          toolCallId: callId,
          toolName: name,
          output: { type: isError ? "error-text" : "text", value: text },
        })),
      };
  }
}

/** A conversation in the SDK's words. What a provider wants to see again (signed reasoning) goes back to that model only. */
export function toSdkMessages(messages: readonly Message[], model: string): ModelMessage[] {
  const sdk = messages.map((message) => toSdkMessage(message, model));
  const last = sdk.at(-1);
  return last ? [...sdk.slice(0, -1), { ...last, providerOptions: CACHED }] : [];
}

/** Longer arguments are none that a tool of ours takes. */
const MOST_INPUT = 8_000;
const MOST_TEXT = 20_000;

/** A value as Postgres takes it in jsonb, which knows neither NUL nor halves of surrogate pairs. */
function storable<T>(value: T): T {
  return JSON.parse(
    JSON.stringify(value, (_, one: unknown) =>
      typeof one === "string" ? one.replaceAll("\u0000", "").toWellFormed() : one,
    ),
  ) as T;
}

function boundedInput(input: unknown): unknown {
  return input === undefined || JSON.stringify(input).length > MOST_INPUT ? {} : input;
}

/** The calls as they are kept: bounded, and storable. */
export function toCalls(calls: readonly { toolCallId: string; toolName: string; input: unknown }[]): ToolCall[] {
  return storable(
    calls.map(({ toolCallId, toolName, input }) => ({
      id: toolCallId.slice(0, 200),
      name: toolName.slice(0, 200),
      input: boundedInput(input),
    })),
  );
}

/** What the model said, as it is kept: text, calls, and its own parts with every call's input made an object. */
export function toMessage(said: {
  text: string;
  calls: ToolCall[];
  parts: readonly ModelMessage[];
  model: string;
}): Message {
  const content = said.parts.find((part) => part.role === "assistant")?.content;
  const parts = Array.isArray(content)
    ? (content as AssistantParts).map((part) =>
        part.type === "tool-call" ? { ...part, input: inputOf(boundedInput(part.input)) } : part,
      )
    : null;
  const raw = parts === null ? null : { model: said.model, parts };
  return storable({ role: "assistant", text: said.text.slice(0, MOST_TEXT), calls: said.calls, raw });
}

/** What it said without calls: a call that nobody answers may not stay in a conversation. */
export function spokenOnly(text: string): Message {
  return storable({ role: "assistant", text: text.slice(0, MOST_TEXT) || "(nothing)", calls: [], raw: null });
}
