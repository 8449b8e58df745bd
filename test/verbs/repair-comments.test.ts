import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Bench, createBench, mustRun, openIncident } from "../support/context.ts";
import { expectConflict } from "../support/once.ts";
import { openTestPglite } from "../support/pglite.ts";
import { comment, mustClaim, NEEDS_APPROVAL, openPublished, openReported, report } from "../support/repair-flow.ts";

const OBEY = "repair.obey-comment";
const DONE = { type: "done" };

let database: Awaited<ReturnType<typeof openTestPglite>>;
let bench: Bench;

beforeAll(async () => {
  database = await openTestPglite();
});
afterAll(() => database.close());
beforeEach(async () => {
  bench = await createBench(database);
  bench.repository.permissions.set("wren", "write");
  bench.repository.permissions.set("rita", "read");
});

/** An incident whose patch waits for a person's approval, with its issue open. */
async function openHeld() {
  const opened = await openReported(bench, { diff: NEEDS_APPROVAL });
  await mustRun(bench, "repair.publish-patch", { runId: opened.runId });
  await bench.settle();
  return opened;
}

/** An incident that is only watched, with its issue open. */
async function openObserved(): Promise<string> {
  bench.configure({ stage: "triage" });
  const incidentId = await openIncident(bench);
  await bench.settle();
  bench.configure({});
  return incidentId;
}

describe("who is obeyed", () => {
  it.each([
    ["a reader", "rita", {}, "rita has read permission, and write is needed"],
    ["a stranger", "eve", {}, "eve has none permission, and write is needed"],
    ["a bot with every right", "wren", { authorType: "Bot" }, "wren is a Bot, and only people are obeyed"],
  ])("not %s: nothing happens, and it is said", async (_who, author, changes, why) => {
    const { incidentId } = await openHeld();
    const before = await bench.runs(incidentId);
    const signal = {
      kind: "comment" as const,
      repository: "acme/shop",
      issueNumber: 1,
      isPullRequest: false,
      commentId: 1,
      author,
      authorType: "User",
      text: "/patchpilot approve",
    };
    // A door ignores bots already; the verb does not rely on it.
    const { deliveryId } = await bench.receive(signal, `comment-of-${author}`);
    if ("authorType" in changes) await setAuthorType(deliveryId, { ...signal, ...changes });
    expect(await bench.run(OBEY, { deliveryId })).toEqual(DONE);
    expect(await bench.said(incidentId, "command_refused")).toEqual([`command approve was refused: ${why}`]);
    expect(await bench.runs(incidentId)).toEqual(before);
    expect((await bench.incident(incidentId)).state).toBe("escalated");
    await bench.settle();
    expect(bench.repository.pulls).toEqual([]);
  });

  async function setAuthorType(deliveryId: string, signal: Record<string, unknown>): Promise<void> {
    await database.client.query("update deliveries set signal = $1 where id = $2", [
      JSON.stringify(signal),
      deliveryId,
    ]);
  }

  it("a writer, on the issue or on the pull request, under their name", async () => {
    const { incidentId } = await openPublished(bench);
    await bench.settle();
    const number = bench.repository.pulls[0]?.number ?? 0;
    await comment(bench, "wren", "/patchpilot status", { issueNumber: number, isPullRequest: true });
    await comment(bench, "wren", "/patchpilot status");
    const asked = (await bench.story(incidentId)).filter((entry) => entry.kind === "command");
    expect(asked.map((entry) => entry.actor)).toEqual(["person:wren", "person:wren"]);
  });

  it("nobody, on an issue that is no incident's", async () => {
    await openHeld();
    const before = await bench.effects();
    expect((await comment(bench, "wren", "/patchpilot ignore", { issueNumber: 77 })).outcome).toEqual(DONE);
    expect((await bench.effects()).incidents).toEqual(before.incidents);
    expect((await bench.effects()).timeline).toEqual(before.timeline);
  });
});

describe("what is asked for", () => {
  it("happens once, however often the comment's job is delivered", async () => {
    const { incidentId } = await openHeld();
    await comment(bench, "wren", "/patchpilot approve");
    const once = await bench.effects();
    expect(await bench.redeliver(OBEY)).toEqual(DONE);
    expect(await bench.effects()).toEqual(once);
    expect(await bench.said(incidentId, "approved")).toEqual(["attempt 1 was approved"]);
  });

  it("of an incident that changes meanwhile is not done on what was read", async () => {
    const incidentId = await openObserved();
    const { deliveryId } = await bench.receive(
      {
        kind: "comment",
        repository: "acme/shop",
        issueNumber: 1,
        isPullRequest: false,
        commentId: 9,
        author: "wren",
        authorType: "User",
        text: "/patchpilot ignore",
      },
      "comment-conflict",
    );
    await expectConflict(bench, { name: OBEY, payload: { deliveryId }, incidentId, method: "getPermission" });
    expect(await bench.runWaiting(OBEY, { deliveryId })).toEqual(DONE);
    expect((await bench.incident(incidentId)).state).toBe("ignored");
  });

  it("fix: takes a watched incident up", async () => {
    const incidentId = await openObserved();
    await comment(bench, "wren", "/patchpilot fix");
    await bench.settle();
    expect(await bench.incident(incidentId)).toMatchObject({ state: "repairing", attempts: 1 });
  });

  it("retry: begins anew with all attempts, and tells the worker what was tried", async () => {
    bench.configure({ policy: { repair: { maxAttempts: 1 } } });
    const { incidentId } = await openHeld();
    expect((await bench.incident(incidentId)).attempts).toBe(1);
    await comment(bench, "wren", "/patchpilot retry");
    await bench.settle();
    expect(await bench.incident(incidentId)).toMatchObject({ state: "repairing", attempts: 1 });
    const run = await mustClaim(bench);
    expect(run.brief.priorAttempts).toEqual([
      expect.objectContaining({ attempt: 1, detail: expect.stringContaining("approval"), diff: NEEDS_APPROVAL }),
    ]);
    await report(bench, run);
    await mustRun(bench, "repair.publish-patch", { runId: run.runId });
    expect((await bench.incident(incidentId)).state).toBe("in_review");
  });

  it("retry, while the kill switch is on, waits for the resume", async () => {
    const { incidentId } = await openHeld();
    await bench.stop();
    await comment(bench, "wren", "/patchpilot retry");
    await bench.settle();
    expect(await bench.runs(incidentId)).toHaveLength(1);
    await bench.resume();
    await bench.runWaiting("repair.start-repair", { incidentId });
    expect(await bench.runs(incidentId)).toHaveLength(2);
  });

  it("ignore: ends the matter and closes the issue as not planned", async () => {
    const { incidentId } = await openHeld();
    await comment(bench, "wren", "/patchpilot ignore");
    await bench.settle();
    expect((await bench.incident(incidentId)).state).toBe("ignored");
    expect(bench.issues.only).toMatchObject({ state: "closed", closedAs: "not_planned" });
  });

  it.each([
    ["/patchpilot approve", "command approve: no patch waits for an approval"],
    ["/patchpilot fix", "command implement: the incident is in_review"],
    ["/patchpilot dance", "command none was refused: there is no command dance"],
  ])("and cannot be is said: %s", async (text, said) => {
    const { incidentId } = await openPublished(bench);
    await bench.settle();
    const { version } = await bench.incident(incidentId);
    await comment(bench, "wren", text);
    expect(await bench.said(incidentId, "command_refused")).toEqual([said]);
    expect((await bench.incident(incidentId)).version).toBe(version);
  });
});
