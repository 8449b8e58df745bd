import { link } from "../kernel/markdown-link.ts";
import { quietMarkdown } from "../kernel/quiet-text.ts";
import type { IncidentStory, TimelineView, VerificationView } from "./model.ts";
import { type Milestones, readMilestones } from "./read-milestones.ts";

/** What a sentence rests on. */
interface Evidence {
  label: string;
  url: string | null;
}

interface Told {
  story: IncidentStory;
  milestones: Milestones;
  /** The timeline entry, as evidence. */
  entry(entry: TimelineView | null): Evidence[];
  /** Sentry's page of the error. */
  source: Evidence;
}

const MOST_TEXT = 600;
const MOST_ENTRIES = 40;
const MINUTE_S = 60;
const HOUR_S = 3_600;
const DAY_S = 86_400;

/** Text from outside, cut between words, without the full stop that the sentence brings itself. */
function quiet(text: string, most = MOST_TEXT): string {
  const told = quietMarkdown(text, most + 100).replace(/[.\s]+$/, "");
  return told.length <= most ? told : `${told.slice(0, Math.max(told.lastIndexOf(" ", most), most / 2))} …`;
}
const utc = (iso: string) => `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;

/** A sentence with what shows it. A sentence without evidence cannot be written. */
function say(text: string, evidence: readonly Evidence[]): string {
  const shown = evidence.map(({ label, url }) => link(label, url)).join(", ");
  return `${text}. <sub>(${shown || "nothing recorded"})</sub>`;
}

const bullets = (lines: readonly string[]) => lines.map((line) => `- ${line}`).join("\n");

/**
 * The draft of an incident's postmortem in Markdown, from what was recorded and from nothing else: each sentence ends with
 * its evidence, and what is not known says so. For a person to finish.
 */
export function composePostmortem(story: IncidentStory, { publicUrl }: { publicUrl: string | null }): string {
  const { incident } = story;
  const page = publicUrl === null ? null : `${publicUrl.replace(/\/+$/, "")}/incidents/${incident.id}`;
  const told: Told = {
    story,
    milestones: readMilestones(story),
    entry: (entry) =>
      entry === null ? [] : [{ label: `timeline ${entry.seq}`, url: page && `${page}#entry-${entry.seq}` }],
    source: {
      label: incident.sourceShortId ? quiet(incident.sourceShortId, 60) : incident.source,
      url: incident.sourceUrl,
    },
  };
  const sections: [string, string][] = [
    ["Summary", composeSummary(told)],
    ["Impact", composeImpact(told)],
    ["Cause", composeCause(told)],
    ["What worked", composeWorked(told)],
    ["What did not", composeFailed(told)],
    ["Times", composeTimes(told)],
    ["Timeline", composeTimeline(told)],
  ];
  return [
    `# Postmortem draft: INC-${incident.number} ${quiet(incident.title, 150)}`,
    "_Written by Patchpilot from recorded facts. Each sentence ends with its evidence; what is not recorded says unknown. Lessons and actions are for people to add._",
    ...sections.map(([title, text]) => `## ${title}\n\n${text}`),
  ].join("\n\n");
}

function composeSummary({ story, milestones, entry, source }: Told): string {
  const { incident } = story;
  const where = [
    incident.culprit && `in ${quiet(incident.culprit, 120)}`,
    incident.environment && `of ${quiet(incident.environment, 60)}`,
  ];
  const lines = [
    say(`${quiet(incident.title, 200)} ${where.filter(Boolean).join(" ")}`.trim(), [source]),
    say(`It began at ${utc(milestones.began)}`, [source]),
    milestones.recovered === null
      ? say(`It is ${incident.state}; recovery was not proved`, entry(story.timeline.at(-1) ?? null))
      : say(`Recovery was proved at ${utc(milestones.recovered.at)}`, entry(milestones.recovered)),
  ];
  if (incident.reopenedCount > 0)
    lines.push(
      say(
        `It had come back ${plural(incident.reopenedCount, "time")} before; the times below are of the last occurrence`,
        story.timeline.filter(({ kind }) => kind === "reopened").flatMap(entry),
      ),
    );
  return bullets(lines);
}

