import { html } from "hono/html";
import { readSeerResults, SEER_HEADINGS, type SeerResult } from "../../alerts/compose-seer.ts";
import type { EvidenceView, InvestigationView } from "../../insight/investigation-model.ts";
import type { IncidentStory } from "../../insight/model.ts";
import { renderCommit } from "./cause.ts";
import { type Html, renderFold, renderList, renderMoment, renderOutLink } from "./parts.ts";

/** Everything that was found and is only read by who wants to know more, each part folded. */
export function renderDetails({ incident, triage, investigation, timeline }: IncidentStory, now: Date): Html | null {
  const folds = [
    triage && triage.reasons.length > 0
      ? renderFold("triage", `Why ${incident.priority ?? "this priority"}`, renderList(triage.reasons))
      : null,
    ...(investigation === null ? [] : renderFound(investigation, now)),
    renderSeer(readSeerResults(timeline)),
  ].filter((fold) => fold !== null);
  if (folds.length === 0) return null;
  return html`<section class="card folds" aria-labelledby="details-title"><h2 id="details-title">Evidence</h2>${folds}</section>`;
}

function renderFound(investigation: InvestigationView, now: Date): (Html | null)[] {
  const { evidence, stack } = investigation;
  return [
    evidence?.code[0] && stack.length > 0
      ? renderFold("stack", "Stack, newest frame first", renderStack(investigation))
      : null,
    renderOtherChanges(investigation, now),
    ...(evidence
      ? [
          renderBeginnings(evidence, now),
          renderCrumbs(evidence, now),
          renderSpreads(evidence, now),
          renderRelated(evidence, now),
        ]
      : []),
    renderReport(investigation),
    renderLessons(investigation),
    evidence && evidence.unknown.length > 0
      ? renderFold("unknown", `What is not known (${evidence.unknown.length})`, renderList(evidence.unknown))
      : null,
  ];
}

export function renderStack({ stack }: InvestigationView): Html {
  return html`<pre tabindex="0" aria-label="Stack, newest frame first">${stack.join("\n")}</pre>`;
}

function renderOtherChanges({ commits, change, webUrl }: InvestigationView, now: Date): Html | null {
  const named = change && "sha" in change ? change.sha : null;
  const others = commits.filter((one) => one.sha !== named);
  if (others.length === 0) return null;
  const items = others.map(
    (one) =>
      html`<li><p>${renderCommit(one, webUrl)} <span class="muted small">${one.author}${one.date && html`, ${renderMoment(one.date, now)}`}</span></p><p class="muted small">${one.reasons.join("; ")}</p></li>`,
  );
  return renderFold(
    "changes",
    named === null ? "Changes there" : "Other changes there",
    html`<ul class="plain-list">${items}</ul>`,
  );
}

function renderBeginnings({ timeline, event }: EvidenceView, now: Date): Html | null {
  const seen = event ? [{ at: event.at, text: "The event that was read", url: event.url }] : [];
  const inOrder = [...timeline, ...seen].toSorted(
    (one, other) => Date.parse(one.at ?? "") - Date.parse(other.at ?? ""),
  );
  const items = inOrder.map(
    ({ at, text, url }) =>
      html`<li>${at && html`<span class="muted">${renderMoment(at, now)}</span> `}${renderOutLink(url, text)}</li>`,
  );
  if (items.length === 0) return null;
  return renderFold(
    "beginnings",
    "When it began, and what happened around it",
    html`<ul class="reasons small">${items}</ul>`,
  );
}

function renderCrumbs({ breadcrumbs }: EvidenceView, now: Date): Html | null {
  if (breadcrumbs.length === 0) return null;
  const items = breadcrumbs.map(({ at, category, level, text }) => {
    const kind = [category, level].filter((one) => one !== null).join(" ");
    return html`<li><span class="muted">${at && renderMoment(at, now)} ${kind}</span> ${text}</li>`;
  });
  return renderFold("crumbs", "Last steps before the error", html`<ul class="reasons small">${items}</ul>`);
}

function renderSpreads({ spreads }: EvidenceView, now: Date): Html | null {
  if (spreads.length === 0) return null;
  const items = spreads.map(({ key, total, values, at }) => {
    const shares = values.map(
      ({ value, count }) => `${value} ${total > 0 ? `${Math.round((count / total) * 100)} %` : count}`,
    );
    return html`<li><strong>${key}</strong>: ${shares.join(", ")} <span class="muted">of ${total} events, ${renderMoment(at, now)}</span></li>`;
  });
  return renderFold("spreads", "Who is affected", html`<ul class="reasons small">${items}</ul>`);
}

function renderRelated({ related }: EvidenceView, now: Date): Html | null {
  if (related.length === 0) return null;
  const items = related.map(
    ({ kind, number, title, url, updatedAt }) =>
      html`<li>${renderOutLink(url, `${kind === "pull" ? "Pull request" : "Issue"} #${number}`)} ${title} <span class="muted">open, ${renderMoment(updatedAt, now)}</span></li>`,
  );
  return renderFold(
    "related",
    "Open issues and pull requests that speak of it",
    html`<ul class="reasons small">${items}</ul>`,
  );
}

function renderReport({ report }: InvestigationView): Html | null {
  if (!report) return null;
  const { ruledOut, testCases, notes } = report;
  const part = (title: string, items: readonly string[]) =>
    items.length > 0 && html`<h3>${title}</h3>${renderList(items)}`;
  if (ruledOut.length + testCases.length + notes.length === 0) return null;
  return renderFold(
    "report",
    "More of the model’s reading",
    html`${part("Ruled out", ruledOut)}${part("Tests that would have caught it", testCases)}${part("Dropped from its answer", notes)}`,
  );
}

function renderLessons({ lessons }: InvestigationView): Html | null {
  if (lessons.length === 0) return null;
  const items = lessons.map(({ incidentId, lines, summary, pullRequestUrl }) => {
    const [first = summary, ...rest] = lines ?? [];
    return html`<li><p>${first}</p>${rest.length > 0 && renderList(rest)}<p class="small"><a href="/incidents/${encodeURIComponent(incidentId)}">That incident</a>${pullRequestUrl && html` · ${renderOutLink(pullRequestUrl, "its pull request")}`}</p></li>`;
  });
  return renderFold(
    "lessons",
    `Similar incidents before (${lessons.length})`,
    html`<ul class="plain-list">${items}</ul>`,
  );
}

function renderSeer(results: readonly SeerResult[]): Html | null {
  if (results.length === 0) return null;
  return renderFold(
    "seer",
    "What Sentry’s Seer thinks",
    html`<p class="muted small">Its opinion, which Patchpilot neither checked nor works by.</p>${results.map(renderSeerResult)}`,
  );
}

function renderSeerResult({ action, description, steps, changes, pullRequests }: SeerResult): Html {
  const done = [
    ...changes.map((one) => html`<li>${one.title}${one.description && html`: ${one.description}`}</li>`),
    ...pullRequests.map(
      ({ url, repository, number }) =>
        html`<li>${renderOutLink(url, [repository, number && `#${number}`].filter(Boolean).join(" ") || "pull request")}</li>`,
    ),
  ];
  return html`<h3>${SEER_HEADINGS[action]}</h3>
${description && html`<p>${description}</p>`}
${steps.length > 0 && html`<ol class="suspects small">${steps.map((step) => html`<li>${step}</li>`)}</ol>`}
${done.length > 0 && html`<ul class="reasons small">${done}</ul>`}`;
}
