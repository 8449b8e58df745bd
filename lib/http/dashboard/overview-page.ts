import { html } from "hono/html";
import type { Control } from "../../control/index.ts";
import { STATE_WORDS, type Tone } from "../../insight/compose-headline.ts";
import type { IncidentView, JobView, Overview } from "../../insight/model.ts";
import type { GapReport } from "../../reconcile/model.ts";
import { renderGapLine } from "../../reconcile/render-gaps.ts";
import type { AdminOutside, DemoDoor, OpenBreaker } from "../admin-outside.ts";
import { type Chrome, renderPage } from "./layout.ts";
import {
  type Html,
  renderAgo,
  renderIncidentLinks,
  renderMark,
  renderOutLink,
  renderPriority,
  renderState,
} from "./parts.ts";

export interface OverviewPage {
  chrome: Chrome;
  csrf: string;
  now: Date;
  overview: Overview;
  gaps: GapReport;
  control: Control;
  breaker: OpenBreaker | null;
  machine: Pick<AdminOutside, "stage" | "dryRun" | "demo" | "project">;
  isFirstPage: boolean;
  notice: string | null;
}

function countByTone({ states }: Overview, tone: Tone): number {
  return Object.entries(states).reduce(
    (sum, [state, count]) => sum + (STATE_WORDS[state as IncidentView["state"]].tone === tone ? count : 0),
    0,
  );
}

/** The state of everything in one sentence: what needs a person comes first. */
function sayOverview({ overview, control, breaker }: OverviewPage): { tone: Tone; text: string } {
  const waiting = countByTone(overview, "person");
  const working = countByTone(overview, "work");
  const incidents = (count: number) => `${count} incident${count === 1 ? "" : "s"}`;
  if (waiting > 0) return { tone: "person", text: `${incidents(waiting)} need${waiting === 1 ? "s" : ""} you` };
  if (control.isStopped) return { tone: "person", text: "Stopped: nothing is written to the outside" };
  if (breaker !== null) return { tone: "person", text: "A storm: new repairs wait" };
  if (working > 0) return { tone: "work", text: `Patchpilot is at work on ${incidents(working)}` };
  return { tone: "ok", text: "All quiet: nothing needs you" };
}

export function renderOverview(page: OverviewPage): Html {
  const said = sayOverview(page);
  const main = html`<main id="main" class="wrap" tabindex="-1" ${page.isFirstPage ? html`data-poll="3000"` : ""}>
${page.notice && html`<p class="notice" role="status">${page.notice}</p>`}
<div id="live-hero" data-live>
<section class="hero tone-${said.tone}" aria-labelledby="hero-title">
${renderMark(said.tone)}
<div><h1 id="hero-title">${said.text}</h1>${renderMachineLine(page)}${renderGaps(page)}${renderWaiting(page)}${renderHeld(page)}</div>
</section>
</div>
<div class="columns overview">
<div class="column">${renderIncidents(page)}</div>
<div class="column side">
${page.machine.demo && renderDemo(page.machine.demo, page.csrf)}
<div id="live-switch" data-live class="column">${renderBreaker(page)}${renderKillSwitch(page)}${renderPaused(page)}</div>
${renderMachine(page)}
</div>
</div>
</main>`;
  return renderPage(page.chrome, said.text, main);
}

function renderMachineLine({ overview, machine, now }: OverviewPage): Html {
  const writes = machine.dryRun ? "dry run: writes are only told" : "writes are on";
  const last = overview.lastDeliveryAt;
  return html`<p class="muted">Watching ${machine.project.name} · stage ${machine.stage} · ${writes} · last webhook ${last ? renderAgo(last, now) : "none yet"}</p>`;
}

/** What came by polling only, in one line; nothing while the webhooks work. */
function renderGaps({ gaps }: OverviewPage): Html | null {
  const line = renderGapLine(gaps);
  return line === null ? null : html`<p class="muted small" id="gaps">${line}.</p>`;
}

const WAITING_SHOWN = 4;

