import { parseArgs } from "node:util";
import { type WatchedIssue, type WatchReport, watchIssues } from "../../lib/intake/index.ts";
import { intakeFacts, watchedSentry } from "../../lib/wiring/intake-settings.ts";
import { DEFAULT_PROJECT_ID } from "../../lib/wiring/project.ts";
import { createProviders } from "../../lib/wiring/providers.ts";
import { type Command, type ExitCode, print, UsageError } from "../command.ts";
import { readCliConfig, withContext } from "../open.ts";

const DEFAULT_LIMIT = 20;

/** Takes up the open GitHub issues that Sentry's integration made. */
export const watch: Command = {
  name: "watch",
  summary: "take up the open GitHub issues that Sentry made",
  usage: `Usage: patchpilot watch [--limit N] [--apply] [--json]

Looks through every open issue, newest first, and tells which Sentry's GitHub integration made, which only look like it,
and why. With --apply up to N of the accepted ones (${DEFAULT_LIMIT} where it is not said) open or join an incident.
Exit code 1 when an issue could not be judged.`,
  async run(args) {
    const { values } = parseArgs({
      args,
      options: { limit: { type: "string" }, apply: { type: "boolean" }, json: { type: "boolean" } },
    });
    const limit = readLimit(values.limit);
    const isApplied = values.apply ?? false;
    const config = readCliConfig();
    return withContext(config, async (ctx): Promise<ExitCode> => {
      const { github } = createProviders(config, ctx);
      if (github === null) throw new UsageError("GITHUB_APP_ID and its companions are not set: there are no issues");
      const outside = { issues: github.issueReader, sentry: watchedSentry(config), facts: intakeFacts(config) };
      const report = await watchIssues(ctx, outside, { projectId: DEFAULT_PROJECT_ID, limit, apply: isApplied });
      print({ ...report, applied: isApplied }, values.json ?? false, (one) => render(one, isApplied));
      return report.issues.some(({ outcome }) => outcome === "failed") ? 1 : 0;
    });
  },
};

function readLimit(text: string | undefined): number {
  if (text === undefined) return DEFAULT_LIMIT;
  if (!/^[1-9]\d{0,4}$/.test(text)) throw new UsageError(`--limit takes a whole number above 0, not ${text}`);
  return Number(text);
}

const EFFECTS: Record<NonNullable<WatchedIssue["effect"]>, string> = {
  open: "would open an incident",
  join: "would become the issue of the incident that is there",
  opened: "opened an incident",
  adopted: "became the issue of the incident that was there",
  known: "its incident has it already",
  other: "its incident has another issue",
};

function render({ issues, others }: WatchReport, isApplied: boolean): string {
  const lines = issues.map(({ number, outcome, reason, sentry, effect, title }) => {
    const id = sentry?.shortId ?? sentry?.issueId ?? "-";
    const said = effect === null ? reason : `${EFFECTS[effect]} (${reason})`;
    return `#${String(number).padEnd(7)}${outcome.padEnd(10)}${id.padEnd(18)}${title.slice(0, 60)}\n        ${said}`;
  });
  const accepted = issues.filter(({ outcome }) => outcome === "accepted").length;
  const rest = `${accepted} accepted, ${issues.length - accepted} not; ${others} other open issues hold no link to Sentry`;
  return [...lines, isApplied || accepted === 0 ? rest : `${rest}; add --apply`].join("\n");
}