/** The look that the verdict rests on. */
function closingLook({ story }: Told): VerificationView | null {
  return story.verifications.find((look) => look.action === "close") ?? null;
}

function composeImpact(told: Told): string {
  const { story, milestones, entry, source } = told;
  const { incident } = story;
  const look = closingLook(told);
  const many = (count: number | null, noun: string) => (count === null ? `${noun}s unknown` : plural(count, noun));
  const before = look?.before
    ? `${plural(look.before.events, "event")} in ${hours(look.before.hours)} before the repair`
    : "unknown";
  const after = look?.since
    ? `${plural(look.since.events, "event")} in ${hours(look.since.hours)} since the repair${look.expected === null ? "" : `, where ${number(look.expected)} were expected`}`
    : "unknown";
  const judged = story.timeline.findLast(({ kind }) => kind === "triaged") ?? null;
  const impact = story.triage?.impact;
  return bullets([
    say(`In all: ${many(incident.events, "event")}, ${many(incident.users, "user")} (as last read)`, [source]),
    say(`Before: ${before}`, look?.before ? entry(milestones.recovered) : []),
    say(
      `Product, during: ${impact ? quiet(impact.summary) : "unknown, it was not measured"}`,
      impact ? [...entry(story.timeline.findLast(({ kind }) => kind === "impact") ?? judged)] : [],
    ),
    say(`After: ${after}`, look?.since ? entry(milestones.recovered) : []),
  ]);
}

function composeCause({ story, entry }: Told): string {
  const found = story.investigation;
  const investigated = story.timeline.findLast(({ kind }) => kind === "investigated") ?? null;
  if (found === null) return bullets([say("Unknown: it was not investigated", entry(investigated))]);
  const { change, report, webUrl } = found;
  const commit = change && "sha" in change ? found.commits.find(({ sha }) => sha === change.sha) : undefined;
  const lines: string[] = [];
  if (report?.rootCause)
    lines.push(
      say(
        `${quiet(report.rootCause)} (an investigator's words, ${Math.round(report.confidence * 100)} % sure)`,
        entry(investigated),
      ),
    );
  if (change && "sha" in change) {
    const url = webUrl ? `${webUrl}/commit/${change.sha}` : null;
    const words = commit ? ` by ${quiet(commit.author, 60)}, "${quiet(commit.message, 120)}"` : "";
    lines.push(
      say(
        `Commit ${change.sha.slice(0, 7)}${words} is ${change.certainty === "likely" ? "the likely cause" : "a possible cause"}`,
        [{ label: `commit ${change.sha.slice(0, 7)}`, url }, ...entry(investigated)],
      ),
    );
    if (commit && commit.reasons.length > 0)
      lines.push(say(`Why: ${quiet(commit.reasons.join("; "))}`, entry(investigated)));
  } else
    lines.push(
      say(`Which change brought it is unknown${change ? `: ${quiet(change.unknown)}` : ""}`, entry(investigated)),
    );
  lines.push(say(`Where it shows: ${quiet(found.summary)}`, entry(investigated)));
  return bullets(lines);
}

const WORKED: Readonly<Record<string, true>> = { merged: true, deployed: true, rollback_worked: true, recovered: true };
const FAILED: Readonly<Record<string, true>> = {
  run_failed: true,
  run_lost: true,
  gate_denied: true,
  not_recovered: true,
  rollback_failed: true,
  rollback_no_help: true,
  reopened: true,
  escalated: true,
  job_dead: true,
};

function composeWorked(told: Told): string {
  const { story, entry } = told;
  const lines = story.timeline
    .filter(({ kind }) => WORKED[kind])
    .map((one) => say(quiet(one.summary), withPull(told, one)));
  const merged = story.pullRequests.filter((pull) => pull.mergedAt !== null);
  for (const pull of merged) {
    const run = story.runs.find(({ id }) => id === pull.runId);
    const held = story.timeline.findLast(
      ({ kind, detail }) => kind === "reopened" && detail.repairSha === pull.mergeSha,
    );
    const retried = story.timeline.find(
      ({ kind, at }) => kind === "not_recovered" && pull.mergedAt !== null && at > pull.mergedAt,
    );
    if (held || retried || !run?.summary) continue;
    lines.push(say(`The repair, in its author's words: ${quiet(run.summary)}`, [pullEvidence(pull), ...entry(null)]));
  }
  return lines.length === 0
    ? bullets([say("Nothing is recorded as having worked", entry(story.timeline.at(-1) ?? null))])
    : bullets(lines);
}

