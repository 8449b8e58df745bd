import { eq } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { incidents, repairRuns } from "../../lib/db/schema/index.ts";
import { type AdminOutside, createAdminApp } from "../../lib/http/admin-app.ts";
import { bearerMatches } from "../../lib/http/auth.ts";
import {
  ADMIN_TOKEN,
  type AdminWorld,
  addForeign,
  addRecovered,
  addTimeline,
  BASE,
  incidentRow,
  openAdminWorld,
} from "./admin-world.ts";

const FORM = { "content-type": "application/x-www-form-urlencoded" };

let world: AdminWorld;
beforeAll(async () => {
  world = await openAdminWorld();
  await addRecovered(world);
});
afterEach(async () => {
  world.setNow("2026-11-24T10:30:00.000Z");
  await world.outside.control.set("test", false, null);
});
afterAll(() => world.close());

async function logIn(app = world.app, token = ADMIN_TOKEN, next = "/") {
  const body = new URLSearchParams({ token, next }).toString();
  const answer = await app.request(`${BASE}/login`, { method: "POST", headers: FORM, body });
  const cookie = answer.headers.get("set-cookie") ?? "";
  return { answer, cookie, value: cookie.split(";")[0] ?? "" };
}

async function csrfOf(cookie: string, app = world.app, base = BASE): Promise<string> {
  const html = await (await app.request(`${base}/`, { headers: { cookie } })).text();
  return /name="csrf" value="([^"]+)"/.exec(html)?.[1] ?? "";
}

function post(
  path: string,
  fields: Record<string, string>,
  headers: Record<string, string>,
  app = world.app,
  base = BASE,
) {
  const body = new URLSearchParams(fields).toString();
  return app.request(`${base}${path}`, { method: "POST", headers: { ...FORM, ...headers }, body });
}

describe("bearer tokens", () => {
  it.each([
    ["GET", "/api/admin/incidents"],
    ["GET", "/api/admin/incidents/1"],
    ["GET", "/api/admin/incidents/1/timeline"],
    ["GET", "/api/admin/deliveries"],
    ["GET", "/api/admin/jobs"],
    ["POST", "/api/admin/jobs/job_1/requeue"],
    ["GET", "/api/admin/lessons"],
    ["PATCH", "/api/admin/lessons/les_1"],
    ["DELETE", "/api/admin/lessons/les_1"],
    ["POST", "/api/admin/incidents/1/triage"],
    ["GET", "/api/admin/controls"],
    ["POST", "/api/admin/controls"],
    ["GET", "/api/admin/anything-else"],
    ["GET", "/api/openapi.json"],
    ["GET", "/incidents/1/events"],
  ])("%s %s is 401 without a token, with a wrong one, and with one in the query", async (method, path) => {
    for (const authorization of [
      undefined,
      "Bearer wrong",
      `Bearer ${ADMIN_TOKEN}x`,
      "Bearer ",
      `Basic ${ADMIN_TOKEN}`,
    ]) {
      const headers = authorization === undefined ? {} : { authorization };
      const answer = await world.app.request(`${BASE}${path}?token=${ADMIN_TOKEN}`, { method, headers });
      expect(answer.status, `${authorization}`).toBe(401);
    }
  });

  it("match only whole, and never when none is expected", async () => {
    expect(await bearerMatches("Bearer abcdefgh", "abcdefgh")).toBe(true);
    expect(await bearerMatches("bearer  abcdefgh ", "abcdefgh")).toBe(true);
    for (const header of [
      null,
      undefined,
      "",
      "Bearer",
      "Bearer abcdefg",
      "Bearer abcdefghi",
      "abcdefgh",
      "Bearer a b",
    ]) {
      expect(await bearerMatches(header, "abcdefgh"), `${header}`).toBe(false);
    }
    expect(await bearerMatches("Bearer ", "")).toBe(false);
    expect(await bearerMatches("Bearer null", null)).toBe(false);
  });
});

