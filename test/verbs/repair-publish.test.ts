import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { AppError } from "../../lib/kernel/errors.ts";
import { type Bench, CART, createBench, MINUTE_MS, mustRun } from "../support/context.ts";
import { expectConflict, expectCrashSafe, expectOnce } from "../support/once.ts";
import { openTestPglite } from "../support/pglite.ts";
import {
  command,
  comment,
  FIX,
  MALICIOUS,
  mustClaim,
  NEEDS_APPROVAL,
  openPublished,
  openReported,
  report,
} from "../support/repair-flow.ts";

const PUBLISH = "repair.publish-patch";
const WRITES = ["ensureBranch", "ensureCommit", "ensurePullRequest", "ensureCheckRun"];

let database: Awaited<ReturnType<typeof openTestPglite>>;
let bench: Bench;

beforeAll(async () => {
  database = await openTestPglite();
});
afterAll(() => database.close());
beforeEach(async () => {
  bench = await createBench(database);
});

const branches = () => [...bench.repository.branches.keys()].filter((name) => name !== "main");
const madeCounts = () => [branches().length, bench.repository.commits.size - 1, bench.repository.pulls.length];
const writeCalls = () => bench.script.calls.filter((name) => WRITES.includes(name));

describe("a patch that keeps to the rules", () => {
  it("becomes a branch, one commit with its files, a draft and a check run", async () => {
    const { incidentId, runId } = await openPublished(bench);
    expect(madeCounts()).toEqual([1, 1, 1]);
    const head = bench.repository.getHead(branches()[0] ?? "");
    expect(head.files.get("src/cart.js")).toContain("cart.coupon === null ? 0");
    expect(head.files.get("test/cart.test.js")).toContain("assert.equal");
    expect(head.message).toContain(`Patchpilot-Run: ${runId}`);
    const [pull] = bench.repository.pulls;
    expect(pull).toMatchObject({ isDraft: true, baseRef: "main", headSha: head.sha });
    expect(bench.repository.checkRuns).toEqual([
      expect.objectContaining({ name: "patchpilot/gate", sha: head.sha, conclusion: "success" }),
    ]);
    expect(await bench.incident(incidentId)).toMatchObject({ state: "in_review", attempts: 1 });
    expect(await bench.pulls(incidentId)).toEqual([
      expect.objectContaining({ number: pull?.number, state: "open", isDraft: true, isVerifiedCommit: true }),
    ]);
  });

  it("is published once, however often its job is delivered", async () => {
    const { runId } = await openReported(bench);
    await expectOnce(bench, PUBLISH, { runId });
    expect(madeCounts()).toEqual([1, 1, 1]);
  });

  it.each(WRITES)("is published once when the process died after %s", async (method) => {
    const { incidentId, runId } = await openReported(bench);
    await expectCrashSafe(bench, PUBLISH, { runId }, method);
    expect(madeCounts()).toEqual([1, 1, 1]);
    expect(bench.repository.checkRuns).toHaveLength(1);
    expect(await bench.pulls(incidentId)).toHaveLength(1);
    expect(await bench.said(incidentId, "pull_request_opened")).toHaveLength(1);
  });

  it("finds its branch again though the source renamed the error meanwhile", async () => {
    const { incidentId, runId } = await openReported(bench);
    bench.script.crashAfter("ensureCommit");
    expect(await bench.run(PUBLISH, { runId })).toMatchObject({ type: "retry" });
    bench.errors.title = "TypeError: something else entirely";
    await mustRun(bench, "triage.assess-incident", { incidentId });
    expect((await bench.incident(incidentId)).title).toBe(bench.errors.title);
    await bench.runWaiting(PUBLISH, { runId });
    expect(madeCounts()).toEqual([1, 1, 1]);
  });

  it("of an incident that changed meanwhile is filed at the next try, and made once", async () => {
    const { incidentId, runId } = await openReported(bench);
    await expectConflict(bench, { name: PUBLISH, payload: { runId }, incidentId, method: "ensureCheckRun" });
    expect(await bench.runWaiting(PUBLISH, { runId })).toEqual({ type: "done" });
    expect(madeCounts()).toEqual([1, 1, 1]);
  });

  it("of an incident that was ignored meanwhile is dropped, and no branch is made", async () => {
    const { incidentId, runId } = await openReported(bench);
    await bench.touch(incidentId, { state: "ignored" });
    await mustRun(bench, PUBLISH, { runId });
    expect(writeCalls()).toEqual([]);
    expect(await bench.said(incidentId, "run_dropped")).toEqual(["attempt 1: the incident is ignored"]);
  });

  it("says in the draft what was not shown", async () => {
    await openPublished(bench, { commands: [command("lint", 1)] });
    const body = bench.repository.pulls[0]?.body ?? "";
    expect(body).toContain("nothing but the gate has checked this patch");
    expect(body).toContain("It was not shown that the new test fails on the broken code.");
    expect(body).toContain("`run lint` fails with the patch.");
  });

  it("with a hostile title and summary mentions nobody, closes nothing and hides nothing", async () => {
    bench.errors.title = "Fixes #7 and closes https://github.com/acme/shop/issues/8 <img src=x> @ann `rm` \u202egnp.";
    await openPublished(bench, {
      summary: `resolves acme/shop#9 @acme/team ![x](http://evil.example) ${"z".repeat(7_000)}`,
    });
    const [pull] = bench.repository.pulls;
    const head = bench.repository.getHead(branches()[0] ?? "");
    for (const text of [pull?.title, pull?.body, head.message.replace(/^Repairs .*$/m, "")]) {
      expect(text).not.toMatch(/#\d|\/issues\/\d|@\w|`rm|\u202e/);
    }
    expect(pull?.body).not.toMatch(/<img|\]\(/);
    expect(pull?.body.length).toBeLessThan(10_000);
    expect(branches()[0]).toMatch(/^patchpilot\/inc-\d+-[a-z0-9-]{1,40}$/);
  });
});

describe("what the gate does not pass", () => {
  it("gets no branch: no write is even tried, and the reasons are on the timeline and in the issue", async () => {
    const { incidentId, runId } = await openReported(bench, { diff: MALICIOUS });
    await mustRun(bench, PUBLISH, { runId });
    expect(writeCalls()).toEqual([]);
    expect(bench.repository.branches.size).toBe(1);
    expect(await bench.incident(incidentId)).toMatchObject({ state: "escalated", attempts: 1 });
    expect((await bench.runs(incidentId))[0]).toMatchObject({ state: "denied", gate: { verdict: "deny" } });
    expect(await bench.said(incidentId, "gate_denied")).toEqual([expect.stringContaining(".github/workflows/ci.yml")]);
    await bench.settle();
    expect(bench.issues.onlyComment).toContain("the gate refused the patch");
    expect(bench.issues.onlyComment).toContain(".github/workflows/ci.yml");
    expect(bench.issues.only.labels).toContain("patchpilot:needs-human");
  });

  it("is denied once, however often its job is delivered", async () => {
    const { runId } = await openReported(bench, { diff: MALICIOUS });
    await expectOnce(bench, PUBLISH, { runId });
  });

  it("because it cannot be read is denied with the line", async () => {
    const { incidentId, runId } = await openReported(bench, { diff: "this is no diff\n" });
    await mustRun(bench, PUBLISH, { runId });
    expect(writeCalls()).toEqual([]);
    expect(await bench.said(incidentId, "gate_denied")).toEqual([expect.stringContaining("line 1")]);
  });

  it("until a person agrees is published when one with the right says so", async () => {
    bench.repository.permissions.set("wren", "write");
    const { incidentId, runId } = await openReported(bench, { diff: NEEDS_APPROVAL });
    await mustRun(bench, PUBLISH, { runId });
    expect(writeCalls()).toEqual([]);
    expect(await bench.said(incidentId, "escalated")).toEqual([expect.stringContaining("/patchpilot approve")]);
    await bench.settle();
    await comment(bench, "wren", "/patchpilot approve");
    await bench.settle();
    expect(madeCounts()).toEqual([1, 1, 1]);
    expect(bench.repository.checkRuns[0]?.title).toBe("Approved by wren");
    expect((await bench.runs(incidentId))[0]).toMatchObject({ state: "published", gate: { approvedBy: "wren" } });
    expect(await bench.incident(incidentId)).toMatchObject({ state: "in_review", attempts: 1 });
  });
});

describe("a run without a patch worth publishing", () => {
  it.each([
    ["whose new test passes on the broken code too", { commands: [command("new-test-on-base", 0)] }],
    ["whose new test fails on its own code", { commands: [command("new-test-on-patch", 1)] }],
    ["which breaks the repository's tests", { commands: [command("test", 1)] }],
    ["which changed nothing", { outcome: "no_patch", diff: "" } as const],
    ["whose worker failed", { outcome: "worker_failed", diff: "", detail: "exit 1" } as const],
    ["which ran out of time", { outcome: "timed_out", diff: "", detail: "30 minutes" } as const],
  ])("%s is tried again, and the next one is told why", async (_name, changes) => {
    const { incidentId, runId } = await openReported(bench, changes);
    await mustRun(bench, PUBLISH, { runId });
    expect(writeCalls()).toEqual([]);
    const [first] = await bench.runs(incidentId);
    expect(first).toMatchObject({ state: "failed" });
    await mustRun(bench, "repair.start-repair", { incidentId });
    const [, second] = await bench.runs(incidentId);
    expect(second?.brief.priorAttempts).toEqual([
      expect.objectContaining({ attempt: 1, outcome: "failed", detail: first?.reason, pullRequestUrl: null }),
    ]);
    expect(await bench.incident(incidentId)).toMatchObject({ state: "repairing", attempts: 2 });
  });

  it("because its environment is at fault gives the attempt back and tells a person", async () => {
    const fault = { outcome: "environment_fault", diff: "", detail: "no login for the worker" } as const;
    const { incidentId, runId } = await openReported(bench, fault);
    expect((await bench.incident(incidentId)).attempts).toBe(1);
    await mustRun(bench, PUBLISH, { runId });
    expect(await bench.incident(incidentId)).toMatchObject({ state: "escalated", attempts: 0 });
    expect(await bench.said(incidentId, "escalated")).toEqual(["the runner cannot work: no login for the worker"]);
  });
});

describe("a patch that cannot be published", () => {
  it("because it does not apply ends its run, and a person is told why", async () => {
    const { incidentId, runId } = await openReported(bench, { diff: FIX.replace("- cart.coupon.percent;", "- 0;") });
    expect(await bench.run(PUBLISH, { runId })).toMatchObject({ type: "dead" });
    expect(writeCalls()).toEqual([]);
    expect((await bench.runs(incidentId))[0]?.state).toBe("failed");
    expect((await bench.incident(incidentId)).state).toBe("escalated");
    await bench.settle();
    expect(bench.issues.onlyComment).toContain("line 2 is not what the diff says");
  });

  it("because a person moved its branch is handed over with the reason, and leaves their commit alone", async () => {
    const { incidentId, runId } = await openReported(bench);
    bench.script.crashAfter("ensureBranch");
    await bench.run(PUBLISH, { runId });
    const [branch = ""] = branches();
    const theirs = bench.repository.push(branch, { "src/cart.js": `${CART}// mine now\n` });
    expect(await bench.runWaiting(PUBLISH, { runId })).toMatchObject({ type: "dead" });
    expect(bench.repository.branches.get(branch)).toBe(theirs);
    expect(bench.repository.pulls).toEqual([]);
    expect((await bench.incident(incidentId)).state).toBe("escalated");
    expect(await bench.said(incidentId, "job_dead")).toEqual([expect.stringContaining(`${branch} is at ${theirs}`)]);
    expect(Object.keys(await bench.waitingJobs())).not.toContain(PUBLISH);
  });

  it("can be tried afresh when a person asks, on a branch of its own", async () => {
    bench.repository.permissions.set("wren", "write");
    const { incidentId, runId } = await openReported(bench, { diff: FIX.replace("- cart.coupon.percent;", "- 0;") });
    await bench.run(PUBLISH, { runId });
    await bench.settle();
    await comment(bench, "wren", "/patchpilot retry");
    await bench.settle();
    const run = await mustClaim(bench);
    expect(run.attempt).toBe(2);
    await report(bench, run);
    await mustRun(bench, PUBLISH, { runId: run.runId });
    expect(branches()).toEqual([expect.stringMatching(/-2$/)]);
    expect((await bench.incident(incidentId)).state).toBe("in_review");
  });

  it("because the host is away is tried until it is back", async () => {
    const { incidentId, runId } = await openReported(bench);
    for (let attempt = 0; attempt < 3; attempt++) {
      bench.script.failAt("ensureBranch", new AppError("provider_unavailable", "away", { retry: { afterMs: 5_000 } }));
      const outcome = attempt === 0 ? await bench.run(PUBLISH, { runId }) : await bench.runWaiting(PUBLISH, { runId });
      expect(outcome).toMatchObject({ type: "retry", afterMs: 5_000 });
    }
    expect(await bench.runWaiting(PUBLISH, { runId })).toEqual({ type: "done" });
    expect((await bench.incident(incidentId)).state).toBe("in_review");
  });
});

describe("the choke point", () => {
  it.each(WRITES)("turned on before %s holds it, says so once, and lets it go on after the resume", async (method) => {
    const { incidentId, runId } = await openReported(bench);
    const before = WRITES[WRITES.indexOf(method) - 1];
    if (before === undefined) await bench.stop();
    else bench.script.during(before, async () => void (await bench.stop()));
    await mustRun(bench, PUBLISH, { runId });
    const calls = writeCalls().length;
    for (let minute = 0; minute < 3; minute++) await bench.runWaiting(PUBLISH, { runId });
    expect(writeCalls()).toHaveLength(calls);
    expect(writeCalls()).not.toContain(method);
    expect(await bench.said(incidentId, "held")).toEqual(["would publish the patch: the kill switch is on"]);
    expect(await bench.incident(incidentId)).toMatchObject({ state: "repairing", attempts: 1 });

    await bench.resume();
    await bench.runWaiting(PUBLISH, { runId });
    expect(madeCounts()).toEqual([1, 1, 1]);
    expect((await bench.runs(incidentId))[0]).toMatchObject({ state: "published", reason: null });
  });

  it.each([{ dryRun: true }, { stage: "investigate" } as const])("%o makes no write at all", async (settings) => {
    const { incidentId, runId } = await openReported(bench);
    bench.configure(settings);
    await mustRun(bench, PUBLISH, { runId });
    bench.clock.advance(MINUTE_MS);
    await bench.settle();
    expect(writeCalls()).toEqual([]);
    const held = (await bench.said(incidentId, "held")).filter((summary) => summary.startsWith("would publish"));
    expect(held).toHaveLength(1);
    expect(bench.repository.branches.size).toBe(1);
  });
});
