import { html } from "hono/html";
import type { AdminOutside } from "../admin-outside.ts";
import { APP_CSS } from "./app-css.ts";
import { APP_JS } from "./app-js.ts";
import type { Html } from "./parts.ts";

/** Pages take everything from here and from nowhere else; no inline script or style is ever run. */
export const PAGE_CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const ICON_SVG = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#2f5bd3"/><path d="M9 17.5l5 5 9.5-12" fill="none" stroke="#fff" stroke-width="3.4" stroke-linecap="round" stroke-linejoin="round"/></svg>`;

/** FNV-1a: enough to tell one build's asset from another's in its URL. */
function fingerprint(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  return hash.toString(36);
}

export const ASSETS: Readonly<Record<string, { type: string; body: string; version: string }>> = {
  "app.css": { type: "text/css; charset=utf-8", body: APP_CSS, version: fingerprint(APP_CSS) },
  "app.js": { type: "text/javascript; charset=utf-8", body: APP_JS, version: fingerprint(APP_JS) },
  "icon.svg": { type: "image/svg+xml", body: ICON_SVG, version: fingerprint(ICON_SVG) },
};

function assetUrl(name: string): string {
  return `/assets/${name}?v=${ASSETS[name]?.version ?? ""}`;
}

export interface Chrome {
  project: AdminOutside["project"] | null;
  isDemo: boolean;
  /** Set where somebody is logged in and can log out. */
  csrf: string | null;
  /** Our clock, so that "3 min ago" is right on a machine whose own is wrong. */
  now: Date | null;
}

/** A whole page around `main`, which brings its own `<main>`. */
export function renderPage(chrome: Chrome, title: string, main: Html): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · Patchpilot</title>
<link rel="icon" href="${assetUrl("icon.svg")}" type="image/svg+xml">
<link rel="stylesheet" href="${assetUrl("app.css")}">
<script src="${assetUrl("app.js")}" defer></script>
</head>
<body ${chrome.now && html`data-now="${chrome.now.toISOString()}"`}>
<a class="skip" href="#main">Skip to content</a>
<header class="top">
<div class="wrap">
<a class="brand" href="/"><img src="${assetUrl("icon.svg")}" alt="" width="28" height="28"><span>Patchpilot</span></a>
${chrome.project && html`<span class="project">${chrome.project.name}</span>`}
${chrome.isDemo && html`<span class="pill">Demo world</span>`}
<span class="grow"></span>
${chrome.project && html`<nav aria-label="Main"><a href="/">Incidents</a></nav>`}
${chrome.csrf && html`<form method="post" action="/logout"><input type="hidden" name="csrf" value="${chrome.csrf}"><button class="plain">Log out</button></form>`}
</div>
</header>
${main}
<p class="sr-only" role="status" aria-live="polite" id="announce"></p>
</body>
</html>`;
}

/** A page that says one thing: an error, or that there is nothing here. */
export function renderMessage(chrome: Chrome, title: string, text: string, requestId: string | null): Html {
  return renderPage(
    chrome,
    title,
    html`<main id="main" class="wrap narrow" tabindex="-1">
<section class="card">
<h1>${title}</h1>
<p>${text}</p>
${requestId && html`<p class="muted small">Request <code>${requestId}</code></p>`}
<p><a href="/">Go to the incidents</a></p>
</section>
</main>`,
  );
}

/** The login form; `next` is where to go afterwards. */
export function renderLogin(error: string | null, next: string): Html {
  return renderPage(
    { project: null, isDemo: false, csrf: null, now: null },
    "Log in",
    html`<main id="main" class="wrap narrow" tabindex="-1">
<section class="card">
<h1>Log in</h1>
<p class="muted">With the value of <code>ADMIN_TOKEN</code>. The session ends after twelve hours.</p>
${error && html`<p class="alert" role="alert" id="login-error">${error}</p>`}
<form method="post" action="/login" class="stack">
<input type="hidden" name="next" value="${next}">
<label for="token">Admin token</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus ${error ? html`aria-invalid="true" aria-describedby="login-error"` : ""}>
<button class="primary">Log in</button>
</form>
</section>
</main>`,
  );
}