describe("logging in", () => {
  it("pages send who is not logged in to the login form, and back afterwards", async () => {
    const away = await world.app.request(`${BASE}/incidents/1?x=1`);
    expect([away.status, away.headers.get("location")]).toEqual([303, "/login?next=%2Fincidents%2F1%3Fx%3D1"]);
    const { answer } = await logIn(world.app, ADMIN_TOKEN, "/incidents/1?x=1");
    expect([answer.status, answer.headers.get("location")]).toEqual([303, "/incidents/1?x=1"]);
  });

  it.each(["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/\tevil", ""])(
    "never leads elsewhere: next=%s",
    async (next) => {
      expect((await logIn(world.app, ADMIN_TOKEN, next)).answer.headers.get("location")).toBe("/");
    },
  );

  it("a wrong token is 401 and sets no cookie", async () => {
    const { answer, cookie } = await logIn(world.app, "wrong");
    expect([answer.status, cookie]).toEqual([401, ""]);
  });

  it("the cookie is for this host, https and the server alone", async () => {
    const { cookie } = await logIn();
    expect(cookie).toMatch(/^__Host-patchpilot=v1\./);
    for (const part of ["HttpOnly", "Secure", "SameSite=Lax", "Path=/"]) expect(cookie).toContain(part);
    expect(cookie).not.toContain(ADMIN_TOKEN);
  });

  it("an altered, an expired and another installation's session are no session", async () => {
    const { value } = await logIn();
    const status = async (cookie: string, app = world.app) =>
      (await app.request(`${BASE}/`, { headers: { cookie } })).status;
    expect(await status(value)).toBe(200);
    expect(await status(value.replace(/\.(\d+)\./, (_, ms) => `.${Number(ms) + 1}.`))).toBe(303);
    expect(await status(`${value.slice(0, -1)}${value.endsWith("A") ? "B" : "A"}`)).toBe(303);
    const other: AdminOutside = {
      ...world.outside,
      auth: { mode: "token", adminToken: ADMIN_TOKEN, sessionKey: "another key" },
    };
    expect(await status(value, createAdminApp(other))).toBe(303);
    world.setNow("2026-11-24T22:31:00.000Z");
    expect(await status(value)).toBe(303);
  });

  it("logging out takes the cookie away", async () => {
    const { value } = await logIn();
    const answer = await post("/logout", { csrf: await csrfOf(value) }, { cookie: value });
    expect(answer.headers.get("set-cookie")).toMatch(/^__Host-patchpilot=;.*Max-Age=0/);
  });

  it("tries are limited where a limiter is given, and the right token waits too", async () => {
    let left = 2;
    const limited = createAdminApp({
      ...world.outside,
      limitLogin: async () => ({ isAllowed: left-- > 0, resetAfterMs: 30_000 }),
    });
    expect((await logIn(limited, "wrong")).answer.status).toBe(401);
    expect((await logIn(limited, "wrong")).answer.status).toBe(401);
    const { answer, cookie } = await logIn(limited);
    expect([answer.status, answer.headers.get("retry-after"), cookie]).toEqual([429, "30", ""]);
  });
});

