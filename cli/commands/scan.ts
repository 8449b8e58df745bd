import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { type ScanReport, scanRepository } from "../../lib/backlog/index.ts";
import type { Finding } from "../../lib/backlog/model.ts";
import { readFindings } from "../../lib/backlog/read-findings.ts";
import { scanOutside } from "../../lib/wiring/backlog.ts";
import { DEFAULT_PROJECT_ID } from "../../lib/wiring/project.ts";
import { createProviders } from "../../lib/wiring/providers.ts";
import { type Command, type ExitCode, print, UsageError } from "../command.ts";
import { readCliConfig, withContext } from "../open.ts";
import { renderProposals } from "../render-proposals.ts";

/** Proposes issues for what the code itself asks for. */
export const scan: Command = {
  name: "scan",
  summary: "propose issues for TODO and FIXME marks and analysers' findings",
  usage: `Usage: patchpilot scan [--from FILE]... [--apply] [--json]

Looks for TODO and FIXME in the repository's code, at GitHub's code scanning alerts, and in what analysers printed into FILE
(- is standard input): eslint -f json, ruff check --output-format json, tsc --pretty false, biome --reporter=github. With
--apply, where policy.scan.isOn is true and there is capacity, up to policy.scan.maxNewIssues are proposed as issues.`,
  async run(args) {
    const { values } = parseArgs({
      args,
      options: {
        apply: { type: "boolean" },
        json: { type: "boolean" },
        from: { type: "string", multiple: true },
      },
    });
    const config = readCliConfig();
    const isApplied = values.apply ?? false;
    if (isApplied && !config.policy.scan.isOn) throw new UsageError("policy.scan.isOn is false: nothing is proposed");
    const findings = (values.from ?? []).flatMap(readReport);
    return withContext(config, async (ctx): Promise<ExitCode> => {
      const outside = scanOutside(config, createProviders(config, ctx));
      if (outside === null)
        throw new UsageError("GITHUB_APP_ID and its companions are not set: there is no repository");
      const report = await scanRepository(ctx, outside, { projectId: DEFAULT_PROJECT_ID, isApplied, findings });
      print({ ...report, applied: isApplied }, values.json ?? false, (one) => render(one, isApplied));
      return 0;
    });
  },
};

function readReport(file: string): Finding[] {
  let text: string;
  try {
    text = readFileSync(file === "-" ? 0 : file, "utf8");
  } catch {
    throw new UsageError(`--from ${file} cannot be read`);
  }
  const findings = readFindings(text);
  if (findings === null) throw new UsageError(`--from ${file} is the output of no analyser that is known`);
  return findings;
}

function render({ proposals, full }: ScanReport, isApplied: boolean): string {
  const rest = full === null ? [] : [`nothing new is proposed: ${full}`];
  return [...renderProposals(proposals), ...rest, ...(isApplied || proposals.length === 0 ? [] : ["add --apply"])].join(
    "\n",
  );
}
