/**
 * The dashboard's script. Pages are whole without it; it keeps times fresh, and replaces what changed: the incident page
 * when its event stream says so (or by asking every few seconds where streams do not get through), the overview by asking.
 */
export const APP_JS = String.raw`"use strict";
(() => {
  const spans = [[60, 1, "s"], [3600, 60, "min"], [86400, 3600, "h"], [Infinity, 86400, "d"]];
  const skew = document.body.dataset.now ? Date.parse(document.body.dataset.now) - Date.now() : 0;
  const ago = (iso) => {
    const ms = Date.parse(iso) - Date.now() - skew;
    if (Math.abs(ms) < 1000) return "now";
    const seconds = Math.round(Math.abs(ms) / 1000);
    const [, unit, name] = spans.find(([limit]) => seconds < limit);
    const text = Math.floor(seconds / unit) + " " + name;
    return ms < 0 ? text + " ago" : "in " + text;
  };
  const tick = (root) => {
    for (const time of root.querySelectorAll("time[data-ago]")) {
      const text = ago(time.dateTime);
      if (time.textContent !== text) time.textContent = text;
    }
    for (const time of root.querySelectorAll("time[data-clock]")) {
      const at = new Date(time.dateTime);
      const text = at.toLocaleTimeString([], { hour12: false });
      const isToday = at.toDateString() === new Date().toDateString();
      const full = isToday ? text : at.toLocaleDateString() + " " + text;
      if (time.textContent !== full) time.textContent = full;
    }
  };

  // What a form did is said once; a reload is not a second time.
  if (location.search.includes("broke=")) history.replaceState(null, "", location.pathname);

  const shown = new Map();
  const regions = (root) => root.querySelectorAll("[data-live]");
  // Relative times differ at every look; a region is only replaced for what else changed, so that a selection survives.
  const keyOf = (region) => region.innerHTML.replace(/(<time[^>]*data-ago[^>]*>)[^<]*/g, "$1");
  for (const region of regions(document)) shown.set(region.id, keyOf(region));
  tick(document);
  setInterval(() => tick(document), 1000);

  const replace = (region, fresh) => {
    const open = new Set([...region.querySelectorAll("details[open]")].map((one) => one.dataset.key));
    const known = new Set([...region.querySelectorAll("li[id]")].map((one) => one.id));
    const focused = region.contains(document.activeElement) ? document.activeElement : null;
    const focusKey = focused && (focused.id ? "#" + CSS.escape(focused.id) : focused.closest("details") && "details[data-key=\"" + CSS.escape(focused.closest("details").dataset.key) + "\"] > summary");
    region.innerHTML = fresh.innerHTML;
    for (const one of region.querySelectorAll("details")) if (open.has(one.dataset.key)) one.open = true;
    for (const one of region.querySelectorAll("li[id]")) if (!known.has(one.id)) one.classList.add("fresh");
    if (focusKey) region.querySelector(focusKey)?.focus({ preventScroll: true });
    tick(region);
  };

  let refreshing = false;
  let again = false;
  const refresh = async () => {
    if (refreshing) {
      again = true;
      return;
    }
    refreshing = true;
    try {
      const answer = await fetch(location.href, { headers: { "X-Refresh": "1" }, credentials: "same-origin" });
      if (answer.redirected && new URL(answer.url).pathname === "/login") location.reload();
      if (!answer.ok || answer.redirected) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      document.title = page.title;
      for (const fresh of regions(page)) {
        const region = document.getElementById(fresh.id);
        const key = keyOf(fresh);
        if (!region || shown.get(fresh.id) === key) continue;
        shown.set(fresh.id, key);
        replace(region, fresh);
      }
    } catch {
      // The next poll or event tries again.
    } finally {
      refreshing = false;
      if (again) {
        again = false;
        refresh();
      }
    }
  };

  const say = (text) => {
    const line = document.getElementById("announce");
    if (line) line.textContent = text;
  };
  const main = document.getElementById("main");
  let poll = 0;
  const pollEvery = (ms) => {
    clearInterval(poll);
    if (ms > 0) poll = setInterval(() => { if (!document.hidden) refresh(); }, ms);
  };
  if (main?.dataset.poll) pollEvery(Number(main.dataset.poll));

  const state = document.getElementById("live-state");
  const tell = (text) => { if (state) state.textContent = "Newest first. " + text; };
  const fallBack = () => {
    pollEvery(5000);
    tell("Looks for news every few seconds.");
  };
  let source = null;
  let failures = 0;
  let after = main?.dataset.after;
  const connect = () => {
    source = new EventSource(main.dataset.events + "?after=" + after);
    source.addEventListener("open", () => {
      failures = 0;
      pollEvery(0);
      tell("Live.");
      refresh();
    });
    source.addEventListener("entry", (event) => {
      after = event.lastEventId;
      say(JSON.parse(event.data).summary);
      refresh();
    });
    source.addEventListener("changed", refresh);
    source.addEventListener("error", () => {
      failures += 1;
      if (failures >= 3 || source.readyState === EventSource.CLOSED) fallBack();
    });
  };
  if (main?.dataset.events) {
    if (!("EventSource" in window)) fallBack();
    else {
      if (!document.hidden) connect();
      // A stream that nobody looks at costs a connection, and a browser has only six for one host.
      document.addEventListener("visibilitychange", () => {
        source?.close();
        if (!document.hidden) connect();
      });
    }
  }

  // A second press of a button sends nothing twice; coming back by the browser's history makes it new.
  document.addEventListener("submit", (event) => {
    if (event.target.dataset.sent) event.preventDefault();
    event.target.dataset.sent = "yes";
    event.submitter?.setAttribute("aria-disabled", "true");
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
})();
`;
