import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { AppError } from "../../lib/kernel/errors.ts";
import { alert, type Bench, createBench, MINUTE_MS, mustRun, openIncident, releaseOf } from "../support/context.ts";
import { composeExcerpt } from "../support/error-source.ts";
import { expectCrashSafe, expectOnce } from "../support/once.ts";
import { openTestPglite } from "../support/pglite.ts";
import { openMerged, openPublished, openQueued } from "../support/repair-flow.ts";

const UPDATE = "alerts.update-issue";

let database: Awaited<ReturnType<typeof openTestPglite>>;
let bench: Bench;

beforeAll(async () => {
  database = await openTestPglite();
});
afterAll(() => database.close());
beforeEach(async () => {
  bench = await createBench(database);
});

/** An incident that was judged and has no issue yet. */
async function openJudged(): Promise<string> {
  const incidentId = await openIncident(bench);
  await mustRun(bench, "triage.assess-incident", { incidentId });
  return incidentId;
}

describe("the incident's issue", () => {
  it("is one, with one comment and exactly its labels, through everything that happens", async () => {
    const { incidentId } = await openMerged(bench);
    await bench.settle();
    await mustRun(bench, UPDATE, { incidentId });
    const { priority, issueNumber, issueUrl } = await bench.incident(incidentId);
    expect(bench.issues.only).toMatchObject({
      number: issueNumber,
      url: issueUrl,
      state: "open",
      marker: `incident:${incidentId}`,
      title: `[SHOP-1] ${bench.errors.title}`,
      labels: ["patchpilot", `patchpilot:${priority}`],
    });
    expect(bench.issues.onlyComment).toContain("Merged: waiting for the deployment");
    expect(bench.issues.onlyComment).toContain(`Pull requests: #${bench.repository.pulls[0]?.number} (merged)`);
    expect(bench.issues.only.body).toContain("src/cart.js");
    expect(await bench.said(incidentId, "issue_opened")).toEqual(["issue #1 is open"]);
  });

  it("is opened once, however often its job is delivered", async () => {
    await expectOnce(bench, UPDATE, { incidentId: await openJudged() });
  });

  it.each(["ensureIssue", "ensureComment", "ensureLabels"])("is one when the process died after %s", async (method) => {
    const incidentId = await openJudged();
    await expectCrashSafe(bench, UPDATE, { incidentId }, method);
    expect(bench.issues.only.comments).toHaveLength(1);
    expect((await bench.incident(incidentId)).issueNumber).toBe(1);
    expect(await bench.said(incidentId, "issue_opened")).toHaveLength(1);
  });

  it("is not written to when nothing changed", async () => {
    const incidentId = await openJudged();
    await mustRun(bench, UPDATE, { incidentId });
    await mustRun(bench, UPDATE, { incidentId });
    const changes = [...bench.issues.log];
    await mustRun(bench, UPDATE, { incidentId });
    expect(bench.issues.log).toEqual(changes);
  });

  it("follows the facts", async () => {
    const incidentId = await openJudged();
    await mustRun(bench, UPDATE, { incidentId });
    bench.clock.advance(MINUTE_MS);
    bench.errors.report(bench.clock.now(), releaseOf(bench));
    bench.errors.users = 4_321;
    await alert(bench);
    await bench.settle();
    expect(bench.issues.only.body).toContain("61 events, 4321 users");
  });

  it("keeps labels that people gave it", async () => {
    const incidentId = await openJudged();
    await mustRun(bench, UPDATE, { incidentId });
    bench.issues.only.labels.push("team-checkout");
    await mustRun(bench, UPDATE, { incidentId });
    expect(bench.issues.only.labels).toContain("team-checkout");
  });

  it("is not opened for what is of no consequence", async () => {
    bench.errors.level = "info";
    bench.errors.users = 0;
    bench.errors.report(bench.clock.now(), null, "production", { handled: true });
    const incidentId = await alert(bench, { level: "info", event: composeExcerpt({ handled: true }) });
    await bench.settle();
    expect(await bench.incident(incidentId)).toMatchObject({ state: "observed", priority: "P3" });
    expect(bench.issues.all).toEqual([]);
  });

  it("is opened for what a person has to look at, even before it could be judged", async () => {
    const incidentId = await alert(bench);
    bench.script.failAt("findIssue", new AppError("provider_forbidden", "the token was revoked", { retry: "never" }));
    expect(await bench.run("triage.assess-incident", { incidentId })).toMatchObject({ type: "dead" });
    await bench.settle();
    expect(bench.issues.only.labels).toEqual(["patchpilot", "patchpilot:needs-human"]);
    expect(bench.issues.onlyComment).toContain("the token was revoked");
  });
});

describe("a person's hand on the issue", () => {
  const deliver = (action: "closed" | "reopened") =>
    bench.receive(
      {
        kind: "github_issue",
        action,
        repository: "acme/shop",
        issueNumber: 1,
        state: action === "closed" ? "closed" : "open",
        sender: "wren",
        senderType: "User",
      },
      `issue-${action}`,
    );

  it("is noted as theirs, once, and proves nothing about production", async () => {
    const incidentId = await openQueued(bench);
    await bench.settle();
    const { deliveryId } = await deliver("closed");
    await expectOnce(bench, "alerts.note-issue", { deliveryId });
    const entry = (await bench.story(incidentId)).at(-1);
    expect(entry).toMatchObject({ actor: "person:wren", summary: "issue #1 was closed by wren" });
    expect((await bench.incident(incidentId)).state).toBe("repairing");
  });

  it("is respected: what they closed is not opened again", async () => {
    const incidentId = await openQueued(bench);
    await bench.settle();
    bench.issues.only.state = "closed";
    await mustRun(bench, UPDATE, { incidentId });
    expect(bench.issues.only.state).toBe("closed");
  });
});

