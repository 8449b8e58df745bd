import { type App, type AppOptions, createApp, noteFields } from "./app.ts";
import { bearerMatches } from "./auth.ts";
import { respondError } from "./respond-error.ts";

export interface CronOutside extends AppOptions {
  cronSecret: string | null;
  /** What each schedule does, by its name; answers with its counts. */
  schedules: Readonly<Record<string, () => Promise<Record<string, unknown>>>>;
}

/** The door of schedules, whoever keeps them: Vercel's crons, QStash's schedules or a crontab. Running one twice is harmless. */
export function createCronApp(outside: CronOutside): App {
  const app = createApp(outside);
  app.on(["GET", "POST"], "/api/cron/:name", async (c) => {
    if (!(await bearerMatches(c.req.header("authorization"), outside.cronSecret))) {
      return respondError(c, {
        status: 401,
        code: "unauthorized",
        message: "Authorization: Bearer CRON_SECRET is needed",
        retryAfterSeconds: null,
      });
    }
    const name = c.req.param("name");
    const run = Object.hasOwn(outside.schedules, name) ? outside.schedules[name] : undefined;
    if (!run)
      return respondError(c, {
        status: 404,
        code: "not_found",
        message: `no schedule is called ${name}`,
        retryAfterSeconds: null,
      });
    const result = await run();
    noteFields(c, { schedule: name, ...result });
    return c.json({ schedule: name, ...result });
  });
  return app;
}
