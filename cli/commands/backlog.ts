import { parseArgs } from "node:util";
import { type BacklogReport, keepBacklog } from "../../lib/backlog/index.ts";
import { backlogOutside } from "../../lib/wiring/backlog.ts";
import { DEFAULT_PROJECT_ID } from "../../lib/wiring/project.ts";
import { createProviders } from "../../lib/wiring/providers.ts";
import { type Command, type ExitCode, print, UsageError } from "../command.ts";
import { readCliConfig, withContext } from "../open.ts";
import { renderProposals } from "../render-proposals.ts";

/** Makes issues of the repository's checklists. */
export const backlog: Command = {
  name: "backlog",
  summary: "make issues of the open items of the repository's checklists",
  usage: `Usage: patchpilot backlog [--apply] [--json]

Looks through the Markdown files of policy.backlog.paths and tells which open items would become issues, which are issues
already, and what would be named in the files. With --apply, where policy.backlog.isOn is true, up to
policy.backlog.maxNewIssues are made, and a draft pull request names them in the files.`,
  async run(args) {
    const { values } = parseArgs({ args, options: { apply: { type: "boolean" }, json: { type: "boolean" } } });
    const config = readCliConfig();
    const isApplied = values.apply ?? false;
    if (isApplied && !config.policy.backlog.isOn) throw new UsageError("policy.backlog.isOn is false: nothing is made");
    return withContext(config, async (ctx): Promise<ExitCode> => {
      const outside = backlogOutside(config, createProviders(config, ctx));
      if (outside === null)
        throw new UsageError("GITHUB_APP_ID and its companions are not set: there is no repository");
      const report = await keepBacklog(ctx, outside, { projectId: DEFAULT_PROJECT_ID, isApplied });
      print({ ...report, applied: isApplied }, values.json ?? false, (one) => render(one, isApplied));
      return 0;
    });
  },
};

function render({ items, files }: BacklogReport, isApplied: boolean): string {
  return [...renderProposals(items), files, ...(isApplied || items.length === 0 ? [] : ["add --apply"])].join("\n");
}
