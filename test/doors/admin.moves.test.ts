import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { approvals, incidents } from "../../lib/db/schema/index.ts";
import type { Id } from "../../lib/kernel/ids.ts";
import { signApproval } from "../../lib/recovery/sign-approval.ts";
import {
  ADMIN_TOKEN,
  type AdminWorld,
  APPROVAL_KEY,
  at,
  BASE,
  incidentRow,
  openAdminWorld,
  PROJECT,
} from "./admin-world.ts";

let world: AdminWorld;
let approvalId: Id<"apr">;
let token: string;
const INCIDENT = "inc_0000000009";

beforeAll(async () => {
  world = await openAdminWorld();
  await world.db.db.insert(incidents).values(incidentRow(INCIDENT, { state: "repairing" }));
});
afterAll(() => world.close());
beforeEach(async () => {
  world.setNow(at(10).toISOString());
  await world.db.db.delete(approvals);
  approvalId = world.ctx.newId("apr");
  const thing = {
    id: approvalId,
    incidentId: INCIDENT,
    kind: "rollback" as const,
    fromDeploymentId: "dpl_2",
    toDeploymentId: "dpl_1",
    expiresAt: at(30),
  };
  token = await signApproval(APPROVAL_KEY, thing);
  const one = (deploymentId: string) => ({ deploymentId, sha: "a".repeat(40), url: null, readyAt: null });
  const subject = {
    from: one("dpl_2"),
    to: one("dpl_1"),
    reasons: ["the error began within a minute"],
    consequences: { commits: null, pulls: null, variables: null, migrations: null },
    says: "roll production back from <b>2</b> to 1",
    lines: ["3 commits go back."],
  };
  const row = { ...thing, projectId: PROJECT.id, state: "offered" as const, token, subject };
  await world.db.db.insert(approvals).values({ ...row, createdAt: at(1), updatedAt: at(1) });
});

const ask = (body: unknown, id = INCIDENT) =>
  world.ask(`/api/admin/incidents/${id}/rollback`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
const stateNow = async () => (await world.db.db.select().from(approvals))[0]?.state;

async function logIn(): Promise<string> {
  const answer = await world.app.request(`${BASE}/login`, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded", origin: BASE },
    body: new URLSearchParams({ token: ADMIN_TOKEN }).toString(),
  });
  return answer.headers.get("set-cookie")?.split(";")[0] ?? "";
}

describe("moving production by the admin API", () => {
  it("approves once, by token or by the offer's id; a replay is 409 with its reason", async () => {
    expect((await ask({ approvalId })).status).toBe(202);
    expect(await stateNow()).toBe("approved");
    const replay = await ask({ token });
    expect(replay.status).toBe(409);
    expect(await replay.json()).toMatchObject({
      error: { code: "approval_refused", message: /used already, by admin-api/ },
    });
  });

  it("refuses what is forged, late or not there, and asks for an offer without a token", async () => {
    expect((await ask({ token: `${token.slice(0, -2)}zz` })).status).toBe(409);
    expect((await ask({ approvalId: "apr_nothing" })).status).toBe(409);
    expect((await ask({ token, more: 1 })).status).toBe(400);
    expect((await ask({}, "inc_nothing")).status).toBe(404);
    expect(await (await ask({})).json()).toEqual({ id: INCIDENT, asked: true, approved: false });
    world.setNow(at(31).toISOString());
    expect((await ask({ token })).status).toBe(409);
    expect(await stateNow()).toBe("offered");
  });

  it("is shown without its token", async () => {
    const text = await (await world.ask(`/api/admin/incidents/${INCIDENT}`)).text();
    expect(text).toContain(approvalId);
    expect(text).not.toContain(token);
  });
});

describe("the incident's page", () => {
  it("shows the offer with what goes with it, and takes the word of its own form alone", async () => {
    const cookie = await logIn();
    const page = await (await world.app.request(`${BASE}/incidents/${INCIDENT}`, { headers: { cookie } })).text();
    expect(page).toContain("3 commits go back.");
    expect(page).toContain("&lt;b&gt;2&lt;/b&gt;");
    const csrf = /action="\/incidents\/[^"]+\/rollback"[\s\S]*?name="csrf" value="([^"]+)"/.exec(page)?.[1] ?? "";
    const post = (form: Record<string, string>, headers: Record<string, string> = {}) =>
      world.app.request(`${BASE}/incidents/${INCIDENT}/rollback`, {
        method: "POST",
        headers: { "content-type": "application/x-www-form-urlencoded", origin: BASE, cookie, ...headers },
        body: new URLSearchParams(form).toString(),
      });
    expect((await post({ approvalId, sure: "yes" })).status).toBe(403);
    expect((await post({ approvalId, sure: "yes", csrf }, { origin: "https://evil.example" })).status).toBe(403);
    expect((await post({ approvalId, csrf })).status).toBe(400);
    expect(await stateNow()).toBe("offered");
    expect((await post({ approvalId, sure: "yes", csrf })).status).toBe(303);
    expect(await stateNow()).toBe("approved");
  });
});

it("the draft of a postmortem is Markdown, and says unknown", async () => {
  const answer = await world.ask(`/api/admin/incidents/${INCIDENT}/postmortem`);
  expect(answer.headers.get("content-type")).toBe("text/markdown; charset=utf-8");
  const text = await answer.text();
  expect(text).toContain("# Postmortem draft: INC-");
  expect(text).toContain("recovery was not proved");
  expect((await world.ask("/api/admin/incidents/inc_nothing/postmortem")).status).toBe(404);
  expect((await world.app.request(`${BASE}/api/admin/incidents/${INCIDENT}/postmortem`)).status).toBe(401);
});
