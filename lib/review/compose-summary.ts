import { code, fitSections, fold, link, quiet } from "../kernel/render-markdown.ts";
import type { FailedCheck, RelatedIncident } from "./compose-review-message.ts";
import type { EarlierFinding } from "./decide-findings.ts";
import { severityRank } from "./decide-findings.ts";
import type { ReviewSuspicion } from "./decide-suspicions.ts";
import type { Finding, FindingState, ProposedReview, Reading } from "./model.ts";
import { KIND_NAMES, MAX_BODY, placeText, plural, row, said } from "./render-said.ts";

export interface SummaryFinding extends Pick<Finding, "place" | "severity" | "kind" | "title"> {
  state: FindingState;
  /** Why it is in this state, where that is worth telling. */
  reason: string | null;
  /** The comment, or null where there is none. */
  url: string | null;
}

export interface SummaryFacts {
  headSha: string;
  review: Pick<ProposedReview, "summary" | "risk" | "riskWhy">;
  reading: Reading;
  /** Every finding of this pull request that was told, earlier reviews' too. */
  findings: readonly SummaryFinding[];
  failedChecks: readonly FailedCheck[];
  incidents: readonly RelatedIncident[];
  suspicions: readonly ReviewSuspicion[];
  /** Other things to know: a second pass that was not made, a budget that ended it. */
  notes: readonly string[];
}

const MOST_FINDINGS = 60;
const MOST_LEFT = 40;
const SHOWN: readonly FindingState[] = ["open", "listed", "resolved", "dismissed"];
const STATE_NAMES: Record<FindingState, string> = {
  open: "open",
  listed: "open, not commented",
  resolved: "fixed",
  dismissed: "dismissed",
  dropped: "dropped",
};

const isOpen = ({ state }: Pick<EarlierFinding, "state">) => state === "open" || state === "listed";

function headline(facts: SummaryFacts): string {
  const open = facts.findings.filter(isOpen).length;
  const fixed = facts.findings.filter((one) => one.state === "resolved").length;
  const failed = facts.failedChecks.length;
  const said = [
    open > 0 ? `${plural(open, "open finding")}` : "no open findings",
    fixed > 0 ? `${fixed} fixed` : null,
    failed > 0 ? `${plural(failed, "failed check")}` : null,
  ].filter((part) => part !== null);
  return `### Review: ${said.join(", ")}`;
}

function composeFindings(findings: readonly SummaryFinding[]): string | null {
  const shown = findings
    .filter((one) => SHOWN.includes(one.state))
    .toSorted(
      (a, b) => SHOWN.indexOf(a.state) - SHOWN.indexOf(b.state) || severityRank(b.severity) - severityRank(a.severity),
    );
  if (shown.length === 0) return null;
  const rows = shown.slice(0, MOST_FINDINGS).map((one) => {
    const title = said(one.title, 160);
    const why = one.state === "dismissed" && one.reason ? ` (${quiet(one.reason, 120)})` : "";
    return row([
      `${STATE_NAMES[one.state]}${why}`,
      `${one.severity} ${KIND_NAMES[one.kind]}`,
      placeText(one.place),
      isOpen(one) ? link(title, one.url) : title,
    ]);
  });
  const more = shown.length > MOST_FINDINGS ? `\n\nand ${shown.length - MOST_FINDINGS} more` : "";
  return [row(["state", "what", "where", ""]), "|---|---|---|---|", ...rows].join("\n") + more;
}

/** What was not read, by reason: a list of files is read by nobody. */
function composeLeft(reading: Reading): string | null {
  const inPart = reading.sent.filter((one) => one.how === "part").map(({ path }) => path);
  const byReason = new Map<string, string[]>(inPart.length > 0 ? [["read in part", inPart]] : []);
  for (const { path, why } of reading.left) byReason.set(why, [...(byReason.get(why) ?? []), path]);
  if (byReason.size === 0) return null;
  const lines = [...byReason].map(([why, paths]) => {
    const names = paths.slice(0, 5).map((path) => (path === "…" ? "…" : code(path)));
    const more = paths.length > 5 ? ` and ${paths.length - 5} more` : "";
    return `- ${quiet(why, 100)}: ${names.join(", ")}${more}`;
  });
  const isShort = byReason.size <= 3 && reading.left.length + inPart.length <= 5;
  const text = lines.slice(0, MOST_LEFT).join("\n");
  const title = `Not read: ${plural(reading.left.length, "file")}${inPart.length > 0 ? `, ${inPart.length} in part` : ""} (${reading.sentLines} of ${reading.changedLines} changed lines were)`;
  return isShort ? `${title}\n\n${text}` : fold(title, text);
}

function composeChecks(checks: readonly FailedCheck[]): string | null {
  if (checks.length === 0) return null;
  const names = checks.slice(0, 10).map((check) => link(quiet(check.name, 80), check.url));
  const more = checks.length > 10 ? ` and ${checks.length - 10} more` : "";
  return `**Failed on this head:** ${names.join(", ")}${more}.`;
}

function composeIncidents(incidents: readonly RelatedIncident[]): string | null {
  if (incidents.length === 0) return null;
  const lines = incidents.slice(0, 5).map((one) => {
    const lesson = one.lesson === null ? "" : `: ${quiet(one.lesson, 300)}`;
    return `- ${link(`INC-${one.number}`, one.url)} ${quiet(one.title, 160)}, in ${code(one.path)}${lesson}`;
  });
  return `This code was behind earlier incidents:\n\n${lines.join("\n")}`;
}

function composeSuspicions(suspicions: readonly ReviewSuspicion[]): string | null {
  if (suspicions.length === 0) return null;
  const lines = suspicions.slice(0, 10).map(({ where, what }) => `- ${code(where, 160)}: ${quiet(what, 160)}`);
  const more = suspicions.length > 10 ? `\n- and ${suspicions.length - 10} more` : "";
  return `> [!WARNING]\n> Some of this pull request is not what it seems, or speaks to whoever reads it by machine. It was read as data, and has no other effect.\n\n${lines.join("\n")}${more}`;
}

function composeNotes(notes: readonly string[]): string | null {
  if (notes.length === 0) return null;
  const lines = notes.slice(0, 10).map((note) => `- ${quiet(note, 300)}`);
  const more = notes.length > 10 ? `\n- and ${notes.length - 10} more` : "";
  return `Of this review:\n\n${lines.join("\n")}${more}`;
}

const FOOT = (sha: string) =>
  `<sub>Patchpilot read ${sha.slice(0, 12)}. It comments, and never approves or merges. Ask in a thread, say "won't fix" to close one, or comment \`/patchpilot review\` for another look.</sub>`;

/** The one living comment of a pull request: what it does, how risky it is, what was found, what was not read. */
export function composeSummary(facts: SummaryFacts): string {
  const { review } = facts;
  const riskWhy = review.riskWhy.trim() === "" ? "" : `: ${said(review.riskWhy, 600)}`;
  const foot = FOOT(facts.headSha);
  const sections = [
    headline(facts),
    said(review.summary, 3_000),
    `**Risk: ${review.risk}**${riskWhy}`,
    composeChecks(facts.failedChecks),
    composeFindings(facts.findings),
    composeSuspicions(facts.suspicions),
    composeIncidents(facts.incidents),
    composeLeft(facts.reading),
    composeNotes(facts.notes),
  ];
  return `${fitSections(sections, MAX_BODY - foot.length)}\n\n${foot}`;
}