const pullEvidence = ({ number: of, url }: { number: number; url: string }): Evidence => ({
  label: `pull request ${of}`,
  url,
});

/** An entry, with the page outside that it speaks of. */
function withPull({ story, entry }: Told, one: TimelineView): Evidence[] {
  const pull = story.pullRequests.find(({ url }) => url === one.url);
  const deployment = story.deployments.find(({ url }) => url !== null && url === one.url);
  return [
    ...entry(one),
    ...(pull ? [pullEvidence(pull)] : deployment ? [{ label: "deployment", url: deployment.url }] : []),
  ];
}

function composeFailed(told: Told): string {
  const { story, entry } = told;
  const lines = story.timeline
    .filter(({ kind }) => FAILED[kind])
    .map((one) => say(`${one.kind.replaceAll("_", " ")}: ${quiet(one.summary)}`, withPull(told, one)));
  if (lines.length > 0) return bullets(lines);
  return bullets([say("Nothing is recorded as having failed on the way", entry(story.timeline.at(-1) ?? null))]);
}

/** Lines, not a table: those break on a phone. */
function composeTimes({ milestones, entry, source }: Told): string {
  const { began, detected, acknowledged, mitigated, repaired, deployed, recovered } = milestones;
  const from = Date.parse(began);
  const line = (name: string, at: string | null, evidence: Evidence[]) =>
    say(
      at === null ? `${name}: unknown` : `${name}: ${span(Date.parse(at) - from)} after it began, at ${utc(at)}`,
      evidence,
    );
  return bullets([
    say(`Began: ${utc(began)}`, [source]),
    line("Detected", detected.at, entry(detected.entry)),
    line("Acknowledged by a person", acknowledged?.at ?? null, entry(acknowledged)),
    ...(mitigated ? [line("Mitigated (rolled back)", mitigated.at, entry(mitigated))] : []),
    line("Repair merged", repaired?.at ?? null, entry(repaired)),
    line("Repair in production", deployed?.at ?? null, entry(deployed)),
    line("Recovery proved", recovered?.at ?? null, entry(recovered)),
  ]);
}

/** Entries that say no more than that something was looked at again. */
const ROUTINE: ReadonlySet<string> = new Set([
  "waiting",
  "watching",
  "held",
  "run_claimed",
  "run_reported",
  "issue_changed",
]);

function composeTimeline(told: Told): string {
  const entries = told.story.timeline.filter(({ kind }) => !ROUTINE.has(kind));
  const shown = entries.slice(-MOST_ENTRIES);
  const left = entries.length - shown.length;
  return bullets([
    ...(left > 0
      ? [`${plural(left, "earlier entry").replace(/entrys/, "entries")} left out; the dashboard has them`]
      : []),
    ...shown.map((one) => say(`${utc(one.at)} ${quiet(one.summary, 240)}`, withPull(told, one))),
  ]);
}

function plural(count: number, noun: string): string {
  return `${number(count)} ${noun}${count === 1 ? "" : "s"}`;
}

function number(value: number): string {
  return Number.isInteger(value) || value >= 100 ? String(Math.round(value)) : value.toFixed(1);
}

function hours(value: number): string {
  return span(value * HOUR_S * 1_000);
}

/** `45 s`, `3 min 12 s`, `5 h 4 min`, `2 d 3 h`. */
function span(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < MINUTE_S) return `${seconds} s`;
  const two = (large: number, unit: string, small: number, lesser: string) =>
    small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${lesser}`;
  if (seconds < HOUR_S) return two(Math.floor(seconds / MINUTE_S), "min", seconds % MINUTE_S, "s");
  if (seconds < DAY_S) return two(Math.floor(seconds / HOUR_S), "h", Math.floor((seconds % HOUR_S) / MINUTE_S), "min");
  return two(Math.floor(seconds / DAY_S), "d", Math.floor((seconds % DAY_S) / HOUR_S), "h");
}
