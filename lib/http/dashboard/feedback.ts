import { html } from "hono/html";
import type { FeedbackView, IncidentStory } from "../../insight/model.ts";
import { type Html, renderAgo, renderOutLink } from "./parts.ts";

const STATE_WORDS: Readonly<Record<string, { label: string; tone: string }>> = {
  noted: { label: "noted", tone: "quiet" },
  open: { label: "waits for a round", tone: "work" },
  working: { label: "a round has it", tone: "work" },
  done: { label: "done", tone: "ok" },
  answered: { label: "answered", tone: "ok" },
  not_done: { label: "not done", tone: "person" },
  settled: { label: "settled by people", tone: "ok" },
};

const KIND_WORDS: Readonly<Record<string, string>> = {
  review: "Review",
  inline: "Line comment",
  comment: "Comment",
  check: "Failed check",
  conflict: "Merge conflict",
};

const MAX_TEXT = 600;

/** What was said of the pull requests, by the round that took it up; null where nothing was. */
export function renderFeedback({ feedback, runs }: IncidentStory, now: Date): Html | null {
  if (feedback.length === 0) return null;
  const rounds = runs.filter((run) => run.round !== null);
  const groups = [
    { title: "Not in a round", items: feedback.filter((item) => !rounds.some((run) => run.id === item.runId)) },
    ...rounds.map((run) => ({
      title: `Round ${run.round?.round} of at most ${run.round?.of} (attempt ${run.attempt})`,
      items: feedback.filter((item) => item.runId === run.id),
    })),
  ].filter(({ items }) => items.length > 0);
  return html`<section class="card" aria-labelledby="feedback-title">
<h2 id="feedback-title">What was said of the pull request</h2>
${groups
  .toReversed()
  .map(
    ({ title, items }) =>
      html`<h3>${title}</h3><ul class="plain-list">${items.map((item) => renderItem(item, now))}</ul>`,
  )}
</section>`;
}

function renderItem(item: FeedbackView, now: Date): Html {
  const { label, tone } = STATE_WORDS[item.state] ?? { label: item.state, tone: "quiet" };
  const where = item.path === null ? null : item.line === null ? item.path : `${item.path}:${item.line}`;
  const text = item.text.length > MAX_TEXT ? `${item.text.slice(0, MAX_TEXT)}…` : item.text;
  return html`<li><p class="said"><span class="badge plain tone-${tone}">${label}</span> ${renderOutLink(item.url, `${KIND_WORDS[item.kind] ?? item.kind} on #${item.pullNumber}`)} <span class="muted small">${item.author}, ${renderAgo(item.saidAt, now)}${where && html` · <code>${where}</code>`}</span></p>
<blockquote>${text}</blockquote>
<p class="muted small">${item.outcome ?? item.reason}</p></li>`;
}
