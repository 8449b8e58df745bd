import { parseArgs } from "node:util";
import { readEnvironment } from "../../lib/config/env.ts";
import { SETTINGS } from "../../lib/config/settings.ts";
import type { Command } from "../command.ts";
import { loadEnvFile } from "../load-env-file.ts";
import { serve } from "./serve.ts";

/** The whole set-up: the real thing where anything is configured, else the demo world. */
export const start: Command = {
  name: "start",
  summary: "everything on this machine: with settings the real thing, without them the demo world",
  usage:
    "Usage: patchpilot start [--port 3000]\n\nWithout any setting in the environment or .env it starts a demo production, breaks it, and shows it recover.",
  async run(args) {
    const { values } = parseArgs({ args, options: { port: { type: "string" } } });
    const env = { ...loadEnvFile(".env"), ...readEnvironment() };
    const configured = Object.keys(SETTINGS).filter((name) => env[name]);
    if (configured.length > 0) {
      console.error(
        `settings found (${configured.slice(0, 4).join(", ")}${configured.length > 4 ? ", …" : ""}): starting the real thing`,
      );
      return serve.run(values.port ? ["--port", values.port] : []);
    }
    const { startDemo } = await import("../../demo/start.ts");
    await startDemo({ port: Number(values.port ?? 3_000) });
    return 0;
  },
};
