import type { Hono } from "hono";
import { html } from "hono/html";
import { listTable, page } from "../kit/page.ts";
import { filterSpans } from "./api-spans.ts";
import type { SentryPlace } from "./place.ts";
import type { StoredSpan } from "./read-transaction.ts";
import type { SentryState } from "./state.ts";

const SHOWN = 100;

/** Explore as a person sees it: the slowest spans of a search, and one trace. */
export function mountSpanPages(app: Hono, { state, place }: { state: SentryState; place: SentryPlace }): void {
  app.get("/organizations/:org/explore/traces/", (c) => {
    const found = filterSpans(c, state.spans, place).sort((a, b) => b.durationMs - a.durationMs);
    return c.html(spansPage(`${found.length} spans, slowest first`, found.slice(0, SHOWN), place));
  });
  app.get("/organizations/:org/explore/traces/trace/:traceId/", (c) => {
    const found = state.spans.filter((span) => span.traceId === c.req.param("traceId"));
    return c.html(spansPage(`Trace ${c.req.param("traceId")}`, found, place), found.length > 0 ? 200 : 404);
  });
}

function spansPage(title: string, spans: readonly StoredSpan[], place: SentryPlace) {
  const rows = spans.map(
    (span) =>
      html`<tr><td><a href="/organizations/${place.org}/explore/traces/trace/${span.traceId}/">${span.id}</a></td><td>${span.op}</td><td>${span.description}</td><td>${span.durationMs.toFixed(1)} ms</td><td>${span.release}</td><td>${new Date(span.timestampMs).toISOString()}</td></tr>`,
  );
  const table = listTable("Spans", ["Span", "Operation", "Description", "Duration", "Release", "End"], rows);
  return page("Sentry", title, html`<h1>${title}</h1>${spans.length > 0 ? table : html`<p>No spans.</p>`}`);
}
