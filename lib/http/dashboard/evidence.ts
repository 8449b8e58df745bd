import { html } from "hono/html";
import type { IncidentStory } from "../../insight/model.ts";
import { renderStack } from "./details.ts";
import { type Html, renderAgo } from "./parts.ts";

/** A commit's full name is a release's by habit, and tells nobody more than its beginning. */
const shortRelease = (release: string) => (/^[0-9a-f]{40}$/.test(release) ? release.slice(0, 12) : release);

/** What failed: the error in its own words and the request; the stack too where no lines of code stand for it. */
export function renderFailure({ investigation, incident, triage }: IncidentStory, now: Date): Html {
  const type = investigation?.errorType;
  return html`<section class="card" aria-labelledby="failure-title">
<h2 id="failure-title">What failed</h2>
${type && html`<p class="error-text"><strong>${type}</strong>${investigation.errorMessage && html`: ${investigation.errorMessage}`}</p>`}
<dl class="facts">
${incident.culprit && html`<dt>Where</dt><dd><code>${incident.culprit}</code></dd>`}
${investigation?.request && html`<dt>Request</dt><dd><code>${investigation.request}</code></dd>`}
${incident.release && html`<dt>Release</dt><dd><code>${shortRelease(incident.release)}</code></dd>`}
<dt>Last seen</dt><dd>${renderAgo(incident.lastSeenAt, now)}</dd>
${triage?.impact && html`<dt>Product impact</dt><dd>${triage.impact.summary.replace(/^impact /i, "")} <span class="muted small">read ${renderAgo(triage.impact.readAt, now)}</span></dd>`}
</dl>
${investigation && investigation.stack.length > 0 && !investigation.evidence?.code[0] && renderStack(investigation)}
</section>`;
}

const SHOWN_SYMPTOMS = 20;

/** What this incident drags along, or is dragged along by. */
export function renderStorm({ incident, symptoms }: IncidentStory): Html | null {
  if (incident.causeId !== null) {
    return html`<section class="card" aria-labelledby="storm-title"><h2 id="storm-title">A symptom</h2>
<p>This is worked on as <a href="/incidents/${incident.causeId}">another incident</a>${incident.causeReason && html`: ${incident.causeReason}`}.</p></section>`;
  }
  if (symptoms.length === 0) return null;
  const rest = symptoms.length - SHOWN_SYMPTOMS;
  return html`<section class="card" aria-labelledby="storm-title">
<h2 id="storm-title">${symptoms.length} symptom${symptoms.length === 1 ? "" : "s"}</h2>
<ul class="plain-list">${symptoms
    .slice(0, SHOWN_SYMPTOMS)
    .map(
      (one) =>
        html`<li><p><a href="/incidents/${one.id}">#${one.number}</a> ${one.title}</p><p class="muted small">${one.reason}</p></li>`,
    )}</ul>
${rest > 0 && html`<p class="muted">and ${rest} more</p>`}
</section>`;
}
