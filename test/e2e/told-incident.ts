import { breakers, feedbackItems, incidents, pullRequests, repairRuns } from "../../lib/db/schema/index.ts";
import type { Investigation } from "../../lib/investigate/compose-investigation.ts";
import type { Brief, RunReport } from "../../lib/repair/model.ts";
import { type AdminWorld, addTimeline, at, incidentRow } from "../doors/admin-world.ts";

const SHA = "4f1d2c3b5a69788796a5b4c3d2e1f00112233445";
const WEB = "https://github.example/acme/shop";
const iso = (minutes: number) => at(minutes).toISOString();

/** An investigation with every part filled in, hostile text among it. */
const INVESTIGATION: Investigation = {
  at: iso(2),
  summary: "suspect file src/checkout/pricing.mjs, and 1 more",
  errorType: "TypeError",
  errorMessage: "Cannot read properties of null (reading 'percent')",
  handled: false,
  request: "POST https://shop.example/checkout",
  stack: [
    "at total (src/checkout/pricing.mjs:10)  return sum * (1 - coupon.percent / 100);",
    "at checkout (src/checkout/checkout.mjs:7)  const due = total(cart, coupon);",
  ],
  frames: [],
  release: SHA,
  environment: "production",
  commit: { sha: SHA, isRelease: true, isTruncated: false },
  suspects: [
    { path: "src/checkout/pricing.mjs", score: 0.93, reasons: ["the crash frame lies in it", "changed 2 h before"] },
    { path: "src/checkout/checkout.mjs", score: 0.41, reasons: ["second frame of the stack"] },
  ],
  commits: [
    {
      sha: SHA,
      score: 0.8,
      reasons: ["changed the crashing line", "deployed 4 min before the first event"],
      author: "Ada",
      message: "Coupons may expire",
      date: iso(-120),
      pullRequest: { number: 41, title: "Coupons may expire", url: `${WEB}/pull/41` },
    },
    {
      sha: "0a".repeat(20),
      score: 0.2,
      reasons: ["touches a file of the stack"],
      author: "Grace",
      message: "Round totals to cents",
      date: iso(-2_000),
      pullRequest: null,
    },
  ],
  change: { sha: SHA, certainty: "likely" },
  owners: [{ path: "src/checkout/pricing.mjs", owners: ["@acme/checkout"] }],
  evidence: {
    event: { id: "e1", at: iso(5), url: "https://sentry.example/issues/1/events/e1/" },
    breadcrumbs: [{ at: iso(4), category: "http", level: "info", text: "GET /coupons/none 404" }],
    timeline: [
      { at: iso(-4), text: "deployment dpl_9 of 4f1d2c3", url: "https://shop-9.example" },
      { at: iso(0), text: "first event", url: null },
    ],
    spreads: [
      {
        key: "browser",
        at: iso(2),
        total: 34,
        values: [
          { value: "Firefox 140", count: 30 },
          { value: "Chrome", count: 4 },
        ],
      },
    ],
    code: [
      {
        path: "src/checkout/pricing.mjs",
        line: 10,
        function: "total",
        sha: SHA,
        url: `${WEB}/blob/${SHA}/src/checkout/pricing.mjs#L10`,
        lines: [
          { number: 8, text: "  export function total(cart, coupon) {" },
          { number: 9, text: "    const sum = sumOf(cart);" },
          { number: 10, text: "    return sum * (1 - coupon.percent / 100); // <img src=x onerror=alert(1)>" },
          { number: 11, text: "  }" },
        ],
      },
    ],
    related: [{ kind: "issue", number: 12, title: "Totals are odd", url: `${WEB}/issues/12`, updatedAt: iso(-900) }],
    unknown: ["which devices: sentry answered 403"],
  },
  webUrl: WEB,
  report: {
    rootCause: "total() reads coupon.percent, and since coupons may expire it is called with null.",
    confidence: 0.84,
    evidence: [{ path: "src/checkout/pricing.mjs", line: 10, quote: "return sum * (1 - coupon.percent / 100);" }],
    ruledOut: ["a bad coupon code: the route answers 404 for those before"],
    suggestedFix: "Treat a missing coupon as no discount.",
    testCases: ["a cart without a coupon has a total"],
    needsPerson: true,
    notes: [],
  },
  inquiry: {
    inquiryId: "inq_1",
    end: "reported",
    detail: "it reported",
    model: "anthropic/some-model",
    promptVersion: "1",
    steps: 4,
    tokens: 9_000,
    costUsd: 0.02,
  },
  notes: ["the release names commit 4f1d2c3"],
  lessons: [
    {
      incidentId: "inc_recovered01",
      outcome: "recovered",
      summary: "a null coupon",
      pullRequestUrl: `${WEB}/pull/3`,
      lines: ["recovered: a null coupon", "Alike: 4 names of the stack", "Not to be repeated: attempt 1 failed"],
    },
  ],
  tokens: [],
};

const BRIEF: Brief = {
  ...{ incidentId: "inc_told000001", incidentNumber: 1, title: "x", issueUrl: null, environment: null, release: null },
  ...{ errorType: null, errorMessage: null, stack: [], request: null, suspects: [], priorAttempts: [], lessons: [] },
};

