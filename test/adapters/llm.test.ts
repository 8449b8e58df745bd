import { Hono } from "hono";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import * as z from "zod";
import { type Served, serveApp } from "../../demo/kit/serve.ts";
import { createLanguageModel, type ModelConfig } from "../../lib/adapters/llm/index.ts";
import { AppError } from "../../lib/kernel/errors.ts";
import type { Message } from "../../lib/llm/model.ts";
import type { ModelCall } from "../../lib/llm/ports.ts";
import toolUse from "../fixtures/llm/anthropic-tool-use.json" with { type: "json" };
import functionCall from "../fixtures/llm/openai-function-call.json" with { type: "json" };
import openaiText from "../fixtures/llm/openai-text.json" with { type: "json" };

const schema = z.object({ cause: z.string() });
const ANSWER = JSON.stringify({ cause: "the coupon is null" });
const tools = ["get_weather", "get_current_weather"].map((name) => ({
  name,
  description: "The weather.",
  input: z.strictObject({ location: z.string(), unit: z.string().nullable() }),
}));
const QUESTION: Message = { role: "user", text: "why?" };
const call = (changes: Partial<ModelCall<z.infer<typeof schema>>> = {}) => ({
  system: "You explain.",
  messages: [QUESTION],
  tools,
  schema,
  maxOutputTokens: 500,
  timeoutMs: 2_000,
  ...changes,
});

const inText = (text: string) => ({ ...toolUse, stop_reason: "end_turn", content: [{ type: "text", text }] });
const inResponse = (text: string) => {
  const [message] = openaiText.output;
  return { ...openaiText, output: [{ ...message, content: [{ type: "output_text", text, annotations: [] }] }] };
};
const inChat = (message: Record<string, unknown>, finish = "stop") => ({
  id: "chat-1",
  object: "chat.completion",
  created: 1,
  model: "own",
  choices: [{ index: 0, message: { role: "assistant", content: null, ...message }, finish_reason: finish }],
  usage: { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120, prompt_tokens_details: { cached_tokens: 60 } },
});

interface Sent {
  path: string;
  headers: Record<string, string>;
  body: Record<string, unknown>;
}

let served: Served;
let sent: Sent[];
let reply: () => Response | Promise<Response>;

beforeEach(async () => {
  sent = [];
  const app = new Hono();
  app.post("*", async (c) => {
    sent.push({ path: c.req.path, headers: c.req.header(), body: await c.req.json() });
    return reply();
  });
  served = await serveApp(app);
});
afterEach(() => served.close());

const json = (body: unknown, status = 200, headers: Record<string, string> = {}) => {
  reply = () => Response.json(body, { status, headers });
};
const model = (provider: ModelConfig["provider"]) =>
  createLanguageModel({ provider, model: "some-model", apiKey: "secret-key-1234", baseUrl: `${served.url}/v1` });
const claude = () =>
  createLanguageModel({
    provider: "anthropic",
    model: "claude-opus-4-8",
    apiKey: "secret-key-1234",
    baseUrl: `${served.url}/v1`,
  });

async function failureOf(promise: Promise<unknown>): Promise<AppError> {
  const error = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof AppError)) throw new Error(`no AppError: ${String(error)}`);
  return error;
}

