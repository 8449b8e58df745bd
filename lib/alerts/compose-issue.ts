import type { IncidentState } from "../incidents/model.ts";
import type { Investigation } from "../investigate/compose-investigation.ts";
import { oneLine, quietMarkdown, quietTitle } from "../kernel/quiet-text.ts";
import type { SlowMeasure } from "../performance/model.ts";
import { renderMeasure } from "./render-measure.ts";

export interface IssueIncident {
  number: number;
  state: IncidentState;
  kind: string;
  title: string;
  culprit: string | null;
  level: string;
  environment: string | null;
  release: string | null;
  priority: string | null;
  severity: string | null;
  events: number | null;
  users: number | null;
  firstSeenAt: Date;
  lastSeenAt: Date;
  sourceUrl: string | null;
  sourceShortId: string | null;
  reopenedCount: number;
  nextCheckAt: Date | null;
  /** Numbers of a performance incident; see lib/performance/model.ts. */
  measure: Record<string, unknown> | null;
}

export interface IssueRepairs {
  runs: readonly { attempt: number; state: string; profile: string; reason: string | null }[];
  pulls: readonly { number: number; state: string; runId: string }[];
  verdict: { action: string; verdict: Record<string, unknown> } | null;
}

export interface IssueFacts {
  incident: IssueIncident;
  triageReasons: readonly string[];
  /** What the product suffers, or why that is not known; null before it was looked at. */
  impact: string | null;
  investigation: Investigation | null;
  repairs: IssueRepairs;
  /** What this problem is only a symptom of, in one sentence, or null. */
  causedBy: string | null;
  /** Problems that are symptoms of this one. */
  symptoms: readonly { number: number; title: string; reason: string }[];
  /** The last thing that happened, and when. */
  latest: { summary: string; at: Date } | null;
  /** The incident's page in the dashboard, or null where there is no public address. */
  dashboardUrl: string | null;
}

const quiet = (text: string, maxLength = 300) => quietMarkdown(text, maxLength);

