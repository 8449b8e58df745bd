import { describe, expect, it } from "vitest";
import { createRunnerApp, type RunnerOutside } from "../../lib/http/runner-app.ts";
import { AppError } from "../../lib/kernel/errors.ts";
import { silentLogger } from "../../lib/runtime/logger.ts";

const JWT = "aaaa.bbbb.cccc";

function createDoor(changes: Partial<RunnerOutside> = {}) {
  const seen = { claims: [] as unknown[], judged: [] as string[], beats: [] as unknown[] };
  const app = createRunnerApp({
    log: silentLogger,
    clock: { now: () => new Date("2026-03-01T12:00:00Z") },
    newId: (prefix) => `${prefix}_1`,
    runnerToken: "the-runner-token",
    async judgeWorkflow(token) {
      seen.judged.push(token);
      return { ok: true, runnerId: "github-actions-7" };
    },
    async claim(request) {
      seen.claims.push(request);
      return null;
    },
    async heartbeat(input) {
      seen.beats.push(input);
      return { known: true, continue: false, reason: "the run was handed back" };
    },
    report: async () => ({ known: false }),
    readRunnerFile: async () => null,
    ...changes,
  });
  const post = (path: string, token: string | null, body: unknown) =>
    app.request(`/api/runner/${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...(token !== null && { authorization: `Bearer ${token}` }) },
      body: JSON.stringify(body),
    });
  return { seen, post };
}

const CLAIM = { runnerId: "mine", profiles: ["claude"] };

describe("the runners' door", () => {
  it("lets a runner token claim under the name that it gives", async () => {
    const { seen, post } = createDoor();
    expect((await post("claim", "the-runner-token", CLAIM)).status).toBe(204);
    expect(seen).toMatchObject({ claims: [{ runnerId: "mine", runId: null }], judged: [] });
  });

  it("lets a workflow's token claim, under GitHub's name for its job and no other", async () => {
    const { seen, post } = createDoor();
    expect((await post("claim", JWT, { ...CLAIM, runId: "run_1" })).status).toBe(204);
    expect(seen).toMatchObject({ claims: [{ runnerId: "github-actions-7", runId: "run_1" }], judged: [JWT] });
  });

  it("says why a workflow's token is refused, and gives nothing", async () => {
    const reason = "its repository is evil/shop, not acme/shop";
    const { seen, post } = createDoor({ judgeWorkflow: async () => ({ ok: false, reason }) });
    const answer = await post("claim", JWT, CLAIM);
    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({ error: { code: "unauthorized", message: reason } });
    expect(seen.claims).toEqual([]);
  });

  it.each([
    ["no token", null, {}],
    ["another runner token", "not-the-runner-token", {}],
    ["a workflow's token where none is taken", JWT, { judgeWorkflow: null }],
    ["an empty runner token where none is set", "", { runnerToken: null }],
    ["any token where none is set", "undefined", { runnerToken: null, judgeWorkflow: null }],
  ])("refuses %s", async (_name, token, changes) => {
    const { seen, post } = createDoor(changes);
    expect((await post("claim", token, CLAIM)).status).toBe(401);
    expect(seen.claims).toEqual([]);
  });

  it("answers 503 while GitHub's keys cannot be read: the runner may try again", async () => {
    const { post } = createDoor({
      judgeWorkflow: async () => {
        throw new AppError("oidc_keys_unreachable", "GitHub's OIDC keys cannot be read", { retry: "later" });
      },
    });
    expect((await post("claim", JWT, CLAIM)).status).toBe(503);
  });

  it("a workflow's token is good for claiming only: heartbeats and reports take the run's own", async () => {
    const { post } = createDoor({ heartbeat: async () => ({ known: false }) });
    expect((await post("heartbeat", JWT, { runId: "run_1", phase: "work" })).status).toBe(401);
  });

  it("hands a run back by a heartbeat that says so", async () => {
    const { seen, post } = createDoor();
    const answer = await post("heartbeat", "t", { runId: "run_1", phase: "handed back", handBack: true });
    expect(await answer.json()).toEqual({ continue: false, reason: "the run was handed back" });
    expect(seen.beats).toMatchObject([{ runId: "run_1", token: "t", handBack: true }]);
  });
});
