import type { InvestigatedCommit, Investigation } from "../investigate/compose-investigation.ts";
import type { CodeExcerpt, Ownership } from "../investigate/evidence-model.ts";
import { codeUrl } from "../kernel/code-url.ts";
import { code, codeBlock, link, minute, quiet } from "../kernel/render-markdown.ts";

const SHOWN_SUSPECTS = 3;
const SHOWN_QUOTES = 3;
const SHOWN_OWNERS = 3;
const SHOWN_REASONS = 4;
const SHOWN_NOTES = 4;

/** A commit by its short name, linked where the repository's page is known. */
export function renderCommit({ sha, message, pullRequest }: InvestigatedCommit, webUrl: string | null): string {
  const name = link(code(sha.slice(0, 7)), webUrl === null ? null : `${webUrl}/commit/${sha}`);
  const pull = pullRequest ? `, ${link(`pull request ${pullRequest.number}`, pullRequest.url)}` : "";
  return `${name} ${quiet(message, 120)}${pull}`;
}

/** A file, linked to the commit that was looked at. */
export function renderPath(path: string, { commit, webUrl }: Investigation, line?: number): string {
  const label = code(line === undefined ? path : `${path}:${line}`, 200);
  return link(label, commit && webUrl ? codeUrl(webUrl, commit.sha, path, line) : null);
}

function reportText(investigation: Investigation): string | null {
  const { report, inquiry } = investigation;
  if (!report) return inquiry ? `<sub>Without a model's reading: ${quiet(inquiry.detail)}</sub>` : null;
  const sure = `${Math.round(report.confidence * 100)} %`;
  if (report.rootCause === null)
    return `A model looked at it and is not sure (${sure}): no cause is asserted, and a person should look.`;
  const quotes = report.evidence
    .slice(0, SHOWN_QUOTES)
    .map(({ path, line, quote }) => `- ${renderPath(path, investigation, line)} ${code(quote, 160)}`);
  const fix = report.suggestedFix === null ? null : `Suggested: ${quiet(report.suggestedFix, 500)}`;
  const person = report.needsPerson ? "**A person should look before anything is changed.**" : null;
  return [
    `${quiet(report.rootCause, 700)} <sub>A model's reading, ${sure} sure; its quotes stand in the code.</sub>`,
    quotes.join("\n"),
    fix,
    person,
  ]
    .filter((part) => part)
    .join("\n\n");
}

function withoutBlankEnds(lines: CodeExcerpt["lines"]): CodeExcerpt["lines"] {
  const isFull = ({ text }: { text: string }) => text.trim() !== "";
  return lines.slice(Math.max(0, lines.findIndex(isFull)), lines.findLastIndex(isFull) + 1);
}

/** The lines around a crash, numbered, the crashing one marked by `>`, without the indent that all of them share. */
export function excerptRows({ line, lines }: Pick<CodeExcerpt, "line" | "lines">): string[] {
  const width = String(lines.at(-1)?.number ?? 0).length;
  const shared = Math.min(
    ...lines.flatMap(({ text }) => (text.trim() === "" ? [] : [/^\s*/.exec(text)?.[0].length ?? 0])),
    40,
  );
  return withoutBlankEnds(lines)
    .slice(0, 9)
    .map(
      ({ number, text }) => `${number === line ? ">" : " "} ${String(number).padStart(width)} ${text.slice(shared)}`,
    );
}

function excerptText(excerpt: CodeExcerpt): string {
  const { path, line, function: name, url } = excerpt;
  const where = `${link(code(`${path}:${line}`, 200), url)}${name === null ? "" : ` in ${code(name, 80)}`}`;
  return `It crashed at ${where}:\n\n${codeBlock(excerptRows(excerpt))}`;
}

function changeText({ change, commits, webUrl }: Investigation): string | null {
  if (!change) return null;
  if ("unknown" in change) return `Which change brought it is unknown: ${quiet(change.unknown)}.`;
  const commit = commits.find((one) => one.sha === change.sha);
  if (!commit) return null;
  const how = change.certainty === "likely" ? "Most likely brought by" : "Possibly brought by";
  const reasons = commit.reasons.slice(0, SHOWN_REASONS).map((reason) => `- ${quiet(reason)}`);
  const head = `**${how}** ${renderCommit(commit, webUrl ?? null)}, by ${code(commit.author, 60)}, ${minute(commit.date)}:`;
  return `${head}\n\n${reasons.join("\n")}`;
}

/** Who made the change, and who answers for the file; null: nobody is known. */
export interface WhomToAsk {
  author: string | null;
  owned: { path: string; owners: string[] } | null;
}

/** Whom to ask about an incident: the named commit's author, and the owners of the first suspect that has any. */
export function findWhomToAsk(found: {
  change?: Investigation["change"] | null | undefined;
  commits: readonly { sha: string; author: string }[];
  owners?: readonly Ownership[] | null | undefined;
  suspects: readonly { path: string }[];
}): WhomToAsk {
  const { change, commits, owners, suspects } = found;
  const author = change && "sha" in change ? commits.find((one) => one.sha === change.sha)?.author : undefined;
  const path = suspects[0]?.path;
  const owned = owners?.find((one) => one.path === path) ?? owners?.[0];
  return { author: author ?? null, owned: owned ? { ...owned, owners: owned.owners.slice(0, SHOWN_OWNERS) } : null };
}

/** Names are code, so that nobody is called by them. */
function askText(investigation: Investigation): string | null {
  const { author, owned } = findWhomToAsk(investigation);
  const names = owned?.owners.map((name) => (name.startsWith("@") ? code(name, 80) : quiet(name, 80)));
  const asked = [
    author === null ? null : `${code(author, 60)}, who made it`,
    names && owned
      ? `${names.join(" or ")}, who ${names.length === 1 ? "owns" : "own"} ${code(owned.path, 160)} (CODEOWNERS)`
      : null,
  ].filter((one) => one !== null);
  return asked.length === 0 ? null : `**Ask** ${asked.join(", or ")}.`;
}

function suspectsText(investigation: Investigation): string {
  const { suspects, summary, commit } = investigation;
  if (suspects.length === 0) return `Where to look is not known: ${quiet(summary)}.`;
  const shown = suspects.slice(0, SHOWN_SUSPECTS).map(({ path }) => renderPath(path, investigation));
  const doubt =
    commit && !commit.isRelease
      ? " <sub>Lines are those of the default branch: the failing release names no known commit.</sub>"
      : "";
  return `Suspect file${shown.length === 1 ? "" : "s"}: ${shown.join(", ")}${doubt}`;
}

/** The likely cause: what somebody made of it, the lines, the change, whom to ask, the files. */
export function composeCause(investigation: Investigation): string {
  const excerpt = investigation.evidence?.code[0];
  const parts = [
    reportText(investigation),
    excerpt ? excerptText(excerpt) : null,
    changeText(investigation),
    askText(investigation),
    suspectsText(investigation),
    ...investigation.notes.slice(-SHOWN_NOTES).map((note) => `> ${quiet(note)}`),
  ];
  return `## Likely cause\n\n${parts.filter((part) => part !== null).join("\n\n")}`;
}