const run = (id: string, attempt: number): typeof repairRuns.$inferInsert => ({
  id,
  attempt,
  projectId: "prj_0000000001",
  incidentId: "inc_told000001",
  taskKind: "bugfix",
  state: "published",
  profile: "custom",
  baseBranch: "main",
  baseSha: SHA,
  brief: BRIEF,
  budget: { totalMinutes: 30, idleMinutes: 10, costUsd: null },
  createdAt: at(6 + attempt),
});

/** A paused incident in review about which everything is known, with a round of feedback at work and a symptom. */
export async function addTold(world: AdminWorld): Promise<void> {
  const { db } = world;
  const id = "inc_told000001";
  await db.db.insert(incidents).values([
    incidentRow(id, {
      ...{ state: "in_review", priority: "P1", severity: "high", events: 34, users: 12, attempts: 1 },
      ...{ pausedAt: at(20), pausedBy: "ada", release: SHA, investigation: { ...INVESTIGATION } },
      ...{ sourceUrl: "https://sentry.example/issues/1/", issueNumber: 7, issueUrl: `${WEB}/issues/7` },
      triage: { score: 71, reasons: ["unhandled", "12 users in 5 minutes"] },
    }),
    incidentRow("inc_symptom0001", { causeId: id, causeReason: "the same failing call", title: "Checkout timed out" }),
  ]);
  const round = {
    ...{ pullNumber: 9, pullUrl: `${WEB}/pull/9`, branch: "b", round: 1, of: 5, cause: "person" as const },
    ...{ mode: "on_top" as const, headSha: SHA, proofSha: SHA, originalKind: "bugfix", items: [], diff: "" },
  };
  await db.db
    .insert(repairRuns)
    .values([
      run("run_told1", 1),
      { ...run("run_told2", 2), taskKind: "followup", state: "claimed", brief: { ...BRIEF, round } },
    ]);
  await db.db.insert(pullRequests).values({
    ...{ id: "pul_told", projectId: "prj_0000000001", incidentId: id, runId: "run_told1", number: 9 },
    ...{ url: `${WEB}/pull/9`, branch: "b", headSha: SHA, state: "open", isDraft: true, isVerifiedCommit: true },
    ...{ createdAt: at(10), updatedAt: at(10) },
  });
  await db.db.insert(feedbackItems).values({
    ...{ id: "fbi_1", projectId: "prj_0000000001", incidentId: id, pullNumber: 9, kind: "inline", externalId: "1" },
    ...{
      author: "grace",
      authorKind: "person",
      permission: "write",
      verdict: "actionable",
      reason: "asks for a change",
    },
    ...{
      state: "working",
      text: "Please <b>name</b> the discount.",
      url: `${WEB}/pull/9#discussion_r1`,
      runId: "run_told2",
    },
    ...{ path: "src/checkout/pricing.mjs", line: 10, saidAt: at(15), createdAt: at(15), updatedAt: at(15) },
  });
  const seer = {
    ...{ action: "root_cause_completed", runId: "1", description: "A coupon is null.", changes: [], pullRequests: [] },
    steps: ["the cart has no coupon", "total() reads it all the same"],
  };
  await addTimeline(world, id, "investigated", "suspect file src/checkout/pricing.mjs, and 1 more", 2);
  await addTimeline(world, id, "seer", "Sentry's Seer found a root cause", 3, { detail: seer });
}

/** An issue that a person handed over, and the plan that waits for an approval. */
export async function addPlanned(world: AdminWorld): Promise<void> {
  const id = "inc_planned0001";
  const plan = {
    ...{ goal: "Orders can be cancelled within an hour.", kind: "feature" as const, risk: "medium" as const },
    ...{
      acceptanceCriteria: ["an order of 59 minutes is cancelled"],
      files: ["src/orders.mjs"],
      tests: ["an old one is not"],
    },
    ...{ blockers: [], questions: ["Is the payment given back?"] },
  };
  const report: RunReport = {
    ...{ runId: "run_plan1", outcome: "plan", detail: "", summary: null, diff: "", commands: [], logTail: "", plan },
    usage: { costUsd: null, inputTokens: null, outputTokens: null },
    worker: { profile: "custom", name: "demo worker", model: null },
  };
  const title = "Let people cancel an order";
  await world.db.db
    .insert(incidents)
    .values(incidentRow(id, { kind: "request", state: "planned", title, source: "github", culprit: null }));
  await world.db.db.insert(repairRuns).values({ ...run("run_plan1", 1), incidentId: id, taskKind: "plan", report });
}

/** A storm: an open breaker, and an incident whose repair waits for it. */
export async function addStorm(world: AdminWorld): Promise<void> {
  const id = "inc_stormed0001";
  await world.db.db
    .insert(incidents)
    .values(
      incidentRow(id, { state: "investigating", title: "RangeError in search", priority: "P2", createdAt: at(25) }),
    );
  await world.db.db.insert(breakers).values({
    ...{ projectId: "prj_0000000001", openedAt: at(26), reason: "31 new incidents within 10 minutes" },
    ...{ incidents: 31, trippedBy: id },
  });
  await addTimeline(world, id, "held", "the repair waits: a storm", 27, { detail: { reason: "storm" } });
}
