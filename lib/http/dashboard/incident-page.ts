import { html } from "hono/html";
import { composeHeadline } from "../../insight/compose-headline.ts";
import { decideSteps, type Step } from "../../insight/decide-steps.ts";
import type { IncidentStory, TimelineView } from "../../insight/model.ts";
import { renderCause } from "./cause.ts";
import { renderDetails } from "./details.ts";
import { renderFailure, renderStorm } from "./evidence.ts";
import { renderFeedback } from "./feedback.ts";
import { renderHold } from "./hold.ts";
import { type Chrome, renderPage } from "./layout.ts";
import { renderMoves } from "./moves.ts";
import {
  actorLabel,
  type Html,
  pullRequestText,
  renderAgo,
  renderClock,
  renderMark,
  renderOutLink,
  renderPriority,
  renderState,
  safeUrl,
} from "./parts.ts";
import { renderPlan } from "./plan.ts";
import { renderProofSection } from "./proof.ts";
import { renderRuns } from "./runs.ts";

export interface IncidentPage {
  chrome: Chrome;
  story: IncidentStory;
  now: Date;
  /** The session's token, for forms. */
  csrf: string;
}

export function renderIncident(page: IncidentPage): Html {
  const { story, chrome } = page;
  const { incident } = story;
  const lastSeq = story.timeline.at(-1)?.seq ?? 0;
  const main = html`<main id="main" class="wrap" tabindex="-1" data-events="/incidents/${incident.id}/events" data-after="${lastSeq}">
<p class="crumbs"><a href="/">Incidents</a> <span aria-hidden="true">/</span> #${incident.number}</p>
<h1 class="title">${incident.title}</h1>
<div id="live-top" data-live>
${renderMeta(page)}
${renderHeadline(page)}
${renderSteps(story, page.now)}
</div>
<div class="columns">
<div class="column" id="live-story" data-live>
${renderLinks(story)}
${renderHold(story, page.now, page.csrf)}
${renderMoves(story, page.now, page.csrf)}
${renderProofSection(story, page.now, composeHeadline(story).detail)}
${renderPlan(story)}
${story.incident.kind !== "request" && renderFailure(story, page.now)}
${renderCause(story, page.now)}
${renderStorm(story)}
${renderFeedback(story, page.now)}
${renderRuns(story, page.now)}
${renderDetails(story, page.now)}
</div>
<div class="column side">
<section aria-labelledby="timeline-title" tabindex="0">
<h2 id="timeline-title">Timeline</h2>
<p class="muted small" id="live-state">Newest first. Reload to see what is new.</p>
<div id="live-timeline" data-live>${renderTimeline(story.timeline)}</div>
</section>
</div>
</div>
</main>`;
  return renderPage(chrome, `#${incident.number} ${incident.title}`, main);
}

function renderMeta({ story, now }: IncidentPage): Html {
  const { incident, alerts } = story;
  const facts = [
    incident.environment,
    incident.sourceShortId,
    incident.release && `release ${incident.release.slice(0, 12)}`,
    incident.kind !== "request" && `${alerts.count} alert${alerts.count === 1 ? "" : "s"}`,
    incident.events !== null && `${incident.events} event${incident.events === 1 ? "" : "s"}`,
    incident.users !== null && incident.users > 0 && `${incident.users} user${incident.users === 1 ? "" : "s"}`,
    incident.reopenedCount > 0 && `reopened ${incident.reopenedCount}×`,
  ].filter((fact) => typeof fact === "string");
  return html`<p class="meta">${renderState(incident.state)} ${incident.priority && renderPriority(incident.priority)} <span class="muted">${facts.join(" · ")} · first seen ${renderAgo(incident.firstSeenAt, now)}</span></p>`;
}

function renderHeadline({ story, now }: IncidentPage): Html {
  const headline = composeHeadline(story);
  const { nextCheckAt, state } = story.incident;
  const isWatched = (state === "verifying" || state === "deploying") && nextCheckAt !== null;
  return html`<section class="hero tone-${headline.tone}" aria-labelledby="headline">
${renderMark(headline.tone)}
<div><h2 id="headline" class="answer">${headline.text}</h2>
${headline.detail && html`<p>${headline.detail}</p>`}
${headline.next && html`<p class="next">${headline.next}</p>`}
${isWatched && html`<p class="muted">Next look ${renderAgo(nextCheckAt, now)}</p>`}
</div></section>`;
}