describe("the choke point", () => {
  it.each([
    ["DRY_RUN is on", { dryRun: true }],
    ["STAGE is observe, and this needs triage", { stage: "observe" } as const],
  ])("holds every write and says so once: %s", async (detail, settings) => {
    bench.configure(settings);
    const incidentId = await openJudged();
    bench.script.calls.length = 0;
    for (let count = 0; count < 3; count++) await mustRun(bench, UPDATE, { incidentId });
    expect(bench.script.calls).toEqual([]);
    expect(await bench.said(incidentId, "held")).toEqual([`would open an issue: ${detail}`]);
  });

  it("closes nothing while the kill switch is on, and closes it after the resume", async () => {
    const { incidentId } = await openPublished(bench);
    await bench.settle();
    await bench.touch(incidentId, { state: "recovered", closedAt: bench.clock.now() });
    await bench.stop("hands off");
    await mustRun(bench, UPDATE, { incidentId });
    for (let minute = 0; minute < 4; minute++) await bench.runWaiting(UPDATE, { incidentId });
    expect(bench.issues.only.state).toBe("open");
    expect(await bench.said(incidentId, "held")).toEqual(["would update issue #1: the kill switch is on: hands off"]);
    await bench.resume();
    await bench.runWaiting(UPDATE, { incidentId });
    expect(bench.issues.only.state).toBe("closed");
  });

  it("turned on in the middle leaves the rest for after the resume", async () => {
    const incidentId = await openJudged();
    bench.script.during("ensureIssue", async () => void (await bench.stop()));
    await mustRun(bench, UPDATE, { incidentId });
    expect(bench.issues.only.comments).toEqual([]);
    await bench.resume();
    await bench.runWaiting(UPDATE, { incidentId });
    expect(bench.issues.only.comments).toHaveLength(1);
    expect((await bench.incident(incidentId)).issueNumber).toBe(1);
  });
});

describe("hostile text", () => {
  const HOSTILE =
    "<script>alert(1)</script> @acme/everyone `rm -rf` Fixes #1 closes acme/shop#2 | [x](javascript:x) ![p](http://e/p.png) \u202egnp.exe\u2066 \u0007";

  async function openHostile(text: string): Promise<string> {
    bench.errors.title = text;
    const now = bench.clock.now();
    const frame = { absPath: null, module: null, column: 1, inApp: true, contextLine: text };
    const changes = {
      errorMessage: text,
      requestUrl: `https://shop.example/${text}`,
      frames: [{ ...frame, filename: text, function: "```\n# owned", line: 1 }],
    };
    for (let second = 0; second < 60; second++)
      bench.errors.report(new Date(now.getTime() - second * MINUTE_MS), text, "production", changes);
    const excerpt = composeExcerpt(changes);
    const incidentId = await alert(bench, { title: text, culprit: text, release: text, event: excerpt });
    await bench.settle();
    return incidentId;
  }

  /** What GitHub would act on, outside of code fences and spans, where nothing is acted on. */
  const active = (text: string) =>
    text
      .replace(/^```$[\s\S]*?^```$/gm, "")
      .replace(/`[^`\n]+`/g, "")
      .replace(/<\/?(details|summary|sub)>/g, "");

  it("comes out harmless in title, body and comment", async () => {
    await openHostile(HOSTILE);
    const { title, body } = bench.issues.only;
    for (const text of [active(body), bench.issues.onlyComment.replace(/<\/?sub>/g, "")]) {
      expect(text).not.toMatch(/<[a-z]/i);
      expect(text).not.toMatch(/@\w|#\d(?!.*open)|\]\((?!https:\/\/(?:errors|patchpilot|code)\.example)/);
    }
    expect(title).not.toMatch(/@\w|#\d|`/);
    expect(`${title}${body}${bench.issues.onlyComment}`).not.toMatch(/\p{Bidi_Control}|(?!\n)\p{Cc}/u);
    expect(body).not.toMatch(/^# owned/m);
    const rows = body.split("\n").filter((line) => line.startsWith("|"));
    for (const row of rows) expect(row.split("|")).toHaveLength(4);
  });

  it("of 100 KB comes out bounded", async () => {
    await openHostile(`${HOSTILE} ${"x ".repeat(50_000)}`);
    const { title, body } = bench.issues.only;
    expect(title.length).toBeLessThanOrEqual(256);
    expect(body.length).toBeLessThan(20_000);
    expect(bench.issues.onlyComment.length).toBeLessThan(5_000);
  });

  it("of astral characters is not cut in the middle of one", async () => {
    await openHostile("💥".repeat(500));
    const { title, body } = bench.issues.only;
    expect([title, body, bench.issues.onlyComment].every((text) => text.isWellFormed())).toBe(true);
  });

  it("and secrets in it stay out of the issue", async () => {
    const secret = "ghp_0123456789abcdefghijklmnopqrstuvwxyz";
    await openHostile(`login as ann@example.com with ${secret} failed`);
    const { title, body } = bench.issues.only;
    expect(`${title}${body}${bench.issues.onlyComment}`).not.toMatch(/ghp_0123|ann@example/);
  });
});
