import type { Investigation } from "../investigate/compose-investigation.ts";
import type { Evidence } from "../investigate/evidence-model.ts";
import { code, codeBlock, fold, link, minute, quiet, reasonsText, second } from "../kernel/render-markdown.ts";
import { renderCommit, renderPath } from "./compose-cause.ts";

const MAX_STACK = 12;
const MAX_CRUMBS = 10;
const MAX_TIMELINE = 12;
const MAX_LINES = 8;
const MAX_LESSONS = 5;

function suspectsDetail(investigation: Investigation): string | null {
  const { suspects, commit } = investigation;
  if (suspects.length === 0) return null;
  const lines = suspects
    .slice(0, MAX_LINES)
    .map((one, index) => `${index + 1}. ${renderPath(one.path, investigation)}: ${reasonsText(one.reasons)}`);
  const at = commit
    ? `\n\n<sub>As of ${code(commit.sha.slice(0, 12))}${commit.isRelease ? ", the failing release" : ""}.</sub>`
    : "";
  return fold("Why these files", `${lines.join("\n")}${at}`);
}

function changesDetail({ commits, change, webUrl }: Investigation): string | null {
  const named = change && "sha" in change ? change.sha : null;
  const others = commits.filter((one) => one.sha !== named).slice(0, MAX_LINES);
  if (others.length === 0) return null;
  const lines = others.map(
    (one) =>
      `- ${renderCommit(one, webUrl ?? null)} (${code(one.author, 60)}, ${minute(one.date)}): ${reasonsText(one.reasons)}`,
  );
  return fold(named === null ? "Changes there" : "Other changes there", lines.join("\n"));
}

function stackDetail({ stack, request, evidence }: Investigation): string | null {
  if (stack.length === 0) return null;
  const event = evidence?.event;
  const seen = event ? `\n\n${link("The event", event.url)}${event.at === null ? "" : ` of ${minute(event.at)}`}` : "";
  const asked = request === null ? "" : `${code(request, 300)}\n\n`;
  return fold("Stack, newest frame first", `${asked}${codeBlock(stack.slice(0, MAX_STACK), 400)}${seen}`);
}

function crumbsDetail({ breadcrumbs }: Evidence): string | null {
  if (breadcrumbs.length === 0) return null;
  const lines = breadcrumbs
    .slice(-MAX_CRUMBS)
    .map(
      ({ at, category, level, text }) =>
        `${at?.slice(11, 19) ?? "        "} ${[category, level].filter(Boolean).join(" ")}: ${text}`,
    );
  return fold("Last steps before the error", codeBlock(lines, 260));
}

function spreadsDetail({ spreads }: Evidence): string | null {
  const lines = spreads.slice(0, MAX_LINES).map(({ key, total, values, at }) => {
    const shares = values
      .slice(0, 5)
      .map(({ value, count }) => `${code(value, 100)} ${total > 0 ? Math.round((count / total) * 100) : 0} %`);
    return `- ${code(key, 40)}: ${shares.join(", ")} <sub>of ${total} events, ${minute(at)}</sub>`;
  });
  return lines.length === 0 ? null : fold("Who is affected", lines.join("\n"));
}

function timelineDetail({ timeline }: Evidence): string | null {
  const lines = timeline
    .slice(0, MAX_TIMELINE)
    .map(({ at, text, url }) => `- ${second(at)} ${link(quiet(text, 160), url)}`);
  return lines.length === 0 ? null : fold("Timeline", lines.join("\n"));
}

function relatedDetail({ related }: Evidence): string | null {
  const lines = related.slice(0, MAX_LINES).map(({ kind, number, title, url, updatedAt }) => {
    const name = link(`${kind === "pull" ? "Pull request" : "Issue"} ${number}`, url);
    return `- ${name} ${quiet(title, 160)} <sub>open, ${minute(updatedAt)}</sub>`;
  });
  return lines.length === 0 ? null : fold("Open issues and pull requests that speak of it", lines.join("\n"));
}

function reportDetail({ report }: Investigation): string | null {
  if (!report) return null;
  const list = (title: string, items: readonly string[]) =>
    items.length === 0
      ? null
      : `${title}\n${items
          .slice(0, MAX_LINES)
          .map((one) => `- ${quiet(one)}`)
          .join("\n")}`;
  const parts = [
    list("Ruled out:", report.ruledOut),
    list("Tests that would have caught it:", report.testCases),
    list("Dropped from its answer:", report.notes),
  ].filter((part) => part !== null);
  return parts.length === 0 ? null : fold("More of the model's reading", parts.join("\n\n"));
}

function lessonsDetail({ lessons }: Investigation): string | null {
  if (lessons.length === 0) return null;
  const items = lessons.slice(0, MAX_LESSONS).map((lesson) => {
    const [first = lesson.summary, ...rest] = lesson.lines ?? [];
    const pull = lesson.pullRequestUrl === null ? "" : ` ${link("its pull request", lesson.pullRequestUrl)}`;
    return [`- ${quiet(first, 500)}${pull}`, ...rest.slice(0, MAX_LINES).map((line) => `  - ${quiet(line)}`)].join(
      "\n",
    );
  });
  return fold("Similar incidents before", items.join("\n"));
}

function unknownDetail({ unknown }: Evidence): string | null {
  const lines = unknown.slice(0, 12).map((one) => `- ${quiet(one, 200)}`);
  return lines.length === 0 ? null : fold("What is not known", lines.join("\n"));
}

/** Everything that was found and is only read by who wants to know more, each part folded. */
export function composeDetails(investigation: Investigation): (string | null)[] {
  const { evidence } = investigation;
  return [
    stackDetail(investigation),
    suspectsDetail(investigation),
    changesDetail(investigation),
    reportDetail(investigation),
    ...(evidence
      ? [timelineDetail(evidence), crumbsDetail(evidence), spreadsDetail(evidence), relatedDetail(evidence)]
      : []),
    lessonsDetail(investigation),
    evidence ? unknownDetail(evidence) : null,
  ];
}