const STEP_LABELS: Readonly<Record<Step["name"], string>> = {
  alert: "Alert",
  triage: "Triage",
  investigate: "Investigate",
  repair: "Repair",
  review: "Review",
  deploy: "Deploy",
  verify: "Verify",
};
const STEP_WORDS: Readonly<Record<Step["status"], string>> = {
  done: "done",
  current: "in progress",
  stopped: "stopped here",
  todo: "to come",
};
const STEP_MARKS: Readonly<Record<Step["status"], string>> = { done: "✓", current: "◐", stopped: "!", todo: "" };

function renderSteps(story: IncidentStory, now: Date): Html {
  return html`<ol class="steps" aria-label="The loop">${decideSteps(story).map(
    (step) => html`<li class="step ${step.status}" ${step.status === "current" ? html`aria-current="step"` : ""}>
<span class="dot" aria-hidden="true">${STEP_MARKS[step.status]}</span>
<span class="step-name">${STEP_LABELS[step.name]}<span class="sr-only">: ${STEP_WORDS[step.status]}</span></span>
<span class="muted small">${step.note}${step.note && step.at && html`<br>`}${step.at && renderAgo(step.at, now)}</span>
</li>`,
  )}</ol>`;
}

/** Everything outside that belongs to this incident, by what it is. */
function renderLinks({ incident, pullRequests, deployments }: IncidentStory): Html | null {
  const sourceName = `${incident.source === "sentry" ? "Sentry" : incident.source} issue${incident.sourceShortId ? ` ${incident.sourceShortId}` : ""}`;
  const links = [
    safeUrl(incident.sourceUrl) && renderOutLink(incident.sourceUrl, sourceName),
    incident.issueNumber !== null && renderOutLink(incident.issueUrl, `GitHub issue #${incident.issueNumber}`),
    ...pullRequests.flatMap((pull) => [
      renderOutLink(pull.url, pullRequestText(pull)),
      safeUrl(pull.url) && renderOutLink(`${pull.url}/files`, `Diff of #${pull.number}`),
    ]),
    ...deployments.map((one) =>
      renderOutLink(one.url, `Deployment ${one.sha?.slice(0, 7) ?? one.deploymentId} (${one.state})`),
    ),
  ].filter((link) => link !== false && link !== null);
  if (incident.state === "recovered")
    links.push(html`<a href="/api/admin/incidents/${incident.id}/postmortem">Postmortem draft</a>`);
  if (links.length === 0) return null;
  return html`<nav aria-label="Elsewhere" class="elsewhere"><ul>${links.map((link) => html`<li>${link}</li>`)}</ul></nav>`;
}

/** What an entry feels like; kinds that are not named are plain. */
const KIND_TONES: Readonly<Record<string, string>> = {
  recovered: "ok",
  merged: "ok",
  deployed: "ok",
  rollback_offered: "person",
  rolled_back: "ok",
  rollback_worked: "ok",
  rollback_no_help: "bad",
  rollback_failed: "bad",
  approval_refused: "bad",
  pull_request_opened: "person",
  escalated: "bad",
  gate_denied: "bad",
  run_failed: "bad",
  run_lost: "bad",
  not_recovered: "bad",
  reopened: "bad",
  command_refused: "bad",
  held: "held",
};

function renderTimeline(entries: readonly TimelineView[]): Html {
  if (entries.length === 0) return html`<p class="card muted">Nothing happened yet.</p>`;
  return html`<ol class="timeline" reversed>${entries.toReversed().map(renderEntry)}</ol>`;
}

function renderEntry(entry: TimelineView): Html {
  const detail = Object.keys(entry.detail).length === 0 ? null : JSON.stringify(entry.detail, null, 2).slice(0, 6_000);
  return html`<li id="entry-${entry.seq}" class="entry kind-${KIND_TONES[entry.kind] ?? "plain"}">
<p class="entry-head"><strong>${entry.kind.replaceAll("_", " ")}</strong> <span class="muted small">${renderClock(entry.at)} · ${actorLabel(entry.actor)}</span></p>
<p>${entry.summary}</p>
${safeUrl(entry.url) && html`<p class="small">${renderOutLink(entry.url, "Open")}</p>`}
${detail && html`<details data-key="entry-${entry.seq}"><summary class="small">Details</summary><pre tabindex="0" aria-label="Details of entry ${entry.seq}">${detail}</pre></details>`}
</li>`;
}
