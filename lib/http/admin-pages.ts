import { Hono, type Context as HonoContext } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { requeueJob } from "./admin-api.ts";
import { type AdminContext, type AdminEnv, type AdminGuard, type Caller, requireSameOrigin } from "./admin-guard.ts";
import { ofCursor, ofIncident, readPage } from "./admin-input.ts";
import { streamIncident } from "./admin-live.ts";
import { obeyMoveForm } from "./admin-moves.ts";
import type { AdminOutside } from "./admin-outside.ts";
import { noteFields } from "./app.ts";
import { renderIncident } from "./dashboard/incident-page.ts";
import { ASSETS, type Chrome, PAGE_CSP, renderLogin, renderMessage } from "./dashboard/layout.ts";
import { renderOverview } from "./dashboard/overview-page.ts";
import type { Html } from "./dashboard/parts.ts";
import { callerFault, errorAnswer } from "./respond-error.ts";

const YEAR_S = 31_536_000;

/** Answers a page under the pages' own content policy. */
function respondPage(c: HonoContext, page: Html, status: ContentfulStatusCode = 200): Response | Promise<Response> {
  c.header("Content-Security-Policy", PAGE_CSP);
  return c.html(page, status);
}

/** A path of our own to go on to; anything that could lead elsewhere is the start page. */
export function readNext(text: string | undefined): string {
  return text !== undefined && /^\/(?![/\\])[\w\-./?=&%~]*$/.test(text) ? text : "/";
}

