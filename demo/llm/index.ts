import { Hono } from "hono";
import { type Log, serveApp } from "../kit/serve.ts";
import { takeReviewTurn } from "./colleague.ts";
import { type ChatMessage, type ChatTurn, takeTurn } from "./detective.ts";

export interface DemoLlm {
  /** With its version path, as LLM_BASE_URL takes it. */
  baseUrl: string;
  /** How many turns were asked for. */
  turns(): number;
  close(): Promise<void>;
}

/** `taken-over`: it obeys what is written in the code that it reviews. */
export type ModelMode = "rules" | "taken-over";

export const DEMO_MODEL = "openai-compatible/demo-detective";

interface ChatRequest {
  model: string;
  messages: ChatMessage[];
  tools?: unknown[];
}

/** Roughly as many tokens as such a text has. */
const tokensOf = (value: unknown) => Math.ceil(JSON.stringify(value).length / 4);

function completion(request: ChatRequest, turn: ChatTurn, id: number) {
  const message = { role: "assistant", content: turn.text, ...(turn.calls && { tool_calls: turn.calls }) };
  const [prompt, answer] = [tokensOf(request.messages), tokensOf(message)];
  return {
    id: `chatcmpl-demo-${id}`,
    object: "chat.completion",
    created: Math.floor(Date.now() / 1_000),
    model: request.model,
    choices: [{ index: 0, message, finish_reason: turn.calls ? "tool_calls" : "stop" }],
    usage: { prompt_tokens: prompt, completion_tokens: answer, total_tokens: prompt + answer },
  };
}

/**
 * An endpoint that speaks OpenAI's chat completions. Behind it is **no language model** but a few rules
 * (`detective.ts` for incidents, `colleague.ts` for reviews) that look at what was really sent: it shows how an
 * investigated incident or a reviewed pull request looks, and says nothing about how good a model is.
 */
export async function startDemoLlm(options: { log: Log; mode?: ModelMode }): Promise<DemoLlm> {
  const app = new Hono();
  let turns = 0;
  app.post("/v1/chat/completions", async (c) => {
    const request = await c.req.json<ChatRequest>();
    turns += 1;
    const isTakenOver = options.mode === "taken-over";
    const turn =
      takeReviewTurn(request.messages, isTakenOver) ?? takeTurn(request.messages, (request.tools ?? []).length > 0);
    options.log(`llm: turn ${turns}: ${turn.calls ? turn.calls.map((one) => one.function.name).join(", ") : "answer"}`);
    return c.json(completion(request, turn, turns));
  });
  const served = await serveApp(app);
  return { baseUrl: `${served.url}/v1`, turns: () => turns, close: served.close };
}