describe("Anthropic", () => {
  it("is asked with key, tools, limit and a cached system text, and its calls are handed on", async () => {
    json(toolUse);
    const { answer, usage, finish } = await claude().ask(call());
    expect(sent[0]).toMatchObject({ path: "/v1/messages", headers: { "x-api-key": "secret-key-1234" } });
    expect(sent[0]?.body).toMatchObject({ model: "claude-opus-4-8", max_tokens: 500 });
    expect(JSON.stringify(sent[0]?.body.system)).toContain('"cache_control":{"type":"ephemeral"}');
    expect(answer).toMatchObject({ type: "calls", calls: [{ name: "get_weather", input: { location: "Paris" } }] });
    expect(usage).toEqual({ inputTokens: 377, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 65 });
    expect(finish).toBe("tool-calls");
  });

  it("counts the cache beside its input", async () => {
    const usage = {
      input_tokens: 10,
      cache_creation_input_tokens: 200,
      cache_read_input_tokens: 3_000,
      output_tokens: 5,
    };
    json({ ...inText(ANSWER), usage });
    const asked = await claude().ask(call());
    expect(asked.answer).toMatchObject({ type: "answer", value: { cause: "the coupon is null" } });
    expect(asked.usage).toEqual({ inputTokens: 10, cacheReadTokens: 3_000, cacheWriteTokens: 200, outputTokens: 5 });
  });

  it.each([
    ["max_tokens", "cut_off"],
    ["model_context_window_exceeded", "cut_off"],
    ["refusal", "refused"],
    ["end_turn", "no_answer"],
    ["pause_turn", "no_answer"],
  ])("hands on no call of a turn that ended with %s", async (stop_reason, type) => {
    json({ ...toolUse, stop_reason });
    const { answer } = await claude().ask(call());
    expect(answer.type).toBe(type);
    expect(answer).not.toHaveProperty("calls");
    expect(JSON.stringify(answer)).not.toContain("tool-call");
  });

  it("gets its conversation back: calls with their results, and last turn's end cached", async () => {
    json(toolUse);
    const { answer } = await claude().ask(call());
    if (answer.type !== "calls") throw new Error("no calls");
    const [asked] = answer.calls;
    const results = [{ callId: asked?.id ?? "", name: "get_weather", text: "rain", isError: false }];
    const stored = JSON.parse(JSON.stringify([QUESTION, answer.message, { role: "tool", results }])) as Message[];
    json(inText(ANSWER));
    await claude().ask(call({ messages: stored }));
    const messages = sent[1]?.body.messages as { role: string; content: Record<string, unknown>[] }[];
    expect(messages.map(({ role }) => role)).toEqual(["user", "assistant", "user"]);
    expect(messages[1]?.content).toContainEqual(
      expect.objectContaining({ type: "tool_use", id: asked?.id, input: { location: "Paris" } }),
    );
    expect(messages[2]?.content).toContainEqual(
      expect.objectContaining({ type: "tool_result", tool_use_id: asked?.id, cache_control: { type: "ephemeral" } }),
    );
  });

  it("is not asked a second time by itself, and says when to come back", async () => {
    const error = { type: "error", error: { type: "rate_limit_error", message: "slow down" } };
    json(error, 429, { "retry-after": "17" });
    const limited = await failureOf(claude().ask(call()));
    expect(limited).toMatchObject({
      code: "provider_rate_limited",
      retry: { afterMs: 17_000 },
      context: { status: 429 },
    });
    json(error, 429, { "retry-after-ms": "2500" });
    expect(await failureOf(claude().ask(call()))).toMatchObject({ retry: { afterMs: 3_000 } });
    json({ type: "error", error: { type: "overloaded_error", message: "Overloaded" } }, 529);
    expect(await failureOf(claude().ask(call()))).toMatchObject({
      code: "provider_unavailable",
      retry: "later",
      context: { status: 529 },
    });
    expect(sent).toHaveLength(3);
  });

  it.each([
    [400, "provider_rejected", "never"],
    [401, "provider_unauthorized", "never"],
    [404, "provider_not_found", "never"],
    [500, "provider_unavailable", "later"],
  ])("answering %i is %s", async (status, code, retry) => {
    json({ type: "error", error: { type: "x", message: "what was asked: why?" } }, status);
    const error = await failureOf(claude().ask(call()));
    expect(error).toMatchObject({ code, retry });
    expect(JSON.stringify([error.message, error.context, error.cause])).not.toMatch(/secret-key|why\?/);
  });

  it("that does not answer in time, or not at all, may have billed: no status is told", async () => {
    reply = () => new Promise<Response>((resolve) => setTimeout(() => resolve(Response.json({})), 1_500));
    const late = await failureOf(claude().ask(call({ timeoutMs: 100 })));
    expect(late).toMatchObject({ code: "provider_timeout", retry: "later" });
    expect(late.context).not.toHaveProperty("status");
    await served.close();
    expect(await failureOf(claude().ask(call()))).toMatchObject({ code: "provider_unreachable", retry: "later" });
  });

  it.each([
    ["no JSON", () => new Response("<html>", { headers: { "content-type": "text/html" } })],
    ["another shape", () => Response.json({ hello: 1 })],
  ])("answering in %s is a bad answer", async (_, answer) => {
    reply = answer;
    const error = await failureOf(claude().ask(call()));
    expect(error).toMatchObject({ code: "provider_bad_answer", retry: "later" });
    expect(error.context).not.toHaveProperty("status");
  });

  it("answering megabytes is not read to the end", async () => {
    reply = () =>
      new Response(`{"x": "${"y".repeat(3 * 1024 * 1024)}"}`, { headers: { "content-type": "application/json" } });
    expect(await failureOf(claude().ask(call()))).toMatchObject({ code: "provider_answer_too_large", retry: "never" });
  });
});

