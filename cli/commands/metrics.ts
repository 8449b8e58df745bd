import { parseArgs } from "node:util";
import { findMetrics, type Metrics } from "../../lib/insight/index.ts";
import { DEFAULT_PROJECT_ID } from "../../lib/wiring/project.ts";
import { type Command, print, UsageError } from "../command.ts";
import { DATA_FOLDER, readCliConfig, withContext } from "../open.ts";

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 30;

/** Figures of the incidents of the last days. */
export const metrics: Command = {
  name: "metrics",
  summary: "incidents by state, times to detect, repair and recover, triage accuracy",
  usage: `Usage: patchpilot metrics [--days N] [--json] [--data FOLDER]

Over the incidents that were opened in the last N days (default: ${DEFAULT_DAYS}). Times are medians; null is "none yet".

  --data FOLDER  where the embedded database lies when DATABASE_URL is not set (default: ${DATA_FOLDER})`,
  async run(args) {
    const { values } = parseArgs({
      args,
      options: { days: { type: "string" }, json: { type: "boolean" }, data: { type: "string" } },
    });
    const days = values.days === undefined ? DEFAULT_DAYS : Number(values.days);
    if (!Number.isInteger(days) || days < 1 || days > 3_650)
      throw new UsageError(`--days is a whole number from 1 to 3650, not ${values.days}`);
    const found = await withContext(
      readCliConfig(),
      (ctx) => findMetrics(ctx.db.db, DEFAULT_PROJECT_ID, new Date(ctx.clock.now().getTime() - days * DAY_MS)),
      values.data,
    );
    print(found, values.json ?? false, render);
    return 0;
  },
};

function render(found: Metrics): string {
  const { triage } = found;
  const times: [string, Metrics["timeToDetect"]][] = [
    ["time to detect", found.timeToDetect],
    ["time to repair", found.timeToRepair],
    ["time to recover", found.timeToRecover],
  ];
  const states = Object.entries(found.states).map(([state, count]) => `${count} ${state}`);
  return [
    `${found.incidents} incidents since ${found.since.slice(0, 10)}${states.length > 0 ? `: ${states.join(", ")}` : ""}`,
    ...times.map(([name, time]) => `${name.padEnd(16)}${duration(time.medianSeconds)} (median of ${time.count})`),
    triage.accuracy === null
      ? "triage accuracy nothing was judged yet"
      : `triage accuracy ${percent(triage.accuracy)} of ${triage.judged} were not corrected; ${triage.raised} raised, ${triage.lowered} lowered, ${triage.worthOnly} on the repair's worth only`,
    ...triage.byPriority.map(
      ({ priority, accuracy, judged, corrected }) =>
        `  ${priority}            ${percent(accuracy)} (${corrected} of ${judged} corrected)`,
    ),
  ].join("\n");
}

const percent = (share: number): string => `${(share * 100).toFixed(1)}%`;

function duration(seconds: number | null): string {
  if (seconds === null) return "none yet";
  if (seconds < 120) return `${seconds.toFixed(0)} s`;
  if (seconds < 7_200) return `${(seconds / 60).toFixed(0)} min`;
  return seconds < 172_800 ? `${(seconds / 3_600).toFixed(1)} h` : `${(seconds / 86_400).toFixed(1)} days`;
}
