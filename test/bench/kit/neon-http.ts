import { createServer, type IncomingMessage } from "node:http";
import pg from "pg";
import * as z from "zod";

const queryShape = z.object({ query: z.string(), params: z.array(z.unknown()).default([]) });
const bodySchema = z.union([z.object({ queries: z.array(queryShape) }), queryShape]);
type Query = z.infer<typeof queryShape>;

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

async function answerBody(pool: pg.Pool, text: string, isArrayMode: boolean): Promise<unknown> {
  const body = bodySchema.parse(JSON.parse(text));
  const client = await pool.connect();
  try {
    if (!("queries" in body)) return await answerQuery(client, body, isArrayMode);
    await client.query("BEGIN");
    const results = [];
    for (const query of body.queries) results.push(await answerQuery(client, query, isArrayMode));
    await client.query("COMMIT");
    return { results };
  } finally {
    client.release();
  }
}

/**
 * Neon's `POST /sql`, as its serverless driver asks it, over any Postgres: enough for single statements and batches that
 * succeed. Returns the port and a function that ends it.
 */
export async function startNeonHttp(databaseUrl: string): Promise<{ port: number; stop(): Promise<void> }> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 4 });
  const server = createServer(async (request, response) => {
    try {
      const isArrayMode = request.headers["neon-array-mode"] === "true";
      const answer = await answerBody(pool, await readBody(request), isArrayMode);
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      response.writeHead(400, { "content-type": "application/json" }).end(JSON.stringify({ message }));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("neon-http: no port");
  return {
    port: address.port,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await pool.end();
    },
  };
}