/** The error as a page of its own, for people; the same words as the API's. */
export function respondErrorPage(
  c: HonoContext,
  outside: Pick<AdminOutside, "demo">,
  thrown: unknown,
): Response | Promise<Response> {
  const { status, message, retryAfterSeconds } = errorAnswer(thrown);
  if (retryAfterSeconds !== null) c.header("Retry-After", String(retryAfterSeconds));
  const title = status === 404 ? "Nothing here" : status >= 500 ? "Not available" : "Not possible";
  const text = `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
  const chrome = { project: null, isDemo: outside.demo !== null, csrf: null, now: null };
  return respondPage(c, renderMessage(chrome, title, text, String(c.get("requestId") ?? "")), status);
}

/** The dashboard: pages and their forms. */
export function createAdminPages(outside: AdminOutside, guard: AdminGuard): Hono<AdminEnv> {
  const pages = new Hono<AdminEnv>();
  pages.onError((error, c) => respondErrorPage(c, outside, error));
  addAssets(pages);
  addLogin(pages, outside, guard);
  addViews(pages, outside, guard);
  addActions(pages, outside, guard);
  return pages;
}

function addAssets(pages: Hono<AdminEnv>): void {
  pages.get("/assets/:name", (c) => {
    const asset = ASSETS[c.req.param("name")];
    if (asset === undefined) throw callerFault("not_found", "there is no such file");
    // A URL that names its version never changes; any other one may.
    const isVersioned = c.req.query("v") === asset.version;
    c.header("Cache-Control", isVersioned ? `public, max-age=${YEAR_S}, immutable` : "no-cache");
    c.header("Content-Type", asset.type);
    return c.body(asset.body);
  });
}

/** Where a request comes from, as the platform's proxy says it; on a machine of one's own everybody is the same client. */
function clientOf(c: AdminContext): string {
  return c.req.header("x-real-ip") ?? c.req.header("x-forwarded-for")?.split(",")[0]?.trim() ?? "local";
}

function addLogin(pages: Hono<AdminEnv>, outside: AdminOutside, guard: AdminGuard): void {
  pages.get("/login", async (c) => {
    const next = readNext(c.req.query("next"));
    if (await guard.identify(c)) return c.redirect(next, 303);
    return respondPage(c, renderLogin(null, next));
  });
  pages.post("/login", async (c) => {
    requireSameOrigin(c, outside);
    const body = await c.req.parseBody();
    const next = readNext(typeof body.next === "string" ? body.next : undefined);
    const limit = await outside.limitLogin?.(clientOf(c));
    if (limit && !limit.isAllowed) {
      c.header("Retry-After", String(Math.ceil(limit.resetAfterMs / 1_000)));
      return respondPage(c, renderLogin("Too many tries. Wait a little, then try again.", next), 429);
    }
    const isRight = typeof body.token === "string" && (await guard.logIn(c, body.token.trim()));
    noteFields(c, { login: isRight });
    return isRight ? c.redirect(next, 303) : respondPage(c, renderLogin("This is not the admin token.", next), 401);
  });
  pages.post("/logout", async (c) => {
    const caller = await guard.identify(c);
    if (caller) await guard.readForm(c, caller);
    guard.logOut(c);
    return c.redirect("/login", 303);
  });
}

/** The caller, or the way to the login form. */
async function enter(c: AdminContext, guard: AdminGuard): Promise<Caller | Response> {
  const caller = await guard.identify(c);
  if (caller !== null) return caller;
  const { pathname, search } = new URL(c.req.url);
  return c.redirect(`/login?next=${encodeURIComponent(readNext(pathname + search))}`, 303);
}

function chromeOf(outside: AdminOutside, caller: Caller, csrf: string): Chrome {
  return {
    project: outside.project,
    isDemo: outside.demo !== null,
    csrf: caller.via === "session" ? csrf : null,
    now: outside.ctx.clock.now(),
  };
}

/** What the page says after a form was sent; anything else in the address is ignored. */
function noticeOf(c: AdminContext, outside: AdminOutside): string | null {
  const broke = outside.demo?.scenarios.find((scenario) => scenario.name === c.req.query("broke"));
  if (broke) return `Production is being broken: ${broke.title}. The first alert comes within seconds.`;
  return null;
}

function addViews(pages: Hono<AdminEnv>, outside: AdminOutside, guard: AdminGuard): void {
  const { insight, ctx } = outside;
  pages.get("/", async (c) => {
    const caller = await enter(c, guard);
    if (caller instanceof Response) return caller;
    const { csrf } = (await guard.withSession(c, caller)).session;
    const request = readPage(c);
    return respondPage(
      c,
      renderOverview({
        chrome: chromeOf(outside, caller, csrf),
        csrf,
        now: ctx.clock.now(),
        overview: ofCursor(await insight.findOverview(request)),
        gaps: await outside.findGaps(),
        control: await outside.control.read(),
        breaker: await outside.storm.findOpenBreaker(),
        machine: outside,
        isFirstPage: request.cursor === null,
        notice: noticeOf(c, outside),
      }),
    );
  });
  pages.get("/incidents/:id", async (c) => {
    const caller = await enter(c, guard);
    if (caller instanceof Response) return caller;
    const { csrf } = (await guard.withSession(c, caller)).session;
    const id = c.req.param("id");
    const story = ofIncident(await insight.findIncidentStory(id), id);
    return respondPage(
      c,
      renderIncident({ chrome: chromeOf(outside, caller, csrf), story, now: ctx.clock.now(), csrf }),
    );
  });
  pages.get("/incidents/:id/events", async (c) => {
    if ((await guard.identify(c)) === null) throw callerFault("unauthorized", "log in first");
    const id = c.req.param("id");
    return streamIncident(c, outside, ofIncident(await insight.findIncidentId(id), id));
  });
}

function addActions(pages: Hono<AdminEnv>, outside: AdminOutside, guard: AdminGuard): void {
  const act = async (c: AdminContext): Promise<{ caller: Caller; form: Record<string, string> } | Response> => {
    const caller = await enter(c, guard);
    if (caller instanceof Response) return caller;
    noteFields(c, { caller: caller.actorName, via: caller.via });
    return { caller, form: await guard.readForm(c, caller) };
  };
  pages.post("/controls", async (c) => {
    const action = await act(c);
    if (action instanceof Response) return action;
    const { stopped, reason } = action.form;
    if (stopped !== "true" && stopped !== "false")
      throw callerFault("bad_request", "form stopped: neither true nor false");
    await outside.control.set(action.caller.actorName, stopped === "true", reason?.trim().slice(0, 500) || null);
    noteFields(c, { stopped: stopped === "true" });
    return c.redirect("/", 303);
  });
  pages.post("/breaker/close", async (c) => {
    const action = await act(c);
    if (action instanceof Response) return action;
    noteFields(c, { closed: await outside.storm.closeBreaker(action.caller.actorName) });
    return c.redirect("/", 303);
  });
  pages.post("/incidents/:id/resume", async (c) => {
    const action = await act(c);
    if (action instanceof Response) return action;
    const name = c.req.param("id");
    const id = ofIncident(await outside.insight.findIncidentId(name), name);
    noteFields(c, { incident: id });
    await outside.pauseIncident(action.caller.actorName, id, false);
    return c.redirect(`/incidents/${id}`, 303);
  });
  pages.post("/jobs/:id/requeue", async (c) => {
    const action = await act(c);
    if (action instanceof Response) return action;
    await requeueJob(outside, c.req.param("id"));
    noteFields(c, { requeued: c.req.param("id") });
    return c.redirect("/", 303);
  });
  pages.post("/incidents/:id/rollback", async (c) => {
    const action = await act(c);
    if (action instanceof Response) return action;
    const name = c.req.param("id");
    const id = ofIncident(await outside.insight.findIncidentId(name), name);
    noteFields(c, { incident: id });
    await obeyMoveForm(outside, action.caller.actorName, id, action.form);
    return c.redirect(`/incidents/${id}`, 303);
  });
  const { demo } = outside;
  if (demo === null) return;
  pages.post("/demo/break", async (c) => {
    const action = await act(c);
    if (action instanceof Response) return action;
    const { name } = action.form;
    const scenario = demo.scenarios.find((one) => one.name === name);
    if (scenario === undefined) throw callerFault("bad_request", "form name: there is no such scenario");
    await demo.breakProduction(scenario.name);
    return c.redirect(`/?broke=${encodeURIComponent(scenario.name)}`, 303);
  });
}
