import { oneLine, quietMarkdown, quietTitle } from "../kernel/quiet-text.ts";
import { composeInTemplate, type Section } from "./compose-template.ts";
import { composeProof, composeValidation } from "./compose-validation.ts";
import type { GateJudgement } from "./decide-run-end.ts";
import type { Brief, RunReport } from "./model.ts";
import type { Plan } from "./plan-model.ts";
import { type CommitConvention, findScope } from "./read-convention.ts";

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
  /** The repository's own template for pull requests, or null. */
  template: string | null;
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

/** Longer first lines are cut by GitHub's own pages. */
const MAX_HEADLINE = 72;

/** What people asked for keeps its own words as a plain title. */
const HEADLINE_WORDS: Record<string, { type: string; verb: string }> = {
  performance: { type: "perf", verb: "Speed up " },
  feature: { type: "feat", verb: "" },
  chore: { type: "chore", verb: "" },
};

/** `fix(cart): <error>` or `Fix <error>`, as the repository writes it; the incident's number is in the body. */
export function composeHeadline(input: {
  title: string;
  taskKind: string;
  convention: CommitConvention;
  /** Changed paths of the product, without tests. */
  paths: readonly string[];
}): string {
  const { convention } = input;
  const title = quietTitle(input.title, 400) || "an error without a title";
  const words = HEADLINE_WORDS[input.taskKind] ?? { type: "fix", verb: "Fix " };
  const scope = convention.style === "conventional" ? findScope(convention.scopes, input.paths) : null;
  const prefix =
    convention.style === "plain" ? words.verb : `${words.type}${scope === null ? "" : `(${quietTitle(scope, 30)})`}: `;
  const room = MAX_HEADLINE - prefix.length;
  return `${prefix}${title.length > room ? `${title.slice(0, room - 1).replace(/[\ud800-\udbff]$/, "")}…` : title}`;
}

const quiet = (text: string) => quietMarkdown(text, 400);
/** Text from outside inside a code span. */
const code = (text: string) => `\`${oneLine(text, 400).replace(/`/g, "'")}\``;

function spendLine({ worker, usage }: RunReport): string {
  const money = usage.costUsd === null ? "cost unknown" : `$${usage.costUsd.toFixed(2)}`;
  const tokens =
    usage.inputTokens === null && usage.outputTokens === null
      ? "tokens unknown"
      : `${usage.inputTokens ?? "?"} tokens in, ${usage.outputTokens ?? "?"} out`;
  return `${worker.profile} (${quiet(worker.name)}${worker.model ? `, ${quiet(worker.model)}` : ""}), ${money}, ${tokens}`;
}

function composePlace({ environment, release }: Brief): string {
  return [environment ? code(environment) : null, release ? `release ${code(release)}` : null]
    .filter((part) => part !== null)
    .join(", ");
}

/** What production said, and which earlier attempts did not mend it. */
function composeFailure({ brief }: PullRequestFacts): string {
  const lines = [
    brief.errorType || brief.errorMessage
      ? `- Error: ${code([brief.errorType, brief.errorMessage].filter(Boolean).join(": "))}`
      : null,
    brief.stack[0] ? `- Crash: ${code(brief.stack[0])}` : null,
    brief.request ? `- Request: ${code(brief.request)}` : null,
    brief.environment || brief.release ? `- Where: ${composePlace(brief)}` : null,
    ...brief.priorAttempts
      .slice(-3)
      .map((prior) => `- Attempt ${prior.attempt} before this one: ${quiet(`${prior.outcome}: ${prior.detail}`)}`),
  ];
  return lines.filter((line) => line !== null).join("\n") || "The source told no error.";
}

/** What people agreed on, where the run was for an issue that they handed over. */
function composePlan(plan: Plan, { brief }: PullRequestFacts): string {
  const earlier = brief.priorAttempts
    .slice(-3)
    .map((prior) => `- Attempt ${prior.attempt} before this one: ${quiet(`${prior.outcome}: ${prior.detail}`)}`);
  return [quiet(plan.goal), plan.acceptanceCriteria.map((item) => `- ${quiet(item)}`).join("\n"), earlier.join("\n")]
    .filter((part) => part !== "")
    .join("\n\n");
}

