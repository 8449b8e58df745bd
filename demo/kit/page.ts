import { html, raw } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";

export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

const STYLE = `
:root { color-scheme: light dark; --line: color-mix(in srgb, CanvasText 18%, transparent); --soft: color-mix(in srgb, CanvasText 65%, transparent); }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
header { border-bottom: 1px solid var(--line); margin-bottom: 1.5rem; padding-bottom: .5rem; color: var(--soft); }
h1 { font-size: 1.4rem; margin: .2rem 0; overflow-wrap: anywhere; } h2 { font-size: 1.05rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
th { font-weight: 600; white-space: nowrap; } pre { overflow-x: auto; padding: .8rem; border: 1px solid var(--line); border-radius: 6px; font-size: 13px; }
.frame { margin: .3rem 0; overflow-wrap: anywhere; } @media (max-width: 40rem) { th[scope=row] { white-space: normal; } } .system { color: var(--soft); } .soft { color: var(--soft); }
.scroll { overflow-x: auto; } .scroll table { min-width: 46rem; }
`;

/** A whole page of a demo provider. Everything interpolated into `body` by `html` is escaped. */
export function page(provider: string, title: string, body: Html): Html {
  return html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title><style>${raw(STYLE)}</style></head>
<body><header>${provider} <span class="soft">(demo world)</span></header><main>${body}</main></body>
</html>`;
}

/** A two-column table; empty values are shown as a dash. */
export function factsTable(rows: readonly (readonly [string, unknown])[]): Html {
  return html`<table>${rows.map(([name, value]) => html`<tr><th scope="row">${name}</th><td>${show(value)}</td></tr>`)}</table>`;
}

function show(value: unknown): string | HtmlEscapedString {
  if (value === null || value === undefined || value === "") return "–";
  if (value instanceof String) return value as HtmlEscapedString;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** A table of its own width: on a narrow screen it scrolls, also by keyboard. */
export function listTable(label: string, headings: readonly string[], rows: readonly Html[]): Html {
  const head = headings.map((heading) => html`<th scope="col">${heading}</th>`);
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}"><table><thead><tr>${head}</tr></thead><tbody>${rows}</tbody></table></div>`;
}
