import type { MockLanguageModelV4 } from "ai/test";

export type AskedOptions = Parameters<MockLanguageModelV4["doGenerate"]>[0];

export interface ToolUse {
  name: string;
  /** The one argument that tells calls apart: a path, a query, or nothing. */
  about: string;
  /** What it answered. */
  shown: string;
}

/** What a model was sent, in the order in which it reads. */
export interface Conversation {
  system: string;
  /** The first message: what is known of the error. */
  facts: string;
  used: ToolUse[];
  tools: string[];
}

const stringOf = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

export function aboutOf(input: unknown): string {
  const { path, query } = (typeof input === "object" && input !== null ? input : {}) as {
    path?: unknown;
    query?: unknown;
  };
  return stringOf(path ?? query ?? "");
}

/** Reads the SDK's own prompt, as the recorded model answers to it. */
export function readConversation({ prompt, tools }: AskedOptions): Conversation {
  const uses = new Map<string, ToolUse>();
  let system = "";
  let facts = "";
  for (const message of prompt) {
    if (message.role === "system") system += message.content;
    else if (message.role === "user") {
      const text = message.content.map((part) => (part.type === "text" ? part.text : "")).join("\n");
      facts ||= text;
    } else {
      for (const part of message.content) {
        if (part.type === "tool-call") {
          uses.set(part.toolCallId, { name: part.toolName, about: aboutOf(part.input), shown: "" });
        } else if (part.type === "tool-result") {
          const use = uses.get(part.toolCallId);
          if (use && "value" in part.output) use.shown = stringOf(part.output.value);
        }
      }
    }
  }
  return { system, facts, used: [...uses.values()], tools: (tools ?? []).map(({ name }) => name) };
}
