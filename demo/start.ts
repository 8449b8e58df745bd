import { rmSync } from "node:fs";
import { join } from "node:path";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { BUGS } from "./shop/bugs/index.ts";
import { openStage } from "./stage.ts";
import { followStories } from "./story.ts";
import { getBug, type World } from "./world.ts";

const FIRST_BUG = "coupon-null";
const FOLDER = ".patchpilot/demo";
const FOREVER_MS = 365 * 24 * 3_600_000;

/** The demo world's door for the dashboard: its places, and its ways to break. */
function openDoor(world: World): Promise<{ url: string; close(): void }> {
  const app = new Hono();
  app.get("/", (c) =>
    c.json({
      scenarios: BUGS.map(({ name, title, author, change }) => ({
        name,
        title,
        detail: `${author.name} pushes "${change.message}"`,
      })),
      links: [
        { title: "The shop in production", url: world.vercel.productionUrl },
        { title: "Its Sentry", url: world.sentry.url },
        { title: "Its GitHub", url: world.github.url },
        { title: "Its Vercel", url: world.vercel.url },
      ],
    }),
  );
  app.post("/break/:name", async (c) => {
    await world.breakShop(getBug(c.req.param("name")));
    return c.body(null, 204);
  });
  app.onError((error, c) => c.text(error.message, 409));
  return new Promise((resolve) => {
    const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, (info) =>
      resolve({ url: `http://127.0.0.1:${info.port}`, close: () => server.close() }),
    );
  });
}

/**
 * `npm start` without credentials: a production in a box with Patchpilot watching it. Breaks the shop once, tells what
 * happens, and stays up until it is stopped; the dashboard can break it again. Each start is a new world.
 */
export async function startDemo(options: { port: number }): Promise<void> {
  const startedMs = Date.now();
  const say = (line: string) => console.log(line);
  rmSync(FOLDER, { recursive: true, force: true });
  say("No settings found: starting the demo, a small production of its own with Patchpilot watching it.");
  let closeDoor = () => {};
  const stage = await openStage({
    dir: join(process.cwd(), FOLDER),
    port: options.port,
    log: () => {},
    hasModel: true,
    async prepare(world) {
      const door = await openDoor(world);
      closeDoor = door.close;
      return { PATCHPILOT_DEMO_URL: door.url };
    },
  });
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => resolve());
  });
  say(`\n  Dashboard:  ${stage.url}\n  The shop:   ${stage.world.vercel.productionUrl}\n`);
  say(
    "The worker of this demo is a script that knows the shop's bugs, and its model is a few rules; everything else is",
  );
  say("what runs in production.");
  const bug = getBug(FIRST_BUG);
  const sha = await stage.world.breakShop(bug);
  say(`\n${bug.author.name} pushes "${bug.change.message}" (${sha.slice(0, 7)}): ${bug.title.toLowerCase()}.\n`);
  let hasRecovered = false;
  const following = followStories(
    stage,
    (line) => say(`  ${line}`),
    ([...stories]) => {
      if (!hasRecovered && stories.some((story) => story.incident.state === "recovered")) {
        hasRecovered = true;
        const seconds = Math.round((Date.now() - startedMs) / 1_000);
        say(
          `\nrecovered, ${seconds} s after the start. It stays up: break production again at ${stage.url} (Ctrl+C ends it).\n`,
        );
      }
      return false;
    },
    startedMs + FOREVER_MS,
  );
  await Promise.race([stopped, following]);
  say("stopping the demo");
  closeDoor();
  await stage.close();
  process.exit(0);
}
