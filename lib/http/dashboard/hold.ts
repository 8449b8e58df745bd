import { html } from "hono/html";
import type { IncidentStory } from "../../insight/model.ts";
import { type Html, renderAgo } from "./parts.ts";

const OVER: ReadonlySet<string> = new Set(["recovered", "done", "ignored"]);

/** Who holds the incident's repairs or has it snoozed, since or until when, with the button that ends a pause. */
export function renderHold({ incident }: IncidentStory, now: Date, csrf: string): Html | null {
  const { pausedAt, pausedBy, snoozedUntil } = incident;
  const isSnoozed = snoozedUntil !== null && new Date(snoozedUntil) > now;
  const isPaused = pausedAt !== null && !OVER.has(incident.state);
  if (!isPaused && !isSnoozed) return null;
  return html`<section class="card stopped" aria-labelledby="hold-title">
<h2 id="hold-title">${isPaused ? "Repairs are paused" : "Snoozed"}</h2>
${
  isPaused &&
  html`<p>${pausedBy ?? "A person"} paused them ${renderAgo(pausedAt, now)}. No repair of it is started, handed out or published until somebody resumes.</p>
<form method="post" action="/incidents/${incident.id}/resume"><input type="hidden" name="csrf" value="${csrf}"><button id="resume-repairs">Resume repairs</button></form>`
}
${isSnoozed && html`<p>Nothing is told or done about it until ${renderAgo(snoozedUntil, now)}.</p>`}
</section>`;
}
