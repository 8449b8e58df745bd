import { whyPaused } from "../incidents/decide-pause.ts";
import type { IncidentState } from "../incidents/model.ts";
import type { Investigation } from "../investigate/compose-investigation.ts";
import { quietTitle } from "../kernel/quiet-text.ts";
import { code, fitSections, fold, link, minute, quiet } from "../kernel/render-markdown.ts";
import type { SlowMeasure } from "../performance/model.ts";
import type { Plan } from "../repair/plan-model.ts";
import { composeCause } from "./compose-cause.ts";
import { composeDetails } from "./compose-details.ts";
import { composeNext } from "./compose-next.ts";
import { composeRollback, composeRollbackHint, type IssueApproval } from "./compose-rollback.ts";
import { composeSeerSection } from "./compose-seer.ts";
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
  pausedAt: Date | null;
  pausedBy: string | null;
  /** Numbers of a performance incident; see lib/performance/model.ts. */
  measure: Record<string, unknown> | null;
}

export interface IssueRepairs {
  runs: readonly {
    attempt: number;
    state: string;
    profile: string;
    reason: string | null;
    gate?: Record<string, unknown> | null;
    taskKind?: string;
    /** What a run that planned came to. */
    plan?: Plan | null;
  }[];
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
  /** The incident's timeline, for what others said of it; absent: nobody said anything. */
  timeline?: readonly { kind: string; detail: unknown }[];
  /** Moves of production that people were offered, newest first, and the time it is; absent: none. */
  moves?: { approvals: readonly IssueApproval[]; now: Date };
  /** The draft of the postmortem, once it recovered; absent or null: none is told. */
  postmortem?: string | null;
  /** The last thing that happened, and when. */
  latest: { summary: string; at: Date } | null;
  /** The incident's page in the dashboard, or null where there is no public address. */
  dashboardUrl: string | null;
}

/** The issue's title: what broke. GitHub cuts at 256 characters. */
export function composeIssueTitle(incident: Pick<IssueIncident, "title" | "sourceShortId">): string {
  const id = incident.sourceShortId ? `[${quietTitle(incident.sourceShortId, 40)}] ` : "";
  return `${id}${quietTitle(incident.title, 200) || "An error without a title"}`;
}

/** GitHub takes 65,536 characters; the marker, and the status above a foreign issue's copy, need some of them. */
const MAX_BODY = 55_000;

/**
 * The issue's body, rewritten as more is known: what broke, for whom, since when, what it needs from a person, and the likely
 * cause; details are folded.
 */
export function composeIssueBody(facts: IssueFacts): string {
  const { incident, investigation } = facts;
  const measure = incident.kind === "performance" ? (incident.measure as SlowMeasure | null) : null;
  const error = [investigation?.errorType, investigation?.errorMessage].filter(Boolean).join(": ") || incident.title;
  const latest = incident.state === "escalated" || incident.state === "observed" ? facts.latest : null;
  return fitSections(
    [
      `**${quiet(error) || "An error without a title"}**${incident.culprit ? ` in ${code(incident.culprit, 120)}` : ""}`,
      factsLines(facts, measure !== null),
      composeNext({
        state: incident.state,
        attempts: facts.repairs.runs.filter((run) => run.taskKind !== "followup").length,
        pulls: facts.repairs.pulls,
        nextCheckAt: incident.nextCheckAt,
        isPaused: incident.pausedAt !== null,
        isSymptom: facts.causedBy !== null,
        latest: latest?.summary ?? null,
      }),
      facts.moves ? composeRollbackHint({ ...facts.moves, state: incident.state }) : null,
      measure && renderMeasure(measure),
      symptomSection(facts.symptoms),
      causeSection(facts, measure !== null),
      ...(investigation === null ? [] : composeDetails(investigation)),
      composeSeerSection(facts.timeline ?? []),
      reasonsSection(facts),
      sourceLine(facts),
    ],
    MAX_BODY,
  );
}

const count = (many: number | null, one: string): string =>
  many === null ? `${one}s unknown` : `${many} ${one}${many === 1 ? "" : "s"}`;

/** How bad, where, since when, for whom: short lines, as tables break on a phone. */
function factsLines({ incident, impact }: IssueFacts, isMeasured: boolean): string {
  const { priority, severity, environment, release, firstSeenAt, lastSeenAt } = incident;
  const judged = [
    priority === null ? "not judged yet" : `**${priority}**${severity === null ? "" : ` ${severity}`}`,
    environment === null ? null : quiet(environment, 60),
    isMeasured ? null : `${count(incident.events, "event")}, ${count(incident.users, "user")}`,
  ];
  const seen = [
    `Since ${minute(firstSeenAt)}, last seen ${minute(lastSeenAt)}`,
    release === null ? null : `release ${code(shortRelease(release), 60)}`,
  ];
  const lines = [judged, seen].map((parts) => parts.filter((part) => part !== null).join(" · "));
  if (impact !== null)
    lines.push(quiet(/^impact/i.test(impact) ? impact.replace(/^i/, "I") : `Impact: ${impact}`, 900));
  return lines.join("\n");
}