/** The incidents of this page that need a person, to go straight there. */
function renderWaiting({ overview }: OverviewPage): Html | null {
  const waiting = overview.incidents.items
    .filter((one) => STATE_WORDS[one.state].tone === "person")
    .slice(0, WAITING_SHOWN);
  if (waiting.length === 0) return null;
  return html`<ul class="plain-links">${waiting.map(
    (one) =>
      html`<li><a href="/incidents/${one.number}">#${one.number} ${one.title}</a> <span class="muted">${STATE_WORDS[one.state].label.toLowerCase()}</span></li>`,
  )}</ul>`;
}

/** What stands still and is told further down, a line each that leads there. */
function renderHeld({ overview, breaker }: OverviewPage): Html | null {
  const many = (count: number, one: string) => `${count} ${one}${count === 1 ? "" : "s"}`;
  const dead = overview.jobs.dead ?? 0;
  const lines = [
    breaker &&
      html`<a href="#breaker-title">Storm breaker open</a> <span class="muted">${many(overview.heldByStorm, "repair")} waiting</span>`,
    overview.paused.length > 0 && html`<a href="#paused-title">${many(overview.paused.length, "incident")} paused</a>`,
    dead > 0 &&
      html`<a href="#machine-title">${many(dead, "dead letter")}</a> <span class="muted">given up until somebody tries again</span>`,
  ].filter((line) => line !== null && line !== false);
  return lines.length === 0 ? null : html`<ul class="plain-links">${lines.map((line) => html`<li>${line}</li>`)}</ul>`;
}

function renderIncidents({ overview, now, isFirstPage, machine }: OverviewPage): Html {
  const { items, nextCursor } = overview.incidents;
  const none = machine.demo
    ? "Nothing broke yet. Break production to see the loop at work."
    : "No incident yet. They appear here as soon as the first alert comes in.";
  return html`<section aria-labelledby="incidents-title">
<h2 id="incidents-title">Incidents</h2>
<div id="live-incidents" data-live>
${
  items.length === 0
    ? html`<p class="card muted">${none}</p>`
    : html`<table class="incidents" role="table" aria-labelledby="incidents-title">
<thead role="rowgroup"><tr role="row"><th scope="col" role="columnheader">State</th><th scope="col" role="columnheader">Priority</th><th scope="col" role="columnheader">Incident</th><th scope="col" role="columnheader" class="number">Events</th><th scope="col" role="columnheader">Age</th><th scope="col" role="columnheader">Elsewhere</th></tr></thead>
<tbody role="rowgroup">${items.map((incident) => renderIncidentRow(incident, now))}</tbody>
</table>`
}
</div>
<nav class="pages" aria-label="Pages of incidents">
${!isFirstPage && html`<a href="/">Newest incidents</a>`}
${nextCursor && html`<a href="/?cursor=${nextCursor}">Older incidents</a>`}
</nav>
</section>`;
}

function renderIncidentRow(incident: IncidentView, now: Date): Html {
  const where = [incident.pausedAt && "paused", incident.environment, incident.sourceShortId, incident.culprit].filter(
    (text) => text !== null,
  );
  const links = renderIncidentLinks(incident);
  return html`<tr role="row">
<td role="cell" class="cell-state">${renderState(incident.state)}</td>
<td role="cell" data-label="Priority">${renderPriority(incident.priority)}</td>
<td role="cell" class="cell-title"><a id="incident-${incident.number}" href="/incidents/${incident.number}">${incident.title}</a><span class="muted small">#${incident.number}${where.map((text) => html` · ${text}`)}</span></td>
<td role="cell" class="number" data-label="Events">${incident.events ?? "–"}</td>
<td role="cell" data-label="Age" class="nowrap">${renderAgo(incident.reopenedAt ?? incident.firstSeenAt, now)}</td>
<td role="cell" data-label="Elsewhere" class="${links.length === 0 ? "empty" : ""}">${links.length === 0 ? html`<span class="muted">–</span>` : html`<span class="links">${links}</span>`}</td>
</tr>`;
}

function renderDemo(demo: DemoDoor, csrf: string): Html {
  return html`<section class="card" aria-labelledby="demo-title">
<h2 id="demo-title">Break production again</h2>
<p class="muted small">This is a demo world: a small shop, and a Sentry, a GitHub and a Vercel, all on this machine. The worker that writes the patches is a script that knows the shop's bugs; everything around it is the real thing.</p>
<ul class="scenarios">${demo.scenarios.map(
    (scenario) => html`<li>
<form method="post" action="/demo/break"><input type="hidden" name="csrf" value="${csrf}"><input type="hidden" name="name" value="${scenario.name}">
<button id="break-${scenario.name}" aria-describedby="break-${scenario.name}-detail">${scenario.title}</button></form>
<p class="muted small" id="break-${scenario.name}-detail">${scenario.detail}</p></li>`,
  )}</ul>
