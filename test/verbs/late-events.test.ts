import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { deployments } from "../../lib/db/schema/index.ts";
import type { DeploymentSignal, Signal } from "../../lib/intake/model.ts";
import { alert, type Bench, createBench, MINUTE_MS, mustRun, openIncident, PROJECT } from "../support/context.ts";
import { ISSUE_ID } from "../support/error-source.ts";
import { openTestPglite } from "../support/pglite.ts";
import { openMerged, openPublished } from "../support/repair-flow.ts";

let database: Awaited<ReturnType<typeof openTestPglite>>;
let bench: Bench;

beforeAll(async () => {
  database = await openTestPglite();
});
afterAll(() => database.close());
beforeEach(async () => {
  bench = await createBench(database);
});

let deliveryCount = 0;

/** A webhook comes in, whenever it was sent, and its job is done. */
async function arrives(signal: Signal, name: Parameters<Bench["run"]>[0]): Promise<void> {
  deliveryCount += 1;
  const { deliveryId } = await bench.receive(signal, `late-${deliveryCount}`);
  await mustRun(bench, name, { deliveryId });
}

const at = (minutes: number) => new Date(bench.clock.now().getTime() + minutes * MINUTE_MS).toISOString();

function deployment(event: DeploymentSignal["event"], occurredAt: string): DeploymentSignal {
  const place = { sourceProject: null, target: "production", ref: "main", url: null };
  return { kind: "deployment", event, deploymentId: "dpl_9", sha: "a".repeat(40), occurredAt, ...place };
}

const filed = async () => (await database.db.select().from(deployments)).filter((one) => one.projectId === PROJECT);

describe("deployments", () => {
  it.each([
    ["in order", ["created", "ready"]],
    ["the other way round", ["ready", "created"]],
    ["twice each, mixed", ["ready", "created", "ready", "created"]],
  ] as const)("are filed the same when their webhooks come %s", async (_, events) => {
    const times = { created: at(-3), ready: at(-1) };
    for (const event of events) await arrives(deployment(event, times[event]), "recovery.note-deployment");
    expect(await filed()).toMatchObject([
      { state: "ready", createdAt: new Date(times.created), readyAt: new Date(times.ready) },
    ]);
  });

  it("that are announced late change no verdict: production is asked itself", async () => {
    const { incidentId, mergeSha } = await openMerged(bench);
    bench.production.deploy(mergeSha, bench.clock.now());
    await mustRun(bench, "recovery.verify-recovery", { incidentId });
    const before = await bench.incident(incidentId);
    expect(before.state).toBe("verifying");
    await arrives(deployment("error", at(-30)), "recovery.note-deployment");
    await mustRun(bench, "recovery.verify-recovery", { incidentId });
    expect((await bench.incident(incidentId)).state).toBe("verifying");
  });
});

describe("pull requests", () => {
  const pull = (
    number: number,
    action: string,
    changes: Partial<Extract<Signal, { kind: "pull_request" }>>,
  ): Signal => ({
    kind: "pull_request",
    action,
    repository: "acme/shop",
    number,
    state: "open",
    merged: false,
    mergeSha: null,
    headSha: "a".repeat(40),
    headRef: "patchpilot/inc-1",
    author: "patchpilot[bot]",
    ...changes,
  });

  it("whose `closed` comes before their `opened` stay merged", async () => {
    const { incidentId } = await openPublished(bench);
    const number = bench.repository.pulls.at(-1)?.number ?? 0;
    const mergeSha = bench.repository.merge(number, bench.clock.now());
    await arrives(pull(number, "closed", { state: "closed", merged: true, mergeSha }), "repair.note-pull-request");
    expect((await bench.incident(incidentId)).state).toBe("deploying");
    await arrives(pull(number, "opened", {}), "repair.note-pull-request");
    expect((await bench.incident(incidentId)).state).toBe("deploying");
    expect(await bench.pulls(incidentId)).toMatchObject([{ state: "merged", mergeSha }]);
  });

  it("that somebody opened again are not taken for closed by a late `closed`", async () => {
    const { incidentId } = await openPublished(bench);
    const number = bench.repository.pulls.at(-1)?.number ?? 0;
    await arrives(pull(number, "closed", { state: "closed" }), "repair.note-pull-request");
    expect((await bench.incident(incidentId)).state).toBe("in_review");
    expect(await bench.pulls(incidentId)).toMatchObject([{ state: "open" }]);
  });

  it("that are told of before they are known here change nothing", async () => {
    await arrives(pull(404, "closed", { state: "closed", merged: true }), "repair.note-pull-request");
    expect(await bench.deadJobs()).toEqual([]);
  });
});

describe("alerts", () => {
  const assess = (incidentId: string) => mustRun(bench, "triage.assess-incident", { incidentId });

  it("of before the end do not reopen what recovered", async () => {
    const incidentId = await openIncident(bench);
    await bench.touch(incidentId, { state: "recovered", closedAt: bench.clock.now() });
    await bench.forgetJobs();
    bench.clock.advance(10 * MINUTE_MS);
    expect(await alert(bench, { lastSeenAt: at(-30), event: null })).toBe(incidentId);
    await assess(incidentId);
    expect((await bench.incident(incidentId)).state).toBe("recovered");
    expect(Object.keys(await bench.waitingJobs())).not.toContain("recovery.assess-regression");
  });

  it("of an issue that is archived meanwhile leave its incident ignored, in either order", async () => {
    const status: Signal = { kind: "issue_status", issueId: ISSUE_ID, status: "archived", by: "ada" };
    bench.errors.status = "archived";
    await arrives(status, "incidents.note-source-status");
    const incidentId = await openIncident(bench);
    await assess(incidentId);
    expect((await bench.incident(incidentId)).state).toBe("ignored");

    bench = await createBench(database);
    bench.errors.status = "archived";
    const other = await openIncident(bench);
    await arrives(status, "incidents.note-source-status");
    await alert(bench);
    await assess(other);
    expect((await bench.incident(other)).state).toBe("ignored");
  });

  it("never take an incident's last sighting back", async () => {
    const incidentId = await openIncident(bench);
    await assess(incidentId);
    const { lastSeenAt } = await bench.incident(incidentId);
    await alert(bench, { lastSeenAt: at(-600), event: null });
    await assess(incidentId);
    expect((await bench.incident(incidentId)).lastSeenAt).toEqual(lastSeenAt);
  });
});
