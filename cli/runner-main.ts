import { readEnvironment } from "../lib/config/env.ts";
import { runnerMain } from "./run-runner.ts";

// The entry of the single-file runner: it is run by whatever Node a machine has, so it does not ask whether it is "main".
process.exitCode = await runnerMain(process.argv.slice(2), readEnvironment());
