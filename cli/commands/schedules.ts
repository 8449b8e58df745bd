import { parseArgs } from "node:util";
import { schedules } from "../../cron/index.ts";
import { openQStash } from "../../lib/wiring/qstash.ts";
import { type Command, print, UsageError } from "../command.ts";
import { readCliConfig } from "../open.ts";

/** The minute-level schedules, kept by QStash: vercel.json's own run once a day, the most that every plan allows. */
export const schedulesCommand: Command = {
  name: "schedules",
  summary: "show the schedules; with --apply, have QStash keep them",
  usage: "Usage: patchpilot schedules [--apply] [--json]",
  async run(args) {
    const { values } = parseArgs({ args, options: { apply: { type: "boolean" }, json: { type: "boolean" } } });
    const rows = schedules.map(({ name, path, schedule }) => ({ id: `patchpilot-${name}`, path, schedule }));
    if (values.apply) {
      const config = readCliConfig();
      const qstash = openQStash(config);
      if (qstash === null)
        throw new UsageError("QSTASH_TOKEN, its signing keys and PUBLIC_URL are needed to keep schedules");
      if (config.cronSecret === null)
        throw new UsageError("CRON_SECRET is needed: the schedules prove themselves with it");
      for (const row of rows)
        await qstash.ensureSchedule({ id: row.id, path: row.path, cron: row.schedule, cronSecret: config.cronSecret });
    }
    print(rows, values.json ?? false, (list) =>
      [
        ...list.map((row) => `${row.schedule.padEnd(14)} ${row.path}`),
        values.apply ? "QStash keeps them" : "would have QStash keep them; add --apply",
      ].join("\n"),
    );
    return 0;
  },
};
