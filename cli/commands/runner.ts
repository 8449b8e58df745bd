import { readEnvironment } from "../../lib/config/env.ts";
import type { Command } from "../command.ts";
import { RUNNER_USAGE, runnerMain } from "../run-runner.ts";

/** The runner, the same program as the single file at /runner.mjs. */
export const runner: Command = {
  name: "runner",
  summary: "work on repairs on this machine",
  usage: RUNNER_USAGE,
  async run(args) {
    const code = await runnerMain(args, readEnvironment());
    // runnerMain has told its faults itself; 2 is kept as it is.
    if (code === 2) process.exit(2);
    return code === 0 ? 0 : 1;
  },
};