describe("forms from elsewhere", () => {
  it("a form is obeyed only with this session's token and from our own page", async () => {
    const mine = await logIn();
    const csrf = await csrfOf(mine.value);
    const theirs = await csrfOf((await logIn()).value);
    const stop = { stopped: "true", reason: "by form" };
    const cookie = mine.value;
    const refused: [string, Record<string, string>, Record<string, string>][] = [
      ["no token", stop, { cookie }],
      ["a wrong token", { ...stop, csrf: `${csrf}x` }, { cookie }],
      ["another session's token", { ...stop, csrf: theirs }, { cookie }],
      ["a foreign origin", { ...stop, csrf }, { cookie, origin: "https://evil.example" }],
      ["an opaque origin", { ...stop, csrf }, { cookie, origin: "null" }],
      ["a cross-site fetch", { ...stop, csrf }, { cookie, "sec-fetch-site": "cross-site" }],
      ["a sibling's fetch", { ...stop, csrf }, { cookie, "sec-fetch-site": "same-site" }],
    ];
    for (const [what, fields, headers] of refused) {
      expect((await post("/controls", fields, headers)).status, what).toBe(403);
    }
    expect((await world.outside.control.read()).isStopped).toBe(false);
    const own = { cookie, origin: BASE, "sec-fetch-site": "same-origin" };
    expect((await post("/controls", { ...stop, csrf }, own)).status).toBe(303);
    expect(await world.outside.control.read()).toMatchObject({
      isStopped: true,
      reason: "by form",
      changedBy: "person:dashboard",
    });
  });

  it.each(["/breaker/close", "/incidents/1/resume", "/jobs/job_1/requeue"])(
    "%s is a form too: refused without the session's token, and led to the login without a session",
    async (path) => {
      const { value: cookie } = await logIn();
      expect((await post(path, {}, { cookie })).status).toBe(403);
      expect((await post(path, {}, {})).headers.get("location")).toMatch(/^\/login/);
    },
  );

  it("the API obeys a session's POST only from our own pages", async () => {
    const { value: cookie } = await logIn();
    const send = (headers: Record<string, string>) =>
      world.app.request(`${BASE}/api/admin/controls`, {
        method: "POST",
        headers: { cookie, "content-type": "application/json", ...headers },
        body: '{"stopped":true}',
      });
    expect((await send({ origin: "https://evil.example" })).status).toBe(403);
    expect((await send({ "sec-fetch-site": "cross-site" })).status).toBe(403);
    expect((await send({ origin: BASE })).status).toBe(200);
  });

  it("another site cannot log somebody in", async () => {
    expect((await post("/login", { token: ADMIN_TOKEN }, { origin: "https://evil.example" })).status).toBe(403);
  });
});

describe("the open demo", () => {
  const LOCAL = "http://localhost:3000";
  const broken: string[] = [];
  const demo = {
    scenarios: [{ name: "crash", title: "Crash the checkout", detail: "A TypeError" }],
    breakProduction: async (name: string) => {
      broken.push(name);
    },
    links: [],
  };

  it("serves this machine only: a name that was rebound to it gets nothing", async () => {
    const open = createAdminApp({ ...world.outside, auth: { mode: "open" }, demo });
    for (const host of [LOCAL, "http://127.0.0.1:3000", "http://[::1]:3000"]) {
      expect((await open.request(`${host}/`)).status, host).toBe(200);
    }
    for (const host of ["http://evil.example:3000", "http://localhost.evil.example", "http://10.0.0.7:3000"]) {
      expect((await open.request(`${host}/api/admin/incidents`)).status, host).toBe(403);
    }
  });

  it("breaks production only by its own form, and only in ways that it knows", async () => {
    const open = createAdminApp({ ...world.outside, auth: { mode: "open" }, demo });
    const first = await open.request(`${LOCAL}/`);
    const cookie = (first.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
    expect(cookie).toMatch(/^patchpilot=/);
    const csrf = /name="csrf" value="([^"]+)"/.exec(await first.text())?.[1] ?? "";
    const send = (fields: Record<string, string>, headers: Record<string, string>) =>
      post("/demo/break", fields, headers, open, LOCAL);
    expect((await send({ name: "crash" }, {})).status).toBe(403);
    expect((await send({ name: "crash" }, { cookie })).status).toBe(403);
    expect((await send({ name: "crash", csrf }, { cookie, origin: "http://localhost:9999" })).status).toBe(403);
    expect((await send({ name: "rm -rf", csrf }, { cookie })).status).toBe(400);
    expect(broken).toEqual([]);
    const answer = await send({ name: "crash", csrf }, { cookie, origin: LOCAL });
    expect([answer.status, answer.headers.get("location"), broken]).toEqual([303, "/?broke=crash", ["crash"]]);
    const page = await (await open.request(`${LOCAL}/?broke=crash`, { headers: { cookie } })).text();
    expect(page).toContain("This is a demo world");
    expect(page).toContain("a script that knows the shop's bugs");
  });

  it("is not there outside the demo world", async () => {
    const { value } = await logIn();
    const answer = await post("/demo/break", { name: "crash", csrf: await csrfOf(value) }, { cookie: value });
    expect(answer.status).toBe(404);
  });
});

