import type { Hono } from "hono";
import { html } from "hono/html";
import { factsTable, type Html, listTable, page } from "../kit/page.ts";
import type { Frame, Issue, StoredEvent } from "./model.ts";
import type { SentryPlace } from "./place.ts";
import { numberedContext } from "./render-event.ts";
import type { SentryState } from "./state.ts";

/** The pages a person sees: the issue list, an issue, one of its events. They need no sign-in in the demo. */
export function mountPages(app: Hono, { state, place }: { state: SentryState; place: SentryPlace }): void {
  app.get("/", (c) => c.redirect(`/organizations/${place.org}/issues/`));
  app.get("/organizations/:org/issues/", (c) => c.html(listPage(state, place)));
  for (const path of ["/organizations/:org/issues/:id/", "/organizations/:org/issues/:id/events/:eventId/"]) {
    app.get(path, (c) => {
      const issue = state.findIssue(c.req.param("id") ?? "");
      const wanted = c.req.param("eventId");
      const event = wanted && wanted !== "latest" ? issue?.events.find((one) => one.id === wanted) : issue?.latest;
      if (!issue || !event) return c.html(page("Sentry", "Not found", html`<h1>Not found</h1>`), 404);
      return c.html(issuePage(issue, event));
    });
  }
}

function listPage(state: SentryState, place: SentryPlace): Html {
  const issues = [...state.issues.values()].sort((a, b) => b.lastSeenMs - a.lastSeenMs);
  const rows = issues.map(
    (issue) =>
      html`<tr><td><a href="${place.issuePage(issue.id)}">${issue.shortId}</a></td><td>${issue.latest.title}<br><span class="soft">${issue.latest.culprit}</span></td><td>${issue.count}</td><td>${issue.userKeys.size}</td><td>${issue.status}${issue.substatus ? ` (${issue.substatus})` : ""}</td><td>${new Date(issue.lastSeenMs).toISOString()}</td></tr>`,
  );
  const table = listTable("Issues", ["Issue", "Title", "Events", "Users", "Status", "Last seen"], rows);
  return page(
    "Sentry",
    `Issues – ${place.project}`,
    html`<h1>Issues of ${place.project}</h1>${issues.length > 0 ? table : html`<p>No errors yet.</p>`}`,
  );
}

function issuePage(issue: Issue, event: StoredEvent): Html {
  const facts = factsTable([
    ["Status", `${issue.status}${issue.substatus ? ` (${issue.substatus})` : ""}`],
    ["Events", issue.count],
    ["Users", issue.userKeys.size],
    ["First seen", `${new Date(issue.firstSeenMs).toISOString()} in ${issue.firstRelease ?? "no release"}`],
    ["Last seen", `${new Date(issue.lastSeenMs).toISOString()} in ${issue.lastRelease ?? "no release"}`],
    ["This event", event.id],
    ["Request", event.request ? `${String(event.request.method ?? "")} ${String(event.request.url ?? "")}` : null],
  ]);
  const traces = event.exceptions
    .toReversed()
    .map(
      (exception) =>
        html`<h2>${exception.type}: ${exception.value}</h2>${(exception.frames ?? []).toReversed().map(frameBlock)}`,
    );
  const tags = factsTable(event.tags);
  const activity = factsTable(
    issue.activity.map(
      (one) =>
        [
          new Date(one.atMs).toISOString(),
          `${one.type}${one.data.version ? ` in ${String(one.data.version)}` : ""}`,
        ] as const,
    ),
  );
  return page(
    "Sentry",
    `${issue.shortId} ${event.title}`,
    html`<p class="soft">${issue.shortId}</p><h1>${event.title}</h1><p class="soft">${event.culprit}</p>${facts}${traces}<h2>Tags</h2>${tags}<h2>Activity</h2>${activity}`,
  );
}

function frameBlock(frame: Frame): Html {
  const place = html`<code>${frame.filename}:${frame.lineNo}</code> in <code>${frame.function ?? "?"}</code>`;
  if (!frame.inApp) return html`<div class="frame system">${place}</div>`;
  const lines = numberedContext(frame).map(([number, text]) => {
    const line = `${String(number).padStart(4)}  ${text}\n`;
    return number === frame.lineNo ? html`<mark>${line}</mark>` : html`${line}`;
  });
  return html`<div class="frame">${place}</div>${lines.length > 0 ? html`<pre>${lines}</pre>` : ""}`;
}
