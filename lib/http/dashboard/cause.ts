import { html } from "hono/html";
import { excerptRows, findWhomToAsk } from "../../alerts/compose-cause.ts";
import type { CommitView, InvestigationView } from "../../insight/investigation-model.ts";
import type { IncidentStory } from "../../insight/model.ts";
import { codeUrl } from "../../kernel/code-url.ts";
import { visibleText } from "../../kernel/untrusted-text.ts";
import { type Html, renderFold, renderMoment, renderOutLink } from "./parts.ts";

const SHOWN_QUOTES = 5;
const SHOWN_SUSPECTS = 3;

/** A file, linked at the commit that was looked at. */
export function renderPath(path: string, { commit, webUrl }: InvestigationView, line?: number): Html {
  const label = html`<code>${line === undefined ? path : `${path}:${line}`}</code>`;
  return commit && webUrl ? renderOutLink(codeUrl(webUrl, commit.sha, path, line), label) : label;
}

/** A commit by its short name, with its message and the pull request that brought it. */
export function renderCommit({ sha, message, pullRequest }: CommitView, webUrl: string | null | undefined): Html {
  const name = html`<code>${sha.slice(0, 7)}</code>`;
  return html`${webUrl ? renderOutLink(`${webUrl}/commit/${sha}`, name) : name} ${message}${
    pullRequest && html`, ${renderOutLink(pullRequest.url, `pull request #${pullRequest.number}`)}`
  }`;
}

/** What most likely broke, which change did it, and whom to ask: what the issue says first, in the same order. */
export function renderCause({ investigation, incident }: IncidentStory, now: Date): Html | null {
  if (investigation === null) return null;
  const { notes, suspects, summary } = investigation;
  const excerpt = investigation.evidence?.code[0];
  return html`<section class="card" aria-labelledby="cause-title">
<h2 id="cause-title">Likely cause</h2>
${renderReading(investigation, incident.state === "investigating")}
${
  excerpt &&
  html`<p>It crashed at ${renderOutLink(excerpt.url, html`<code>${excerpt.path}:${excerpt.line}</code>`)}${excerpt.function !== null && html` in <code>${excerpt.function}</code>`}:</p>
<pre class="excerpt" tabindex="0" aria-label="The lines around the crash">${excerptRows(excerpt).map(
    (row) => html`<span class="${row.startsWith(">") ? "d-del" : "d-same"}">${visibleText(row)}\n</span>`,
  )}</pre>`
}
${renderChange(investigation, now)}
${renderWhomToAsk(investigation)}
${suspects.length === 0 && html`<p class="muted">Where to look is not known: ${summary}.</p>`}
${suspects.length > 0 && renderSuspects(investigation)}
${notes.length > 0 && html`<ul class="reasons small">${notes.map((note) => html`<li>${note}</li>`)}</ul>`}
</section>`;
}

function renderReading(investigation: InvestigationView, isAtWork: boolean): Html {
  const { report, inquiry } = investigation;
  if (!report) {
    if (inquiry) return html`<p class="muted">Without a model’s reading: ${inquiry.detail}</p>`;
    return html`<p class="muted">${isAtWork ? "No model has read it yet" : "No model was asked"}: what follows was found by rules.</p>`;
  }
  const sure = `${Math.round(report.confidence * 100)} % sure`;
  if (report.rootCause === null) {
    return html`<p>A model looked at it and is not sure (${sure}): no cause is asserted, and a person should look.</p>`;
  }
  return html`<p class="lead">${report.rootCause}</p>
<p class="muted small">A model’s reading${inquiry && html` (${inquiry.model})`}, ${sure}; its quotes stand in the code.</p>
${
  report.evidence.length > 0 &&
  html`<ul class="reasons small">${report.evidence
    .slice(0, SHOWN_QUOTES)
    .map(
      ({ path, line, quote }) =>
        html`<li>${renderPath(path, investigation, line)}<br><code>${visibleText(quote)}</code></li>`,
    )}</ul>`
}
${report.suggestedFix !== null && html`<p><strong>Suggested:</strong> ${report.suggestedFix}</p>`}
${report.needsPerson && html`<p class="alert">A person should look before anything is changed.</p>`}`;
}

function renderChange({ change, commits, webUrl }: InvestigationView, now: Date): Html | null {
  if (!change) return null;
  if ("unknown" in change) return html`<p>Which change brought it is unknown: ${change.unknown}.</p>`;
  const commit = commits.find((one) => one.sha === change.sha);
  if (commit === undefined) return null;
  const how = change.certainty === "likely" ? "Most likely brought by" : "Possibly brought by";
  return html`<p><strong>${how}</strong> ${renderCommit(commit, webUrl)} <span class="muted">(${commit.author}${commit.date && html`, ${renderMoment(commit.date, now)}`})</span></p>
<ul class="reasons small">${commit.reasons.map((reason) => html`<li>${reason}</li>`)}</ul>`;
}

function renderWhomToAsk(investigation: InvestigationView): Html | null {
  const { author, owned } = findWhomToAsk(investigation);
  const names = owned?.owners.join(" or ");
  if (author === null && !owned) return null;
  return html`<p><strong>Ask</strong> ${author !== null && html`${author}, who made it`}${author !== null && owned && ", or "}${
    owned &&
    html`${names}, who ${owned.owners.length === 1 ? "owns" : "own"} <code>${owned.path}</code> <span class="muted small">(CODEOWNERS)</span>`
  }.</p>`;
}

function renderSuspects(investigation: InvestigationView): Html {
  const { suspects, commit } = investigation;
  const list = (from: number, to: number) =>
    html`<ol class="suspects" start="${from + 1}">${suspects
      .slice(from, to)
      .map(
        ({ path, reasons }) =>
          html`<li><p>${renderPath(path, investigation)}</p><p class="muted small">${reasons.join("; ")}</p></li>`,
      )}</ol>`;
  const rest = suspects.length - SHOWN_SUSPECTS;
  return html`<h3>Suspect file${suspects.length === 1 ? "" : "s"}</h3>
${list(0, SHOWN_SUSPECTS)}
${rest > 0 && renderFold("suspects", `${rest} more`, list(SHOWN_SUSPECTS, suspects.length))}
${commit && html`<p class="muted small">As of <code>${commit.sha.slice(0, 12)}</code>${commit.isRelease ? ", the failing release" : ", the default branch: the failing release names no known commit"}.</p>`}`;
}
