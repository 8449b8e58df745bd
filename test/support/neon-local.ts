import { createServer, type IncomingMessage } from "node:http";
import net from "node:net";
import { neonConfig } from "@neondatabase/serverless";
import pg from "pg";
import { createWebSocketStream, type WebSocket, WebSocketServer } from "ws";
import * as z from "zod";

export interface LocalNeon {
  /** The database as Neon would name it, by a host name of theirs. */
  url: string;
  port: number;
  /** How many HTTP requests and WebSocket connections were made. */
  counts: { requests: number; sockets: number };
  stop(): Promise<void>;
}

const queryShape = z.object({ query: z.string(), params: z.array(z.unknown()).default([]) });
const bodySchema = z.union([z.object({ queries: z.array(queryShape) }), queryShape]);
type Query = z.infer<typeof queryShape>;

/** What Neon tells of a failed statement, by its driver's error class. */
const ERROR_FIELDS = [
  "message",
  "code",
  "detail",
  "hint",
  "schema",
  "table",
  "column",
  "constraint",
  "severity",
] as const;

/** Neon answers every value as text; its driver does the parsing. */
const AS_TEXT = { getTypeParser: () => (value: unknown) => value };

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString("utf8");
}

async function answerQuery(client: pg.PoolClient, { query, params }: Query, isArrayMode: boolean) {
  const values = { text: query, values: params, types: AS_TEXT };
  const result = isArrayMode ? await client.query({ ...values, rowMode: "array" }) : await client.query(values);
  const { command, rowCount, fields, rows } = result;
  return { command, rowCount, rowAsArray: isArrayMode, fields, rows };
}

async function answerBatch(client: pg.PoolClient, queries: Query[], isArrayMode: boolean) {
  await client.query("BEGIN");
  try {
    const results = [];
    for (const query of queries) results.push(await answerQuery(client, query, isArrayMode));
    await client.query("COMMIT");
    return { results };
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  }
}

async function answerBody(pool: pg.Pool, text: string, isArrayMode: boolean): Promise<unknown> {
  const body = bodySchema.parse(JSON.parse(text));
  const client = await pool.connect();
  try {
    return "queries" in body
      ? await answerBatch(client, body.queries, isArrayMode)
      : await answerQuery(client, body, isArrayMode);
  } finally {
    client.release();
  }
}

function errorFields(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: String(error) };
  const known = error as unknown as Record<string, unknown>;
  return Object.fromEntries(ERROR_FIELDS.map((field) => [field, known[field]]));
}

/** The WebSocket is a tunnel to Postgres' own port. */
function tunnel(socket: WebSocket, to: { host: string; port: number }): void {
  const server = net.connect({ ...to, noDelay: true });
  const client = createWebSocketStream(socket);
  client.pipe(server).pipe(client);
  client.on("error", () => server.destroy());
  server.on("error", () => socket.terminate());
}

function createPools(target: URL) {
  const pools = new Map<string, pg.Pool>();
  return {
    /** The pool of the database that a Neon URL names. */
    poolOf(neonUrl: string): pg.Pool {
      const { pathname } = new URL(neonUrl);
      const url = new URL(target);
      url.pathname = pathname;
      const pool = pools.get(pathname) ?? new pg.Pool({ connectionString: url.href, max: 4 });
      if (!pools.has(pathname)) pool.on("error", () => {});
      pools.set(pathname, pool);
      return pool;
    },
    endPools: () => Promise.all([...pools.values()].map((pool) => pool.end())),
  };
}

/**
 * Neon's proxy over any Postgres: `POST /sql` for single statements and batches, and the WebSocket that its pool speaks
 * Postgres' protocol through. Both reach the server of `databaseUrl`, and there the database that they name.
 */
export async function startNeonLocal(databaseUrl: string): Promise<LocalNeon> {
  const target = new URL(databaseUrl);
  const { poolOf, endPools } = createPools(target);
  const counts = { requests: 0, sockets: 0 };
  const server = createServer(async (request, response) => {
    counts.requests += 1;
    try {
      const isArrayMode = request.headers["neon-array-mode"] === "true";
      const pool = poolOf(String(request.headers["neon-connection-string"]));
      const answer = await answerBody(pool, await readBody(request), isArrayMode);
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
    } catch (error) {
      response.writeHead(400, { "content-type": "application/json" }).end(JSON.stringify(errorFields(error)));
    }
  });
  new WebSocketServer({ server }).on("connection", (socket) => {
    counts.sockets += 1;
    tunnel(socket, { host: target.hostname, port: Number(target.port) });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("neon-local: no port");
  return {
    url: `postgres://${target.username}:${target.password}@ep-test-123456.eu-central-1.aws.neon.tech${target.pathname}`,
    port: address.port,
    counts,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await endPools();
    },
  };
}

/** Sends this process's Neon driver to the local proxy instead of Neon. */
export function useLocalNeon({ port }: LocalNeon): void {
  neonConfig.fetchEndpoint = () => `http://127.0.0.1:${port}/sql`;
  neonConfig.wsProxy = () => `127.0.0.1:${port}/v1`;
  neonConfig.useSecureWebSocket = false;
  neonConfig.pipelineTLS = false;
}