describe("OpenAI", () => {
  it("is asked by its Responses API, keeps nothing, and its arguments are read", async () => {
    json(functionCall);
    const { answer } = await model("openai").ask(call());
    expect(sent[0]).toMatchObject({ path: "/v1/responses", headers: { authorization: "Bearer secret-key-1234" } });
    expect(sent[0]?.body).toMatchObject({
      store: false,
      max_output_tokens: 500,
      text: { format: { type: "json_schema" } },
    });
    const input = { location: "Boston, MA", unit: "celsius" };
    expect(answer).toMatchObject({ type: "calls", calls: [{ name: "get_current_weather", input }] });
  });

  it("counts the cache within its input", async () => {
    const usage = {
      input_tokens: 1_000,
      input_tokens_details: { cached_tokens: 900 },
      output_tokens: 7,
      total_tokens: 1_007,
    };
    json({ ...inResponse(ANSWER), usage: { ...usage, output_tokens_details: { reasoning_tokens: 3 } } });
    const asked = await model("openai").ask(call());
    expect(asked.answer).toMatchObject({ type: "answer", value: { cause: "the coupon is null" } });
    expect(asked.usage).toEqual({ inputTokens: 100, cacheReadTokens: 900, cacheWriteTokens: 0, outputTokens: 7 });
  });

  it("reads a published sample that tells no details", async () => {
    const { usage: _, ...rest } = inResponse(ANSWER);
    json({ ...rest, usage: { input_tokens: 36, output_tokens: 87, total_tokens: 123 } });
    const { usage } = await model("openai").ask(call());
    expect(usage).toEqual({ inputTokens: 36, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 87 });
  });

  it("refusing with 200 is a refusal", async () => {
    const [message] = openaiText.output;
    json({ ...openaiText, output: [{ ...message, content: [{ type: "refusal", refusal: "I cannot." }] }] });
    expect((await model("openai").ask(call())).answer).toEqual({ type: "refused" });
  });

  it("incomplete by its limit hands on no call", async () => {
    json({ ...functionCall, status: "incomplete", incomplete_details: { reason: "max_output_tokens" } });
    expect((await model("openai").ask(call())).answer).toEqual({ type: "cut_off" });
  });

  it("without credit is told as a limit", async () => {
    json({ error: { message: "no credit", type: "insufficient_quota", code: "insufficient_quota", param: null } }, 429);
    expect(await failureOf(model("openai").ask(call()))).toMatchObject({ code: "provider_rate_limited" });
  });
});

describe("an endpoint of one's own", () => {
  const own = () => model("openai-compatible");
  const answered = (body: unknown) => {
    json(body);
    return own().ask(call());
  };

  it("is told of the answer's shape in words beside tools, and bound to it without", async () => {
    const { answer, usage } = await answered(inChat({ content: `\`\`\`json\n${ANSWER}\n\`\`\`` }));
    expect(sent[0]).toMatchObject({ path: "/v1/chat/completions" });
    expect(sent[0]?.body).not.toHaveProperty("response_format");
    expect(JSON.stringify(sent[0]?.body.messages)).toContain("JSON Schema");
    expect(answer).toMatchObject({ type: "answer", value: { cause: "the coupon is null" } });
    expect(usage).toEqual({ inputTokens: 40, cacheReadTokens: 60, cacheWriteTokens: 0, outputTokens: 20 });
    json(inChat({ content: ANSWER }));
    await own().ask(call({ tools: [] }));
    expect(sent[1]?.body).toMatchObject({ response_format: { type: "json_schema" } });
    expect(sent[1]?.body).not.toHaveProperty("tools");
  });

  it.each([
    ["not JSON", "It is the coupon."],
    ["of another shape", '{"why": 1}'],
    ["half", '{"cause": "the cou'],
  ])("whose answer is %s gave none", async (_, content) => {
    expect((await answered(inChat({ content }))).answer).toMatchObject({
      type: "no_answer",
      message: { text: content },
    });
  });

  const asking = (args: string) => ({
    tool_calls: [{ id: "c1", type: "function", function: { name: "get_weather", arguments: args } }],
  });

  it("whose arguments are half written hands them on as text that no tool takes, only at the turn's own end", async () => {
    const whole = await answered(inChat(asking('{"location": "Pa'), "tool_calls"));
    expect(whole.answer).toMatchObject({ type: "calls", calls: [{ input: '{"location": "Pa' }] });
    expect((await answered(inChat(asking('{"location": "Pa'), "length"))).answer).toEqual({ type: "cut_off" });
    expect((await answered(inChat(asking("{}"), "stop"))).answer).toMatchObject({ type: "no_answer" });
  });

  it("that tells no usage leaves it unknown", async () => {
    const { usage: _, ...rest } = inChat({ content: ANSWER });
    expect((await answered(rest)).usage).toBeNull();
  });

  it("that asks for no key gets none", async () => {
    json(inChat({ content: ANSWER }));
    const config = { provider: "openai-compatible", model: "own", apiKey: null, baseUrl: `${served.url}/v1` } as const;
    await createLanguageModel(config).ask(call());
    expect(sent[0]?.headers).not.toHaveProperty("authorization");
  });
});

it("a model without its address or key is not made", () => {
  const config = { model: "m", apiKey: null, baseUrl: null };
  expect(() => createLanguageModel({ ...config, provider: "anthropic" })).toThrow(/lacks its address or key/);
  expect(() => createLanguageModel({ ...config, provider: "openai-compatible" })).toThrow(/lacks its address or key/);
});