${demo.links.length > 0 && html`<p class="links small">${demo.links.map((link) => renderOutLink(link.url, link.title))}</p>`}
</section>`;
}

function renderKillSwitch({ control, csrf, now }: OverviewPage): Html {
  const since = control.changedAt?.toISOString() ?? null;
  const by = html`${control.changedBy && html` by ${control.changedBy.replace(/^[a-z]+:/, "")}`}${since && html`, ${renderAgo(since, now)}`}`;
  return html`<section class="card ${control.isStopped ? "stopped" : ""}" aria-labelledby="switch-title">
<h2 id="switch-title">Kill switch</h2>
${
  control.isStopped
    ? html`<p><strong>Stopped</strong>${by}${control.reason && html`: ${control.reason}`}</p>`
    : html`<p class="muted small">Running. A stop holds from the very next write to the outside on.</p>`
}
<form method="post" action="/controls" class="stack">
<input type="hidden" name="csrf" value="${csrf}"><input type="hidden" name="stopped" value="${control.isStopped ? "false" : "true"}">
${
  control.isStopped
    ? html`<button class="primary">Resume</button>`
    : html`<label for="reason">Reason <span class="muted">(optional)</span></label><input id="reason" name="reason" maxlength="500" autocomplete="off"><button class="danger">Stop all writes</button>`
}
</form>
</section>`;
}

/** The storm breaker while it is open: what it holds back, and the way to let that go on. */
function renderBreaker({ breaker, overview, csrf, now }: OverviewPage): Html | null {
  if (breaker === null) return null;
  const waiting = overview.heldByStorm;
  return html`<section class="card stopped" aria-labelledby="breaker-title">
<h2 id="breaker-title">Storm breaker is open</h2>
<p>Since ${renderAgo(breaker.openedAt.toISOString(), now)}: ${breaker.reason}. ${waiting === 0 ? "No repair waits for it yet" : `${waiting} incident${waiting === 1 ? " waits" : "s wait"} for ${waiting === 1 ? "its" : "their"} repair`}; triage and investigation go on. It closes by itself when it is calm again.</p>
<p class="small"><a href="/incidents/${breaker.trippedBy}">The incident that opened it</a></p>
<form method="post" action="/breaker/close"><input type="hidden" name="csrf" value="${csrf}"><button id="close-breaker">Close it now</button></form>
</section>`;
}

/** Incidents whose repairs people hold, so that none of them is forgotten. */
function renderPaused({ overview, now }: OverviewPage): Html | null {
  if (overview.paused.length === 0) return null;
  return html`<section class="card" aria-labelledby="paused-title">
<h2 id="paused-title">Paused</h2>
<ul class="plain-list small">${overview.paused.map(
    (one) =>
      html`<li><a href="/incidents/${one.number}">#${one.number} ${one.title}</a> <span class="muted">by ${one.pausedBy ?? "a person"}, ${renderAgo(one.pausedAt, now)}</span></li>`,
  )}</ul>
</section>`;
}

function renderMachine(page: OverviewPage): Html {
  const { jobs, deadJobs } = page.overview;
  const waiting = (jobs.pending ?? 0) + (jobs.published ?? 0);
  return html`<section class="card" aria-labelledby="machine-title">
<h2 id="machine-title">Machine</h2>
<div id="live-machine" data-live>
<dl class="facts"><dt>Stage</dt><dd>${page.machine.stage}</dd><dt>Writes</dt><dd>${page.machine.dryRun ? "dry run" : "on"}</dd><dt>Jobs waiting</dt><dd>${waiting}</dd><dt>Jobs running</dt><dd>${jobs.running ?? 0}</dd><dt>Jobs done</dt><dd>${jobs.done ?? 0}</dd><dt>Dead letters</dt><dd>${jobs.dead ?? 0}</dd></dl>
${deadJobs.length > 0 && html`<h3>Newest dead letters</h3><ul class="plain-list">${deadJobs.map((job) => renderDeadJob(job, page))}</ul>`}
</div>
</section>`;
}

function renderDeadJob(job: JobView, { csrf, now }: OverviewPage): Html {
  const { incidentId } = job.payload;
  return html`<li><p><code>${job.name}</code> ${job.finishedAt && renderAgo(job.finishedAt, now)}${typeof incidentId === "string" && html` <a href="/incidents/${encodeURIComponent(incidentId)}" class="small">its incident</a>`}</p>
<p class="muted small clip">${(job.lastError ?? "no reason was kept").slice(0, 300)}</p>
<form method="post" action="/jobs/${job.id}/requeue"><input type="hidden" name="csrf" value="${csrf}"><button id="requeue-${job.id}">Try again</button></form></li>`;
}
