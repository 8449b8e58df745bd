import { parseArgs } from "node:util";
import { serve as listen } from "@hono/node-server";
import { readEnvironment } from "../../lib/config/env.ts";
import { jsonLogger } from "../../lib/runtime/logger.ts";
import { tokenAuth } from "../../lib/wiring/admin.ts";
import { startLocal } from "../../lib/wiring/local.ts";
import type { Command } from "../command.ts";
import { demoDoor } from "../demo-door.ts";
import { DATA_FOLDER, readCliConfig } from "../open.ts";

/** The control plane in this process, on one port. */
export const serve: Command = {
  name: "serve",
  summary: "the control plane in this process (what `start` runs)",
  usage: `Usage: patchpilot serve [--port 3000] [--host 127.0.0.1] [--data ${DATA_FOLDER}]`,
  async run(args) {
    const { values } = parseArgs({
      args,
      options: { port: { type: "string" }, host: { type: "string" }, data: { type: "string" } },
    });
    const config = readCliConfig();
    const demo = await demoDoor(readEnvironment().PATCHPILOT_DEMO_URL);
    const auth = demo ? ({ mode: "open" } as const) : tokenAuth(config);
    const local = await startLocal(config, { dataFolder: values.data ?? DATA_FOLDER, log: jsonLogger(), demo, auth });
    const port = Number(values.port ?? 3_000);
    const hostname = values.host ?? "127.0.0.1";
    const server = listen({ fetch: local.fetch, port, hostname });
    await new Promise<void>((resolve, reject) => {
      server.once("listening", () => resolve());
      server.once("error", reject);
    });
    console.error(`Patchpilot listens on http://localhost:${port} (STAGE=${config.stage}, DRY_RUN=${config.dryRun})`);
    await new Promise<void>((resolve) => {
      for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => resolve());
    });
    server.close();
    await local.stop();
    return 0;
  },
};
