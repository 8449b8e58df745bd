import { messageOf } from "../kernel/errors.ts";
import type { Context } from "../runtime/context.ts";
import { type App, createApp, noteFields } from "./app.ts";

/** A database that takes longer than this for `select 1` serves nobody. */
const PING_TIMEOUT_MS = 3_000;

/** `GET /api/health`: open, and terse on purpose. 503 `degraded` when the database does not answer. */
export function createHealthApp({ ctx }: { ctx: Context }): App {
  const app = createApp(ctx);
  app.get("/api/health", async (c) => {
    try {
      await withTimeout(ctx.db.query("select 1", []), PING_TIMEOUT_MS);
      return c.json({ status: "ok" });
    } catch (error) {
      noteFields(c, { database: messageOf(error) });
      return c.json({ status: "degraded" }, 503);
    }
  });
  return app;
}

async function withTimeout<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
