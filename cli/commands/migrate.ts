import { parseArgs } from "node:util";
import { ensureProject } from "../../lib/control/index.ts";
import { DEFAULT_PROJECT_SLUG } from "../../lib/wiring/project.ts";
import type { Command } from "../command.ts";
import { readCliConfig, withContext } from "../open.ts";

/** Brings the database's schema up to date. */
export const migrate: Command = {
  name: "migrate",
  summary: "bring the database's schema up to date",
  usage: "Usage: patchpilot migrate [--apply]",
  async run(args) {
    const { values } = parseArgs({ args, options: { apply: { type: "boolean" } } });
    const config = readCliConfig();
    const target = config.databaseUrl ? new URL(config.databaseUrl).host : "the embedded database";
    if (!values.apply) {
      console.log(`would bring ${target} up to date with drizzle/; add --apply`);
      return 0;
    }
    await withContext(config, async (ctx) => {
      await ctx.db.migrate();
      await ensureProject(ctx, { slug: DEFAULT_PROJECT_SLUG, name: config.github?.repository ?? DEFAULT_PROJECT_SLUG });
    });
    console.log(`${target} is up to date`);
    return 0;
  },
};
