import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { Hono } from "hono";
import { Redis } from "ioredis";
import * as z from "zod";
import { type Served, serveApp } from "../../demo/kit/serve.ts";

/** Whether a real Redis can be started here (Debian: `apt-get install redis-server`). */
export const hasRedis = spawnSync("redis-server", ["--version"]).status === 0;

export interface KvRest {
  url: string;
  token: string;
  redis: Redis;
  /** Stops answering, as an outage of the store. */
  closeBridge(): Promise<void>;
  close(): Promise<void>;
}

const commandSchema = z.array(z.union([z.string(), z.number()])).min(1);
type Command = z.infer<typeof commandSchema>;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}

async function startRedis(): Promise<{ process: ChildProcess; redis: Redis }> {
  const port = await freePort();
  const memoryOnly = ["--save", "", "--appendonly", "no", "--bind", "127.0.0.1"];
  const process = spawn("redis-server", ["--port", String(port), ...memoryOnly], { stdio: "ignore" });
  const redis = new Redis({ port, host: "127.0.0.1", lazyConnect: true, retryStrategy: () => 20 });
  redis.on("error", () => {});
  // Not `once` of node:events, which ends with the first "error": the server may need several tries to be there.
  const isReady = new Promise<void>((resolve) => redis.once("ready", () => resolve()));
  await redis.connect().catch(() => isReady);
  return { process, redis };
}

const asBase64 = (text: string) => Buffer.from(text, "utf8").toString("base64");

/** Upstash encodes strings, but not the status OK, when the client asks for base64 (`Upstash-Encoding`). */
function encode(value: unknown, isBase64: boolean): unknown {
  if (Array.isArray(value)) return value.map((one) => encode(one, isBase64));
  if (typeof value !== "string" || value === "OK" || !isBase64) return value;
  return asBase64(value);
}

type Reply = { result: unknown } | { error: string };

function createBridge(redis: Redis, token: string): Hono {
  const app = new Hono();
  const run = async ([name, ...args]: Command, isBase64: boolean): Promise<Reply> => {
    try {
      return { result: encode(await redis.call(String(name), args.map(String)), isBase64) };
    } catch (thrown) {
      return { error: thrown instanceof Error ? thrown.message : String(thrown) };
    }
  };
  app.use(async (c, next) => {
    if (c.req.header("authorization") === `Bearer ${token}`) return next();
    return c.json({ error: "WRONGPASS invalid or missing auth token" }, 401);
  });
  app.post("/", async (c) => {
    const reply = await run(commandSchema.parse(await c.req.json()), c.req.header("upstash-encoding") === "base64");
    return c.json(reply, "error" in reply ? 400 : 200);
  });
  app.post("/multi-exec", async (c) => {
    const commands = z.array(commandSchema).parse(await c.req.json());
    const isBase64 = c.req.header("upstash-encoding") === "base64";
    const transaction = redis.multi();
    for (const [name, ...args] of commands) transaction.call(String(name), args.map(String));
    const replies = (await transaction.exec()) ?? [];
    return c.json(
      replies.map(([error, value]) => (error ? { error: error.message } : { result: encode(value, isBase64) })),
    );
  });
  app.post("/pipeline", async (c) => {
    const commands = z.array(commandSchema).parse(await c.req.json());
    const isBase64 = c.req.header("upstash-encoding") === "base64";
    const replies: Reply[] = [];
    for (const command of commands) replies.push(await run(command, isBase64));
    return c.json(replies);
  });
  return app;
}

/**
 * A real redis-server behind Upstash's REST protocol, as far as it concerns strings, numbers and lists of them: one
 * command as a JSON array to `/`, several to `/pipeline` and `/multi-exec` (upstash.com/docs/redis/features/restapi).
 */
export async function openKvRest(): Promise<KvRest> {
  const token = "kv-token";
  const { process, redis } = await startRedis();
  const served: Served = await serveApp(createBridge(redis, token));
  return {
    url: served.url,
    token,
    redis,
    closeBridge: () => served.close(),
    async close() {
      await served.close();
      redis.disconnect();
      process.kill();
      if (process.exitCode === null && process.signalCode === null) await once(process, "exit");
    },
  };
}