/** A commit's full name is a release's by habit, and tells nobody more than its beginning. */
const shortRelease = (release: string): string => (/^[0-9a-f]{40}$/.test(release) ? release.slice(0, 12) : release);

function causeSection({ investigation }: IssueFacts, isMeasured: boolean): string | null {
  if (investigation !== null) return composeCause(investigation);
  return isMeasured ? null : "_Not investigated yet._";
}

function reasonsSection({ incident, triageReasons }: IssueFacts): string | null {
  if (triageReasons.length === 0) return null;
  const lines = triageReasons.slice(0, 20).map((reason) => `- ${quiet(reason)}`);
  return fold(`Why ${incident.priority ?? "this priority"}`, lines.join("\n"));
}

/** Where to read on. */
function sourceLine({ incident, dashboardUrl }: IssueFacts): string {
  const source = incident.kind === "performance" ? null : quiet(incident.sourceShortId ?? "the error's page", 60);
  const links = [
    source === null ? null : link(source, incident.sourceUrl),
    dashboardUrl === null ? null : link(`INC-${incident.number} in the dashboard`, dashboardUrl),
  ].filter((one) => one !== null);
  return links.length === 0 ? "" : `<sub>${links.join(" · ")}</sub>`;
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

const HEADLINES: Record<IncidentState, string> = {
  new: "Being looked at",
  observed: "Watched: nothing is done about it",
  investigating: "Being investigated",
  repairing: "A repair is being made",
  planned: "A plan waits for you",
  in_review: "A draft pull request waits for you",
  deploying: "Merged: waiting for the deployment",
  verifying: "Deployed: watching whether the error stopped",
  recovered: "Recovered",
  done: "Done",
  escalated: "A person has to look",
  ignored: "Ignored",
};

const MAX_ATTEMPTS = 10;

/** The one living comment: how it stands, what was tried, what comes next. */
export function composeStatusComment(facts: IssueFacts): string {
  const { incident, repairs } = facts;
  const explanation = repairs.verdict?.verdict.explanation;
  const isJudged = incident.state === "recovered" || incident.state === "verifying" || incident.state === "escalated";
  const attempts = repairs.runs
    .slice(-MAX_ATTEMPTS)
    .map(
      (run) =>
        `| ${run.attempt}${run.taskKind === "followup" ? ", review" : ""} | ${run.profile} | ${run.state} | ${run.reason ? quiet(run.reason) : ""} |`,
    );
  const pulls = repairs.pulls
    .slice(-MAX_ATTEMPTS)
    .map((pull) => `#${pull.number} (${pull.state})`)
    .join(", ");
  const sections = [
    `### ${facts.causedBy === null ? HEADLINES[incident.state] : "A symptom of another incident"}`,
    facts.causedBy === null ? null : quiet(facts.causedBy, 500),
    pausedLine(incident),
    isJudged && typeof explanation === "string" ? quiet(explanation, 1_500) : null,
    facts.latest && facts.latest.summary !== explanation
      ? `${quiet(facts.latest.summary, 800)} <sub>${minute(facts.latest.at)}</sub>`
      : null,
    facts.moves ? composeRollback({ ...facts.moves, state: incident.state }) : null,
    pulls ? `Pull requests: ${pulls}` : null,
    incident.nextCheckAt && (incident.state === "verifying" || incident.state === "deploying")
      ? `Next look: ${minute(incident.nextCheckAt)}`
      : null,
    attempts.length > 0 ? ["| attempt | worker | state | |", "|---|---|---|---|", ...attempts].join("\n") : null,
    facts.postmortem ? composePostmortemFold(facts.postmortem) : null,
    incident.reopenedCount > 0
      ? `Came back ${incident.reopenedCount} time${incident.reopenedCount > 1 ? "s" : ""} after it had recovered.`
      : null,
    `<sub>Patchpilot INC-${incident.number}. People with write permission can comment \`/patchpilot status\`, \`fix\`, \`retry\`, \`approve\`, \`pause\`, \`resume\`, \`rollback\` or \`ignore\`.</sub>`,
  ];
  return sections.filter((section) => section !== null).join("\n\n");
}

export function pausedLine(incident: Pick<IssueIncident, "pausedAt" | "pausedBy">): string | null {
  const paused = whyPaused(incident);
  if (paused === null || incident.pausedAt === null) return null;
  return `**Repairs are ${quiet(paused, 100)}** since ${minute(incident.pausedAt)}, until somebody comments \`/patchpilot resume\`.`;
}

const MAX_POSTMORTEM = 30_000;

/** The draft, folded, its headings below those of the comment; cut at a line where it is too long for one. */
function composePostmortemFold(draft: string): string {
  const cut =
    draft.length <= MAX_POSTMORTEM ? draft : `${draft.slice(0, draft.lastIndexOf("\n", MAX_POSTMORTEM))}\n\n… (cut)`;
  return fold("Postmortem draft", cut.replace(/^(?=#{1,3} )/gm, "###"));
}

/** The comment on an issue that somebody else wrote: the status, and below it what our own issue's body would say. */
export function composeForeignComment(facts: IssueFacts): string {
  return `${composeStatusComment(facts)}\n\n---\n\n${composeIssueBody(facts)}`;
}
