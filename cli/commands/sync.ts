import { parseArgs } from "node:util";
import { AppError } from "../../lib/kernel/errors.ts";
import type { GapReport, SyncReport } from "../../lib/reconcile/index.ts";
import { renderGapLine } from "../../lib/reconcile/render-gaps.ts";
import type { Context } from "../../lib/runtime/context.ts";
import { findRecentGaps, syncOnce } from "../../lib/wiring/reconcile.ts";
import { type Command, type ExitCode, print } from "../command.ts";
import { DATA_FOLDER, readCliConfig, withContext } from "../open.ts";

/** What no webhook brought: found by asking the sources themselves. */
export const sync: Command = {
  name: "sync",
  summary: "ask every source what no webhook brought, and store it",
  usage: `Usage: patchpilot sync [--apply] [--json] [--data FOLDER]
       patchpilot sync --gaps [--json] [--data FOLDER]

Without --apply it is only shown what would be stored, and nothing is remembered. --gaps tells what polling alone
brought in the last 24 hours. Exit code 1 when a source could not be read to the end, or (--gaps) when there are gaps.

  --data FOLDER  where the embedded database lies when DATABASE_URL is not set (default: ${DATA_FOLDER})`,
  async run(args) {
    const flag = { type: "boolean" } as const;
    const options = { apply: flag, json: flag, gaps: flag, data: { type: "string" } } as const;
    const { values } = parseArgs({ args, options });
    const config = readCliConfig();
    const work = async (ctx: Context): Promise<ExitCode> => {
      if (values.gaps) {
        const report = await findRecentGaps(config, ctx);
        print(report, values.json ?? false, renderGapReport);
        return report.count > 0 ? 1 : 0;
      }
      const reports = await syncOnce(config, ctx, { apply: values.apply ?? false });
      if (reports.length === 0) {
        const reason = "no source is configured that can be polled: set Sentry's API, GlitchTip, GitHub or Vercel";
        throw new AppError("nothing_to_sync", reason, { retry: "never" });
      }
      print(reports, values.json ?? false, (all) =>
        all.map((one) => renderReport(one, values.apply ?? false)).join("\n"),
      );
      return reports.every((one) => one.state === "complete") ? 0 : 1;
    };
    return withContext(config, work, values.data);
  },
};

function renderReport(report: SyncReport, isApplied: boolean): string {
  const { source, state, since, items, outcomes, unreadable, fault, retryAt } = report;
  const lines = [
    `${source.padEnd(10)}${state}: ${items} item${items === 1 ? "" : "s"} since ${since.slice(0, 19)}Z, ${outcomes.length} not known here`,
    ...(fault === null ? [] : [`  ${fault}${retryAt === null ? "" : ` (not before ${retryAt})`}`]),
    ...unreadable.map(({ id, fault: why }) => `  ${id}: ${why}`),
    ...outcomes.map((one) => `  ${isApplied ? `${one.outcome}: ` : "would store "}${one.summary}${reasonOf(one)}`),
  ];
  return lines.join("\n");
}

function reasonOf({ outcome, reason }: SyncReport["outcomes"][number]): string {
  return outcome === "ignored" || outcome === "failed" ? ` (${reason})` : "";
}

function renderGapReport(report: GapReport): string {
  const line = renderGapLine(report) ?? "every message of the last 24 h came by webhook";
  const rows = report.gaps.map(
    ({ foundAt, source, summary }) => `  ${foundAt.slice(0, 19)}Z ${source.padEnd(10)}${summary}`,
  );
  return [line, ...rows].join("\n");
}
