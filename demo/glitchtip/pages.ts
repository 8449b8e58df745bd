import type { Hono } from "hono";
import { html } from "hono/html";
import { factsTable, listTable, page } from "../kit/page.ts";
import type { SentryPlace } from "../sentry/place.ts";
import type { SentryState } from "../sentry/state.ts";

/** The pages that messages link to: the issue list, and an issue. They need no sign-in in the demo. */
export function mountPages(app: Hono, { state, place }: { state: SentryState; place: SentryPlace }): void {
  app.get("/", (c) => c.redirect(`/${place.org}/issues`));
  app.get("/:org/issues", (c) => {
    const rows = [...state.issues.values()]
      .sort((a, b) => b.lastSeenMs - a.lastSeenMs)
      .map(
        (issue) =>
          html`<tr><td><a href="/${place.org}/issues/${issue.id}">${issue.shortId}</a></td><td>${issue.latest.title}</td><td>${issue.count}</td><td>${issue.status}</td></tr>`,
      );
    const list = listTable("Issues", ["Issue", "Title", "Events", "Status"], rows);
    return c.html(
      page("GlitchTip", "Issues", html`<h1>Issues</h1>${rows.length > 0 ? list : html`<p>No errors yet.</p>`}`),
    );
  });
  app.get("/:org/issues/:id", (c) => {
    const issue = state.issues.get(c.req.param("id"));
    if (!issue) return c.html(page("GlitchTip", "Not found", html`<h1>Not found</h1>`), 404);
    const facts = factsTable([
      ["Status", issue.status],
      ["Events", issue.count],
      ["First seen", new Date(issue.firstSeenMs).toISOString()],
      ["Last seen", new Date(issue.lastSeenMs).toISOString()],
      ["Newest release", issue.lastRelease],
    ]);
    const { title, culprit } = issue.latest;
    return c.html(page("GlitchTip", title, html`<h1>${title}</h1><p class="soft">${culprit}</p>${facts}`));
  });
}
