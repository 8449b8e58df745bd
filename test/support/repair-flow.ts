import type { CommentSignal } from "../../lib/intake/model.ts";
import { claimRun, heartbeatRun, reportRun } from "../../lib/repair/index.ts";
import type { ClaimedRun, ClaimRequest, CommandResult, RunReport } from "../../lib/repair/model.ts";
import type { Context } from "../../lib/runtime/context.ts";
import { repairSettings } from "../../lib/wiring/providers.ts";
import { type Bench, mustRun, openIncident } from "./context.ts";

/** A repair of src/cart.js with its test, as git writes it. */
export const FIX = `diff --git a/src/cart.js b/src/cart.js
index 1111111..2222222 100644
--- a/src/cart.js
+++ b/src/cart.js
@@ -1,3 +1,4 @@
 export function total(cart) {
-  return cart.items.reduce((sum, item) => sum + item.price, 0) - cart.coupon.percent;
+  const discount = cart.coupon === null ? 0 : cart.coupon.percent;
+  return cart.items.reduce((sum, item) => sum + item.price, 0) - discount;
 }
diff --git a/test/cart.test.js b/test/cart.test.js
new file mode 100644
index 0000000..3333333
--- /dev/null
+++ b/test/cart.test.js
@@ -0,0 +1,6 @@
+import assert from "node:assert/strict";
+import { test } from "node:test";
+import { total } from "../src/cart.js";
+test("a cart without a coupon has a total", () => {
+  assert.equal(total({ items: [{ price: 5 }], coupon: null }), 5);
+});
`;

/** Edits a workflow: never published. */
export const MALICIOUS = `diff --git a/.github/workflows/ci.yml b/.github/workflows/ci.yml
new file mode 100644
index 0000000..3333333
--- /dev/null
+++ b/.github/workflows/ci.yml
@@ -0,0 +1,1 @@
+on: push
`;

/** Adds a package: a person has to agree first. */
export const NEEDS_APPROVAL = `${FIX}diff --git a/vitest.config.js b/vitest.config.js
new file mode 100644
index 0000000..3333333
--- /dev/null
+++ b/vitest.config.js
@@ -0,0 +1,1 @@
+export default {};
`;

export const command = (name: CommandResult["name"], exitCode: number): CommandResult => ({
  name,
  command: name === "test" ? "npm test" : `run ${name}`,
  exitCode,
  timedOut: false,
  durationMs: 1_200,
  outputTail: "",
});

const GOOD_COMMANDS = [command("test", 0), command("new-test-on-base", 1), command("new-test-on-patch", 0)];

/** What a worker reports that did its work well, unless told otherwise. */
export function composeReport(runId: string, changes: Partial<RunReport> = {}): RunReport {
  return {
    runId,
    outcome: "patch",
    detail: "",
    summary: "A cart without a coupon has null there, and its percent was read all the same.",
    diff: FIX,
    commands: GOOD_COMMANDS,
    usage: { costUsd: 0.4, inputTokens: 1_000, outputTokens: 200 },
    worker: { profile: "custom", name: "test-worker", model: null },
    logTail: "done",
    ...changes,
  };
}

const asRunner = (bench: Bench, name: string): Context => ({ ...bench.ctx, actor: { kind: "runner", name } });

function outsideOf(bench: Bench) {
  const { github } = bench.ports;
  if (github === null) throw new Error("the bench has a code host");
  return { codeHost: github.codeHost, outbound: bench.outbound(), settings: repairSettings(bench.config) };
}

export function claim(
  bench: Bench,
  runnerId = "runner-1",
  repositories: string[] | null = null,
  more: Partial<ClaimRequest> = {},
) {
  const request = { runnerId, profiles: ["custom" as const], repositories, runId: null, ...more };
  return claimRun(asRunner(bench, runnerId), outsideOf(bench), request);
}

export async function mustClaim(bench: Bench, runnerId = "runner-1"): Promise<ClaimedRun> {
  const run = await claim(bench, runnerId);
  if (run === null) throw new Error("there was no run to claim");
  return run;
}

export function beat(bench: Bench, run: { runId: string; token: string }, phase = "work", handBack = false) {
  return heartbeatRun(asRunner(bench, "runner-1"), outsideOf(bench), {
    ...{ runId: run.runId, token: run.token, phase },
    handBack,
  });
}

export function report(bench: Bench, run: { runId: string; token: string }, changes: Partial<RunReport> = {}) {
  return reportRun(asRunner(bench, "runner-1"), { token: run.token, report: composeReport(run.runId, changes) });
}

/** An incident whose evidence is gathered; its repair waits to be started. */
export async function openInvestigated(bench: Bench): Promise<string> {
  const incidentId = await openIncident(bench);
  await mustRun(bench, "triage.assess-incident", { incidentId });
  await mustRun(bench, "investigate.investigate-incident", { incidentId });
  return incidentId;
}

/** An incident with a run that waits for a runner. */
export async function openQueued(bench: Bench): Promise<string> {
  const incidentId = await openInvestigated(bench);
  await mustRun(bench, "repair.start-repair", { incidentId });
  return incidentId;
}

/** An incident whose run was claimed and reported; its patch waits to be judged. */
export async function openReported(bench: Bench, changes: Partial<RunReport> = {}) {
  const incidentId = await openQueued(bench);
  const run = await mustClaim(bench);
  await report(bench, run, changes);
  return { incidentId, runId: run.runId, token: run.token };
}

/** An incident whose draft pull request waits for a person. */
export async function openPublished(bench: Bench, changes: Partial<RunReport> = {}) {
  const opened = await openReported(bench, changes);
  await mustRun(bench, "repair.publish-patch", { runId: opened.runId });
  return opened;
}

/** An incident whose repair a person merged; it is not in production yet. */
export async function openMerged(bench: Bench) {
  const opened = await openPublished(bench);
  const number = bench.repository.pulls.at(-1)?.number ?? 0;
  const mergeSha = bench.repository.merge(number, bench.clock.now());
  await mustRun(bench, "repair.follow-pull-request", { incidentId: opened.incidentId });
  return { ...opened, mergeSha, number };
}

let commentCount = 0;

/** A comment on the incident's issue or pull request is delivered, and its job run. */
export async function comment(bench: Bench, author: string, text: string, changes: Partial<CommentSignal> = {}) {
  commentCount += 1;
  const receipt = await bench.receive(
    {
      kind: "comment",
      repository: "acme/shop",
      issueNumber: 1,
      isPullRequest: false,
      commentId: commentCount,
      author,
      authorType: "User",
      text,
      ...changes,
    },
    `comment-${commentCount}`,
  );
  const { deliveryId } = receipt;
  return { deliveryId, outcome: await bench.run("repair.obey-comment", { deliveryId }) };
}