/** A link, where its address cannot break out of it; else its text alone. */
function link(text: string, url: string | null): string | null {
  if (url === null) return null;
  return /^https?:\/\/[^\s()<>|`]{1,500}$/.test(url) ? `[${text}](${url})` : text;
}

function minute(at: Date): string {
  return `${at.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** The issue's title: what broke. GitHub cuts at 256 characters. */
export function composeIssueTitle(incident: Pick<IssueIncident, "title" | "sourceShortId">): string {
  const id = incident.sourceShortId ? `[${quietTitle(incident.sourceShortId, 40)}] ` : "";
  return `${id}${quietTitle(incident.title, 200) || "An error without a title"}`;
}

/** The issue's labels. */
export function composeLabels(incident: Pick<IssueIncident, "priority" | "state" | "kind">): string[] {
  return [
    "patchpilot",
    ...(incident.priority ? [`patchpilot:${incident.priority}`] : []),
    ...(incident.state === "escalated" ? ["patchpilot:needs-human"] : []),
    ...(incident.state === "recovered" ? ["patchpilot:recovered"] : []),
    ...(incident.kind === "performance" ? ["patchpilot:performance"] : []),
  ];
}

/** The issue's body: what broke, since when, for whom, where to look. It changes as more is known; the state is in the comment. */
export function composeIssueBody(facts: IssueFacts): string {
  const { incident, investigation } = facts;
  const measure = incident.kind === "performance" ? (incident.measure as SlowMeasure | null) : null;
  const source = link(quiet(incident.sourceShortId ?? "the error's page", 60), incident.sourceUrl);
  const rows: ([string, string | null] | null)[] = [
    ["Priority", incident.priority ? `**${incident.priority}** (${incident.severity})` : "not judged yet"],
    measure ? null : ["Events", `${incident.events ?? "unknown"}, ${incident.users ?? "unknown"} users`],
    ["Impact", facts.impact && quiet(facts.impact, 900)],
    ["Since", `${minute(incident.firstSeenAt)}, last seen ${minute(incident.lastSeenAt)}`],
    [
      "Where",
      [incident.environment, incident.release ? `release \`${quiet(incident.release, 60)}\`` : null]
        .filter(Boolean)
        .join(", ") || "unknown",
    ],
    measure ? null : ["Source", source],
    ["Dashboard", facts.dashboardUrl ? `[INC-${incident.number}](${facts.dashboardUrl})` : null],
  ];
  const table = rows.flatMap((row) => (row === null || row[1] === null ? [] : [`| ${row[0]} | ${row[1]} |`]));
  const error = [investigation?.errorType, investigation?.errorMessage].filter(Boolean).join(": ") || incident.title;
  const sections = [
    `**${quiet(error)}**${incident.culprit ? ` in \`${quiet(incident.culprit, 120)}\`` : ""}`,
    ["| | |", "|---|---|", ...table].join("\n"),
    measure && renderMeasure(measure),
    facts.triageReasons.length > 0
      ? `## Why ${incident.priority ?? "this priority"}\n\n${facts.triageReasons.map((reason) => `- ${quiet(reason)}`).join("\n")}`
      : null,
    symptomSection(facts.symptoms),
    ...(measure && investigation === null ? [] : investigationSections(investigation)),
  ];
  return sections.filter((section) => section !== null).join("\n\n");
}

const SHOWN_SYMPTOMS = 10;

function symptomSection(symptoms: IssueFacts["symptoms"]): string | null {
  if (symptoms.length === 0) return null;
  const shown = symptoms
    .slice(0, SHOWN_SYMPTOMS)
    .map((one) => `- INC-${one.number} ${quiet(one.title, 120)}: ${quiet(one.reason, 160)}`);
  const rest = symptoms.length - shown.length;
  return `## ${symptoms.length} symptom${symptoms.length === 1 ? "" : "s"}\n\n${shown.join("\n")}${rest > 0 ? `\n- and ${rest} more` : ""}`;
}

function investigationSections(investigation: Investigation | null): (string | null)[] {
  if (investigation === null) return ["_Not investigated yet._"];
  const { suspects, commits, stack, lessons, notes, request, commit } = investigation;
  const suspectLines = suspects.map(
    (suspect, index) => `${index + 1}. \`${quiet(suspect.path)}\`: ${quiet(suspect.reasons.join("; "))}`,
  );
  const at = commit
    ? `\n\n<sub>Paths as of \`${commit.sha.slice(0, 12)}\`${commit.isRelease ? ", the failing release" : ", the default branch: the failing release names no known commit"}.</sub>`
    : "";
  return [
    suspects.length > 0
      ? `## Where to look\n\n${suspectLines.join("\n")}${at}`
      : `## Where to look\n\n${quiet(investigation.summary)}`,
    notes.length > 0 ? notes.map((note) => `> ${quiet(note)}`).join("\n") : null,
    commits.length > 0
      ? `## Recent changes there\n\n${commits.map((one) => `- ${one.sha.slice(0, 12)} ${quiet(one.message)} (${quiet(one.author, 60)}, ${one.date.slice(0, 10)}): ${quiet(one.reasons.join("; "))}`).join("\n")}`
      : null,
    stack.length > 0
      ? `<details><summary>Stack, newest frame first${request ? `, ${quiet(request, 120)}` : ""}</summary>\n\n\`\`\`\n${stack.map((line) => oneLine(line, 400).replaceAll("```", "'''")).join("\n")}\n\`\`\`\n\n</details>`
      : null,
    lessons.length > 0
      ? `## What happened before\n\n${lessons.map((lesson) => `- ${quiet(lesson.summary, 500)}`).join("\n")}`
      : null,
  ];
}

const HEADLINES: Record<IncidentState, string> = {
  new: "Being looked at",
  observed: "Watched: nothing is done about it",
  investigating: "Being investigated",
  repairing: "A repair is being made",
  in_review: "A draft pull request waits for you",
  deploying: "Merged: waiting for the deployment",
  verifying: "Deployed: watching whether the error stopped",
  recovered: "Recovered",
  escalated: "A person has to look",
  ignored: "Ignored",
};

/** The one living comment: how it stands, what was tried, what comes next. */
export function composeStatusComment(facts: IssueFacts): string {
  const { incident, repairs } = facts;
  const explanation = repairs.verdict?.verdict.explanation;
  const isJudged = incident.state === "recovered" || incident.state === "verifying" || incident.state === "escalated";
  const attempts = repairs.runs.map(
    (run) => `| ${run.attempt} | ${run.profile} | ${run.state} | ${run.reason ? quiet(run.reason) : ""} |`,
  );
  const pulls = repairs.pulls.map((pull) => `#${pull.number} (${pull.state})`).join(", ");
  const sections = [
    `### ${facts.causedBy === null ? HEADLINES[incident.state] : "A symptom of another incident"}`,
    facts.causedBy === null ? null : quiet(facts.causedBy, 500),
    isJudged && typeof explanation === "string" ? quiet(explanation, 1_500) : null,
    facts.latest && facts.latest.summary !== explanation
      ? `${quiet(facts.latest.summary, 800)} <sub>${minute(facts.latest.at)}</sub>`
      : null,
    pulls ? `Pull requests: ${pulls}` : null,
    incident.nextCheckAt && (incident.state === "verifying" || incident.state === "deploying")
      ? `Next look: ${minute(incident.nextCheckAt)}`
      : null,
    attempts.length > 0 ? ["| attempt | worker | state | |", "|---|---|---|---|", ...attempts].join("\n") : null,
    incident.reopenedCount > 0
      ? `Came back ${incident.reopenedCount} time${incident.reopenedCount > 1 ? "s" : ""} after it had recovered.`
      : null,
    `<sub>Patchpilot INC-${incident.number}. People with write permission can comment \`/patchpilot status\`, \`fix\`, \`retry\`, \`approve\` or \`ignore\`.</sub>`,
  ];
  return sections.filter((section) => section !== null).join("\n\n");
}

/** The comment on an issue that somebody else wrote: the status, and below it what our own issue's body would say. */
export function composeForeignComment(facts: IssueFacts): string {
  return `${composeStatusComment(facts)}\n\n---\n\n${composeIssueBody(facts)}`;
}
