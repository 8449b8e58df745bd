import { oneLine, quietMarkdown, quietTitle } from "../kernel/quiet-text.ts";
import type { GateJudgement } from "./decide-run-end.ts";
import type { Brief, RunReport } from "./model.ts";

export interface PullRequestFacts {
  incidentNumber: number;
  issueNumber: number | null;
  attempt: number;
  brief: Brief;
  report: RunReport;
  gate: GateJudgement;
  approvedBy: string | null;
  notes: readonly string[];
  baseSha: string;
  files: readonly { path: string; addedLines: number; deletedLines: number }[];
}

/** A branch name that says which incident it is for: `patchpilot/inc-12-typeerror-in-checkout`. */
export function composeBranchName(incidentNumber: number, title: string, attempt: number): string {
  const slug = oneLine(title, 400)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 40)
    .replace(/-+$/, "");
  return `patchpilot/inc-${incidentNumber}-${slug || "repair"}${attempt > 1 ? `-${attempt}` : ""}`;
}

/** `fix: <error>`; the incident's number is in the body. */
export function composeHeadline(brief: Brief): string {
  const title = quietTitle(brief.title, 400) || "an error without a title";
  return `fix: ${title.length > 66 ? `${title.slice(0, 65).replace(/[\ud800-\udbff]$/, "")}…` : title}`;
}

const quiet = (text: string) => quietMarkdown(text, 400);
/** Text from outside inside a code span. */
const code = (text: string) => `\`${oneLine(text, 400).replace(/`/g, "'")}\``;

const COMMAND_TITLES: Record<RunReport["commands"][number]["name"], string> = {
  install: "Install",
  format: "Format",
  lint: "Lint",
  test: "Tests",
  "new-test-on-base": "New test on the broken code",
  "new-test-on-patch": "New test with the patch",
};

function commandRow(result: RunReport["commands"][number]): string {
  const seconds = (result.durationMs / 1_000).toFixed(1);
  const wanted = result.name === "new-test-on-base" ? result.exitCode !== 0 && !result.timedOut : result.exitCode === 0;
  const outcome = result.timedOut ? "timed out" : `exit ${result.exitCode ?? "none"}`;
  return `| ${COMMAND_TITLES[result.name]} | ${code(result.command).replaceAll("|", "\\|")} | ${wanted ? "as it should" : "**not as it should**"} (${outcome}) | ${seconds} s |`;
}

function spendLine({ worker, usage }: RunReport): string {
  const money = usage.costUsd === null ? "cost unknown" : `$${usage.costUsd.toFixed(2)}`;
  const tokens =
    usage.inputTokens === null && usage.outputTokens === null
      ? "tokens unknown"
      : `${usage.inputTokens ?? "?"} tokens in, ${usage.outputTokens ?? "?"} out`;
  return `${worker.profile} (${quiet(worker.name)}${worker.model ? `, ${quiet(worker.model)}` : ""}), ${money}, ${tokens}`;
}

/** The draft's text: what broke, why this should mend it, what was run and what it said, what could go wrong. */
export function composePullRequestBody(facts: PullRequestFacts): string {
  const { brief, report } = facts;
  const suspects = brief.suspects
    .slice(0, 3)
    .map((suspect) => `- ${code(suspect.path)}: ${quiet(suspect.reasons.join("; "))}`);
  const added = facts.files.reduce((sum, file) => sum + file.addedLines, 0);
  const deleted = facts.files.reduce((sum, file) => sum + file.deletedLines, 0);
  const sections = [
    `Repairs ${facts.issueNumber === null ? `incident ${facts.incidentNumber}` : `#${facts.issueNumber}`}: **${quiet(brief.title)}**`,
    facts.notes.length > 0 ? facts.notes.map((note) => `> **Note:** ${note}`).join("\n") : null,
    `## Cause\n\n${report.summary ? quiet(report.summary) : "The worker gave no explanation."}`,
    `## Evidence\n\n${[
      brief.errorType || brief.errorMessage
        ? `- Error: ${code([brief.errorType, brief.errorMessage].filter(Boolean).join(": "))}`
        : null,
      brief.stack[0] ? `- Crash: ${code(brief.stack[0])}` : null,
      brief.release ? `- Release: ${code(brief.release)}` : null,
      ...suspects,
    ]
      .filter(Boolean)
      .join("\n")}`,
    `## What was run\n\n${
      report.commands.length === 0
        ? "**Nothing.** No command of the repository was run on this patch."
        : ["| | command | result | |", "|---|---|---|---|", ...report.commands.map(commandRow)].join("\n")
    }`,
    `## Risk\n\n${facts.files.length} file${facts.files.length === 1 ? "" : "s"}, ${added} lines added and ${deleted} removed, on top of \`${facts.baseSha.slice(0, 12)}\`:\n\n${facts.files.map((file) => `- ${code(file.path)} +${file.addedLines} −${file.deletedLines}`).join("\n")}\n\nGate: ${facts.gate.verdict.replaceAll("_", " ")}${facts.approvedBy ? `, approved by ${quiet(facts.approvedBy)}` : ""}. The code was written by a machine: review it as you would a stranger's.`,
    "## How to undo\n\nRevert the merge commit, or roll back to the deployment before it. Nothing but the files above is changed.",
    `<sub>Attempt ${facts.attempt} by ${spendLine(report)}. Patchpilot never merges and never deploys; after the merge it watches production and reports whether the error stopped.</sub>`,
  ];
  return sections.filter((section) => section !== null).join("\n\n");
}
