import { parseArgs } from "node:util";
import { readEnvironment } from "../../lib/config/env.ts";
import { composeWorkflow } from "../../lib/repair/compose-workflow.ts";
import { WORKER_PROFILES } from "../../lib/repair/model.ts";
import { type Command, type ExitCode, UsageError } from "../command.ts";

/** Above what a run may take by default: 30 minutes of work, 15 of installing, and its tests more than once. */
const DEFAULT_TIMEOUT_MINUTES = "120";

/** null where it is not known here: the workflow then takes it from a secret of the repository. */
function readAddress(given: string | undefined): string | null {
  const text = (given ?? readEnvironment().PUBLIC_URL ?? "").trim().replace(/\/+$/, "");
  if (text === "") return null;
  if (!URL.canParse(text) || new URL(text).protocol !== "https:") {
    throw new UsageError(
      `${given === undefined ? "PUBLIC_URL" : "--url"} is ${text}: GitHub's runners need an https address`,
    );
  }
  return text;
}

/** Prints the workflow that a target repository needs for repairs on GitHub's own runners. */
export const workflow: Command = {
  name: "workflow",
  summary: "print the target repository's workflow for repairs on GitHub's runners",
  usage: `Usage: patchpilot workflow ${WORKER_PROFILES.join("|")} [--url URL] [--command COMMAND] [--timeout-minutes N] [--json]

Prints .github/workflows/patchpilot.yml for the target repository. --url is the control plane's public address (PUBLIC_URL,
else the repository's secret PATCHPILOT_URL); --command is custom's worker (else the secret PATCHPILOT_COMMAND), which
gets the repository's secret WORKER_API_KEY.`,
  async run(args): Promise<ExitCode> {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        url: { type: "string" },
        command: { type: "string" },
        "timeout-minutes": { type: "string", default: DEFAULT_TIMEOUT_MINUTES },
        json: { type: "boolean" },
      },
    });
    const profile = WORKER_PROFILES.find((name) => name === positionals[0]);
    if (profile === undefined || positionals.length > 1)
      throw new UsageError(`workflow takes one of ${WORKER_PROFILES.join(", ")}`);
    const timeoutMinutes = Number(values["timeout-minutes"]);
    // GitHub ends a job of its own runners after six hours.
    if (!Number.isInteger(timeoutMinutes) || timeoutMinutes < 5 || timeoutMinutes > 360)
      throw new UsageError("--timeout-minutes is a whole number from 5 to 360");
    const command = values.command ?? null;
    if (profile !== "custom" && command !== null) throw new UsageError("only custom takes --command");
    const text = composeWorkflow({ profile, publicUrl: readAddress(values.url), command, timeoutMinutes });
    const path = ".github/workflows/patchpilot.yml";
    process.stdout.write(values.json ? `${JSON.stringify({ path, content: text }, null, 2)}\n` : text);
    return 0;
  },
};
