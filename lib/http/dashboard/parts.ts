import { html } from "hono/html";
import { STATE_WORDS, type Tone } from "../../insight/compose-headline.ts";
import type { IncidentView, PullRequestView } from "../../insight/model.ts";

export type Html = ReturnType<typeof html>;

const MINUTE_S = 60;
const HOUR_S = 3_600;
const DAY_S = 86_400;

/** `12 s`, `4 min`, `3 h`, `2 d`: the largest unit that fits. */
export function spanText(ms: number): string {
  const seconds = Math.round(Math.abs(ms) / 1_000);
  if (seconds < MINUTE_S) return `${seconds} s`;
  if (seconds < HOUR_S) return `${Math.floor(seconds / MINUTE_S)} min`;
  if (seconds < DAY_S) return `${Math.floor(seconds / HOUR_S)} h`;
  return `${Math.floor(seconds / DAY_S)} d`;
}

/** `12 s ago`, `in 4 min`, `now`. The script says it in the same words. */
export function relativeText(iso: string, now: Date): string {
  const ms = Date.parse(iso) - now.getTime();
  if (Math.abs(ms) < 1_000) return "now";
  return ms < 0 ? `${spanText(ms)} ago` : `in ${spanText(ms)}`;
}

/** `2026-11-24 10:21:07 UTC`. */
export function utcText(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
}

/** A moment as its distance from now, kept fresh by the script; the exact time is in the tooltip. */
export function renderAgo(iso: string, now: Date): Html {
  return html`<time datetime="${iso}" title="${utcText(iso)}" data-ago>${relativeText(iso, now)}</time>`;
}

/** A provider's time as its distance from now; as it is written where it is no time. */
export function renderMoment(at: string, now: Date): Html {
  const ms = Date.parse(at);
  return Number.isNaN(ms) ? html`${at}` : renderAgo(new Date(ms).toISOString(), now);
}

/** The time of day; in UTC until the script says it in the reader's own time zone. */
export function renderClock(iso: string): Html {
  return html`<time datetime="${iso}" title="${utcText(iso)}" data-clock>${iso.slice(11, 19)}</time>`;
}

/** Milliseconds as `0.4 s`, `1 min 12 s`. */
export function durationText(ms: number): string {
  if (ms < MINUTE_S * 1_000) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  return `${Math.floor(seconds / MINUTE_S)} min ${seconds % MINUTE_S} s`;
}

/** The URL when a browser may follow it; anything but http and https (a provider's text could say `javascript:`) is none. */
export function safeUrl(url: string | null | undefined): string | null {
  if (!url || !URL.canParse(url)) return null;
  return /^https?:$/.test(new URL(url).protocol) ? url : null;
}

/** A link to another system, or plain text where its URL is none. */
export function renderOutLink(url: string | null | undefined, text: string | Html): Html {
  const safe = safeUrl(url);
  if (safe === null) return html`<span>${text}</span>`;
  return html`<a href="${safe}" rel="noopener noreferrer" target="_blank">${text}<span class="out" aria-hidden="true">↗</span></a>`;
}

/** Shapes that carry a tone without colour. */
const TONE_MARKS: Readonly<Record<Tone, string>> = { ok: "✓", work: "◐", person: "!", quiet: "–" };

export function renderMark(tone: Tone): Html {
  return html`<span class="mark tone-${tone}" aria-hidden="true">${TONE_MARKS[tone]}</span>`;
}

export function renderState(state: IncidentView["state"]): Html {
  const { label, tone } = STATE_WORDS[state];
  return html`<span class="badge tone-${tone}">${renderMark(tone)}${label}</span>`;
}

export function renderPriority(priority: string | null): Html {
  if (priority === null) return html`<span class="muted">–</span>`;
  const level = /^P[0-3]$/.test(priority) ? priority.toLowerCase() : "p3";
  return html`<span class="priority ${level}">${priority}</span>`;
}

export function pullRequestText(pull: PullRequestView): string {
  const state = pull.mergedAt !== null ? "merged" : pull.isDraft && pull.state === "open" ? "draft" : pull.state;
  return `PR #${pull.number} (${state})`;
}

/** Where to look next, outside. */
export function renderIncidentLinks(incident: IncidentView): Html[] {
  const links: Html[] = [];
  const source =
    incident.source === "sentry" ? "Sentry" : incident.source === "glitchtip" ? "GlitchTip" : incident.source;
  if (safeUrl(incident.sourceUrl)) links.push(renderOutLink(incident.sourceUrl, source));
  if (incident.issueNumber !== null) links.push(renderOutLink(incident.issueUrl, `Issue #${incident.issueNumber}`));
  if (incident.pullRequest) links.push(renderOutLink(incident.pullRequest.url, pullRequestText(incident.pullRequest)));
  return links;
}

const ACTOR_KINDS: Readonly<Record<string, string>> = {
  system: "Patchpilot",
  person: "person",
  provider: "provider",
  runner: "runner",
};

/** `system:triage.assess-incident` as `Patchpilot (triage)`, `person:ada` as `ada`. */
export function actorLabel(actor: string): string {
  const [kind = "", ...rest] = actor.split(":");
  const name = rest.join(":");
  if (kind === "system") return name ? `Patchpilot (${name.split(".")[0]})` : "Patchpilot";
  if (kind === "person") return name;
  return ACTOR_KINDS[kind] ? `${ACTOR_KINDS[kind]} ${name}` : actor;
}

/** A part that is read only by who opens it; `key` keeps it open while the page is refreshed. */
export function renderFold(key: string, title: string, content: Html): Html {
  return html`<details data-key="${key}"><summary>${title}</summary><div class="fold">${content}</div></details>`;
}

export function renderList(items: readonly string[]): Html {
  return html`<ul class="reasons small">${items.map((item) => html`<li>${item}</li>`)}</ul>`;
}
