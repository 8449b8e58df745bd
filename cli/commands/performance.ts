import { parseArgs } from "node:util";
import { findSlow, type SlowReport } from "../../lib/performance/index.ts";
import { DEFAULT_PROJECT_ID } from "../../lib/wiring/project.ts";
import { createProviders, slowSettings } from "../../lib/wiring/providers.ts";
import { type Command, print, UsageError } from "../command.ts";
import { DATA_FOLDER, readCliConfig, withContext } from "../open.ts";

const VERBS: Record<SlowReport["items"][number]["action"], [done: string, would: string]> = {
  open: ["opened", "would open"],
  reopen: ["reopened", "would reopen"],
  judge: ["took up", "would take up"],
  tell: ["updated", "would update"],
  keep: ["known", "known"],
  leave: ["left", "left"],
};
const MOST_LEFT_OUT = 20;

/** Looks for slow and regressed spans now. */
export const performanceCommand: Command = {
  name: "performance",
  summary: "look for what became slow; with --apply, open and update its incidents",
  usage: `Usage: patchpilot performance [--apply] [--json] [--data FOLDER]

Asks Sentry's Explore for slow spans and compares them with the same hours of earlier weeks. Needs SENTRY_AUTH_TOKEN with
the scope org:read. What was not found is listed with its reason.

  --data FOLDER  where the embedded database lies when DATABASE_URL is not set (default: ${DATA_FOLDER})`,
  async run(args) {
    const { values } = parseArgs({
      args,
      options: { apply: { type: "boolean" }, json: { type: "boolean" }, data: { type: "string" } },
    });
    const config = readCliConfig();
    if (config.sentry.api === null)
      throw new UsageError("SENTRY_AUTH_TOKEN and SENTRY_ORG are needed to ask for spans");
    const report = await withContext(
      config,
      async (ctx) => {
        const source = createProviders(config, ctx).sentry?.performanceSource;
        if (!source) throw new UsageError("Sentry's API is not configured");
        const settings = slowSettings(config);
        return findSlow(ctx, { source, settings }, { projectId: DEFAULT_PROJECT_ID, isApplied: values.apply ?? false });
      },
      values.data,
    );
    print(report, values.json ?? false, render);
    return 0;
  },
};

const minute = (iso: string): string => iso.slice(0, 16).replace("T", " ");

function render(report: SlowReport): string {
  const { environment, from, to, groups, isTruncated, isApplied, items, leftOut, underThreshold } = report;
  const more = isTruncated ? ", and more with less total time were not read" : "";
  const found = items.map(({ action, priority, title, figures, reason, incidentNumber }) => {
    const verb = VERBS[action][isApplied ? 0 : 1];
    const number = incidentNumber === null ? "" : ` INC-${incidentNumber}`;
    return `${verb}${number} ${priority ?? "eased"}: ${title}\n    ${figures}\n    ${reason}`;
  });
  const left = leftOut.slice(0, MOST_LEFT_OUT).map(({ span, op, detail }) => `left out ${op}: ${span}\n    ${detail}`);
  const hidden = leftOut.length - left.length;
  return [
    `${environment}, ${minute(from)} to ${minute(to)} UTC: ${groups} groups of spans were read${more}`,
    ...found,
    ...(items.length === 0 ? ["nothing counts as slow"] : []),
    ...left,
    ...(hidden > 0 ? [`left out: ${hidden} more; --json lists them`] : []),
    `under the threshold: ${underThreshold}`,
    ...(isApplied || items.length === 0 ? [] : ["nothing was written; add --apply"]),
  ].join("\n");
}