function composeChanges(facts: PullRequestFacts): string {
  const added = facts.files.reduce((sum, file) => sum + file.addedLines, 0);
  const deleted = facts.files.reduce((sum, file) => sum + file.deletedLines, 0);
  const count = `${facts.files.length} file${facts.files.length === 1 ? "" : "s"}`;
  const files = facts.files.map((file) => `- ${code(file.path)} +${file.addedLines} −${file.deletedLines}`);
  const suspects = facts.brief.suspects
    .slice(0, 3)
    .map((suspect) => `- ${code(suspect.path)}: ${quiet(suspect.reasons.join("; "))}`);
  return [
    `${count}, ${added} lines added and ${deleted} removed, on top of \`${facts.baseSha.slice(0, 12)}\`:\n\n${files.join("\n")}`,
    suspects.length > 0 ? `Suspected before the repair:\n\n${suspects.join("\n")}` : null,
    composeGate(facts),
  ]
    .filter((part) => part !== null)
    .join("\n\n");
}

function composeGate({ gate, approvedBy }: PullRequestFacts): string {
  const verdict = `Gate: ${gate.verdict.replaceAll("_", " ")}${approvedBy ? `, approved by ${quiet(approvedBy)}` : ""}.`;
  const held = gate.verdict === "allow" ? [] : gate.reasons;
  const reasons = held.map(
    ({ rule, path, detail }) => `- **${rule}**${path ? ` ${code(path)}` : ""}: ${quiet(detail)}`,
  );
  const warning = "The code was written by a machine: review it as you would a stranger's.";
  return [`${verdict} ${warning}`, ...(reasons.length > 0 ? [reasons.join("\n")] : [])].join("\n\n");
}

function composeSections(facts: PullRequestFacts): Section[] {
  const { report } = facts;
  const { plan } = facts.brief;
  const sections = [
    {
      title: plan ? "What changes" : "Cause",
      fits: /summary|description|what|why|motivation|context|cause|problem|overview|背景|描述|说明/i,
      text: report.summary ? quietMarkdown(report.summary, 2_000) : "The worker gave no explanation.",
    },
    plan && {
      title: "What was agreed on",
      fits: /before|goal|motivation|acceptance|criteria|issue/i,
      text: composePlan(plan, facts),
    },
    plan
      ? undefined
      : {
          title: "What failed before",
          fits: /before|reproduc|current behaviou?r|bug|error|symptom/i,
          text: composeFailure(facts),
        },
    {
      title: "Validation",
      fits: /test|verif|validat|check(?!list)|qa\b|测试|验证/i,
      text: composeValidation(report.commands),
    },
    { title: "Changes and risk", fits: /change|risk|impact|review|diff|改动|变更|风险/i, text: composeChanges(facts) },
    {
      title: "How to undo",
      fits: /undo|roll ?back|revert|回滚/i,
      text: "Revert the merge commit, or roll back to the deployment before it. Nothing but the files above is changed: no data, no setting, no dependency beyond what they name.",
    },
  ];
  return sections.filter((section) => section !== undefined);
}

/**
 * The draft's text, in the repository's template where it has one: what broke, why this should mend it, what was run and
 * what it said, what could go wrong.
 */
export function composePullRequestBody(facts: PullRequestFacts): string {
  const subject = `**${quiet(facts.brief.title)}**`;
  const head = [
    facts.issueNumber === null
      ? `Repairs incident ${facts.incidentNumber}: ${subject}`
      : `Closes #${facts.issueNumber}: ${subject}`,
    composeProof(facts.report.commands),
    facts.notes.length > 0 ? facts.notes.map((note) => `> **Note:** ${note}`).join("\n>\n") : null,
  ].filter((part) => part !== null);
  const foot = `<sub>Attempt ${facts.attempt} by ${spendLine(facts.report)}. Patchpilot never merges and never deploys${facts.brief.issue ? "" : "; after the merge it watches production and reports whether the error stopped"}.</sub>`;
  return [...head, composeInTemplate(facts.template, composeSections(facts)), foot].join("\n\n");
}
