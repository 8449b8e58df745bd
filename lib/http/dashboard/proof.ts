import { html } from "hono/html";
import { renderCount, renderProof } from "../../insight/compose-headline.ts";
import type { IncidentStory, VerificationView } from "../../insight/model.ts";
import { type Html, renderAgo } from "./parts.ts";

/** Width of the longest bar, in the drawing's own units. */
const BAR_UNITS = 100;

const ACTION_WORDS: Readonly<Record<string, string>> = {
  close: "recovered",
  wait: "keeps watching",
  retry: "did not help: tried again",
  escalate: "handed to a person",
};

function hoursText(hours: number): string {
  if (hours < 1 / 60) return `${Math.round(hours * 3_600)} s`;
  if (hours < 2) return `${Math.round(hours * 60)} min`;
  return `${hours.toFixed(hours < 10 ? 1 : 0)} h`;
}

/** Drawn as SVG because a style attribute is forbidden by the page's policy. */
function renderBar(label: string, count: number, largest: number, tone: string): Html {
  const width = largest > 0 ? Math.max(count > 0 ? 1 : 0, (count / largest) * BAR_UNITS) : 0;
  return html`<div class="bar"><span>${label}</span><svg viewBox="0 0 ${BAR_UNITS} 6" preserveAspectRatio="none" aria-hidden="true" class="bar-${tone}"><rect class="bar-track" width="${BAR_UNITS}" height="6" rx="1"/><rect width="${width.toFixed(1)}" height="6" rx="1"/></svg><strong>${renderCount(count)}</strong></div>`;
}

/** The newest verdict with its numbers, and the looks before it; what the page already `said` is not said again. */
export function renderProofSection(story: IncidentStory, now: Date, said: string | null): Html | null {
  const [look, ...earlier] = story.verifications;
  if (look === undefined) return null;
  return html`<section class="card" aria-labelledby="proof-title">
<h2 id="proof-title">Is production better?</h2>
${look.explanation !== said && html`<p class="muted">${look.explanation || renderProof(look)}</p>`}
${renderNumbers(look)}
<dl class="facts">
<dt>Verdict</dt><dd>${ACTION_WORDS[look.action] ?? look.action}${look.reason && html` <span class="muted">(${look.reason.replaceAll("_", " ")})</span>`}</dd>
${look.confidence !== null && html`<dt>Confidence</dt><dd>${renderConfidence(look.confidence)}</dd>`}
${look.health && html`<dt>Health check</dt><dd>${look.health}</dd>`}
${look.recheckAt && html`<dt>Next look</dt><dd>${renderAgo(look.recheckAt, now)}</dd>`}
</dl>
${
  earlier.length > 0 &&
  html`<details data-key="looks"><summary>Earlier looks (${earlier.length})</summary><ul class="plain-list small">${earlier.map(
    (one) =>
      html`<li>${renderAgo(one.at, now)}: ${ACTION_WORDS[one.action] ?? one.action}. <span class="muted">${one.explanation || renderProof(one)}</span></li>`,
  )}</ul></details>`
}
</section>`;
}

/** Never says 100 %: a rate that was measured is never certain. */
function renderConfidence(confidence: number): string {
  const percent = Math.min(confidence * 100, 99.9);
  return `${percent >= 99 ? percent.toFixed(1) : percent.toFixed(0)} %`;
}

function renderNumbers({ before, since, expected }: VerificationView): Html | null {
  if (before === null || since === null) return null;
  const largest = Math.max(expected ?? 0, since.events, 1);
  const rate = before.hours > 0 ? ` (${renderCount(before.events / before.hours)} an hour)` : "";
  return html`<div class="bars">
${expected !== null && renderBar("Expected", expected, largest, "expected")}
${renderBar("Seen", since.events, largest, since.events === 0 ? "ok" : "seen")}
</div>
<p class="muted small">Before the repair: ${renderCount(before.events)} events in ${hoursText(before.hours)}${rate}. Since it is in production: ${renderCount(since.events)} in ${hoursText(since.hours)}${since.eventsOnOldReleases > 0 && `, and ${since.eventsOnOldReleases} more on older releases, which do not count`}.</p>`;
}