describe("hostile content", () => {
  const HOSTILE = `"><script>alert(1)</script><img src=x onerror=alert(1)>' {{7*7}} </title></textarea>`;
  const EVIL_URL = "javascript:alert(document.cookie)//https://";

  it("is shown as text wherever it comes from, and no link leads to a script", async () => {
    await world.db.db.insert(incidents).values(
      incidentRow("inc_hostile001", {
        state: "escalated",
        title: HOSTILE,
        culprit: HOSTILE,
        environment: HOSTILE,
        release: HOSTILE,
        priority: HOSTILE,
        sourceShortId: HOSTILE,
        sourceUrl: EVIL_URL,
        issueNumber: 3,
        issueUrl: EVIL_URL,
        triage: { score: 1, reasons: [HOSTILE] },
        investigation: {
          summary: HOSTILE,
          errorType: HOSTILE,
          errorMessage: HOSTILE,
          request: HOSTILE,
          stack: [HOSTILE],
          suspects: [{ path: HOSTILE, score: 1, reasons: [HOSTILE] }],
          commits: [{ sha: HOSTILE, score: 1, reasons: [HOSTILE], author: HOSTILE, message: HOSTILE }],
          notes: [HOSTILE],
          lessons: [{ incidentId: HOSTILE, outcome: HOSTILE, summary: HOSTILE }],
        },
      }),
    );
    const [run] = await world.db.db.select().from(repairRuns).limit(1);
    if (!run) throw new Error("the seed has no run");
    await world.db.db.insert(repairRuns).values({
      ...run,
      id: "run_hostile001",
      incidentId: "inc_hostile001",
      reason: HOSTILE,
      runnerId: HOSTILE,
      gate: { verdict: "deny", reasons: [{ rule: HOSTILE, path: HOSTILE, detail: HOSTILE }] },
      report: run.report && { ...run.report, diff: `+${HOSTILE}`, summary: HOSTILE },
    });
    await addTimeline(world, "inc_hostile001", "escalated", HOSTILE, 1, {
      actor: `person:${HOSTILE}`,
      detail: { [HOSTILE]: HOSTILE },
      url: EVIL_URL,
    });
    await world.outside.control.set(HOSTILE, true, HOSTILE);
    for (const path of [
      "/",
      "/incidents/inc_hostile001",
      `/login?next=${encodeURIComponent(HOSTILE)}`,
      `/?broke=${encodeURIComponent(HOSTILE)}`,
    ]) {
      const html = await (
        await world.ask(path, path.startsWith("/login") ? { headers: { authorization: "" } } : {})
      ).text();
      expect(html, path).not.toMatch(/<script>|<img src=x|onerror=alert\(1\)>|<\/textarea>/);
      expect(html, path).not.toMatch(/href="\s*javascript:/i);
      expect(html.match(/<title>/g), path).toHaveLength(1);
    }
  });

  it("pages allow nothing inline and nothing foreign, and keep to it themselves", async () => {
    for (const path of ["/", "/incidents/1", "/login"]) {
      const answer = await world.ask(path);
      const html = await answer.text();
      const csp = answer.headers.get("content-security-policy") ?? "";
      expect(csp).toContain("default-src 'none'");
      expect(csp).not.toMatch(/unsafe|\*|https?:/);
      expect(html).not.toMatch(/<style|<[^<>]*\s(?:style|on\w+)=|<script(?![^>]* src="\/assets\/)/);
      expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
      expect(answer.headers.get("x-frame-options")).toBe("DENY");
      expect(answer.headers.get("cache-control")).toBe("no-store");
    }
  });
});

describe("other projects", () => {
  it("their incidents do not exist here, by no name and on no route", async () => {
    const id = await addForeign(world);
    const [foreign] = await world.db.db.select().from(incidents).where(eq(incidents.id, id));
    for (const name of [id, String(foreign?.number)]) {
      for (const path of [
        `/api/admin/incidents/${name}`,
        `/api/admin/incidents/${name}/timeline`,
        `/incidents/${name}`,
        `/incidents/${name}/events`,
      ]) {
        expect((await world.ask(path)).status, path).toBe(404);
      }
    }
    expect(await (await world.ask("/")).text()).not.toContain("not yours");
  });
});
