import { readControl, setControl } from "../../lib/control/index.ts";
import { openPglite } from "../../lib/db/open-pglite.ts";
import {
  deliveries,
  deployments,
  incidents,
  type jobs,
  projects,
  pullRequests,
  repairRuns,
  timeline,
  verifications,
} from "../../lib/db/schema/index.ts";
import { type AdminAuth, type AdminOutside, createAdminApp, type DemoDoor } from "../../lib/http/admin-app.ts";
import {
  closeBreaker,
  correctTriage,
  findOpenBreaker,
  moveCause,
  pauseIncident,
  snoozeIncident,
} from "../../lib/incidents/index.ts";
import { createInsight } from "../../lib/insight/index.ts";
import { correctLesson, forgetLesson, getLesson, listLessons } from "../../lib/investigate/index.ts";
import { enqueue } from "../../lib/jobs/outbox.ts";
import { reviveJob } from "../../lib/jobs/store.ts";
import { findGaps } from "../../lib/reconcile/index.ts";
import { approveRollback, askRollback } from "../../lib/recovery/index.ts";
import { restartRepair } from "../../lib/repair/index.ts";
import type { RunReport } from "../../lib/repair/model.ts";
import { composeRepositoryFileSchema } from "../../lib/repair/repository-file-model.ts";
import type { Context } from "../../lib/runtime/context.ts";
import { newId } from "../../lib/runtime/ids.ts";
import type { LogLevel } from "../../lib/runtime/logger.ts";

export const ADMIN_TOKEN = "admin-token-for-tests";
export const BASE = "https://patchpilot.example";
export const PROJECT = { id: "prj_0000000001", slug: "shop", name: "Demo shop" } as const;
const OTHER_PROJECT = { id: "prj_0000000002", slug: "other", name: "Somebody else's" } as const;

export type LogLine = { level: LogLevel; event: string; fields: Record<string, unknown> };

/** The admin door on an embedded Postgres with its own clock, and what it logged. */
export async function openAdminWorld(options: { auth?: AdminAuth; demo?: DemoDoor | null } = {}) {
  const db = await openPglite(null);
  await db.migrate();
  let now = new Date("2026-11-24T10:30:00.000Z");
  const lines: LogLine[] = [];
  const ctx: Context = {
    db,
    clock: { now: () => now },
    newId,
    actor: { kind: "system", name: "test" },
    log: { log: (level, event, fields = {}) => lines.push({ level, event, fields }) },
    job: null,
  };
  await db.db.insert(projects).values([PROJECT, OTHER_PROJECT].map((one) => ({ ...one, createdAt: now })));
  const outside: AdminOutside = {
    ctx,
    project: PROJECT,
    insight: createInsight(db.db, PROJECT.id),
    auth: options.auth ?? { mode: "token", adminToken: ADMIN_TOKEN, sessionKey: "session-key-for-tests" },
    stage: "repair",
    dryRun: false,
    publicUrl: null,
    demo: options.demo ?? null,
    control: {
      read: () => readControl(db.db, PROJECT.id),
      set: (name, isStopped, reason) =>
        setControl({ ...ctx, actor: { kind: "person", name } }, { projectId: PROJECT.id, isStopped, reason }),
    },
    findGaps: () => findGaps(ctx, { projectId: PROJECT.id, graceMinutes: 10, hours: 24 }),
    storm: {
      moveCause: (actorName, incidentId, causeId) =>
        moveCause({ ...ctx, actor: { kind: "person", name: actorName } }, { incidentId, causeId }),
      snooze: (actorName, incidentId, until) =>
        snoozeIncident({ ...ctx, actor: { kind: "person", name: actorName } }, { incidentId, until }),
      closeBreaker: (actorName) => closeBreaker(db.db, PROJECT.id, ctx.clock.now(), `person:${actorName}`),
      findOpenBreaker: () =>
        findOpenBreaker(db.db, ctx, { projectId: PROJECT.id, policy: { breakerIncidents: 0, breakerMinutes: 60 } }),
    },
    pauseIncident: (actorName, incidentId, isPaused) =>
      pauseIncident({ ...ctx, actor: { kind: "person", name: actorName } }, { incidentId, isPaused }),
    restartRepair: (actorName, incidentId, supersedes) =>
      restartRepair({ ...ctx, actor: { kind: "person", name: actorName } }, { incidentId, supersedes }),
    moves: {
      ask: (name, incidentId) => askRollback({ ...ctx, actor: { kind: "person", name } }, incidentId),
      approve: (name, incidentId, by) =>
        approveRollback(
          { ...ctx, actor: { kind: "person", name } },
          { approvalKey: APPROVAL_KEY },
          { incidentId, ...by },
        ),
    },
    handOver: (askedBy, issueNumber, mode) =>
      enqueue(db.db, ctx, "repair.take-request", { projectId: PROJECT.id, issueNumber, mode, askedBy }),
    correctTriage: (actorName, incidentId, correction) =>
      correctTriage({ ...ctx, actor: { kind: "person", name: actorName } }, { incidentId, ...correction }),
    memory: {
      list: (page) => listLessons(ctx, PROJECT.id, page),
      get: (id) => getLesson(ctx, PROJECT.id, id),
      correct: (actorName, id, changes, reason) =>
        correctLesson(
          { ...ctx, actor: { kind: "person", name: actorName } },
          { projectId: PROJECT.id, id, changes, reason },
        ),
      forget: (actorName, id) =>
        forgetLesson({ ...ctx, actor: { kind: "person", name: actorName } }, { projectId: PROJECT.id, id }),
    },
    requeueJob: (id) => reviveJob(db.db, id, ctx.clock.now()),
    limitLogin: null,
    repositorySchema: composeRepositoryFileSchema(),
    livePollMs: 20,
  };
  const app = createAdminApp(outside);
  return {
    db,
    ctx,
    outside,
    app,
    lines,
    setNow: (at: string) => {
      now = new Date(at);
    },
    /** A request as a tool sends it, with the admin token unless headers say otherwise. */
    ask: (path: string, init: RequestInit = {}) =>
      app.request(`${BASE}${path}`, { ...init, headers: { authorization: `Bearer ${ADMIN_TOKEN}`, ...init.headers } }),
    close: () => db.close(),
  };
}
export type AdminWorld = Awaited<ReturnType<typeof openAdminWorld>>;

export const APPROVAL_KEY = "approval-key-for-tests";

/** Minutes after 10:00. */
export const at = (minutes: number) => new Date(Date.parse("2026-11-24T10:00:00.000Z") + minutes * 60_000);

export function incidentRow(
  id: string,
  more: Partial<typeof incidents.$inferInsert> = {},
): typeof incidents.$inferInsert {
  return {
    id,
    projectId: PROJECT.id,
    identityKey: `sentry:${id}`,
    source: "sentry",
    kind: "error",
    state: "new",
    title: "TypeError: Cannot read properties of null (reading 'percent')",
    culprit: "POST /checkout",
    level: "error",
    environment: "production",
    firstSeenAt: at(0),
    lastSeenAt: at(5),
    createdAt: at(0),
    updatedAt: at(5),
    ...more,
  };
}

export async function addTimeline(
  world: AdminWorld,
  incidentId: string,
  kind: string,
  summary: string,
  minutes: number,
  more: Partial<typeof timeline.$inferInsert> = {},
) {
  const row = {
    id: newId("tml"),
    incidentId,
    at: at(minutes),
    actor: "system:triage.assess-incident",
    kind,
    summary,
    ...more,
  };
  await world.db.db.insert(timeline).values(row);
}

export function deliveryRow(id: string, incidentId: string | null, minutes: number): typeof deliveries.$inferInsert {
  const row = { id, projectId: PROJECT.id, source: "sentry", dedupeKey: id, resource: "event_alert" };
  return { ...row, outcome: "accepted", reason: "an alert", incidentId, receivedAt: at(minutes) };
}

export function jobRow(
  id: string,
  state: string,
  more: Partial<typeof jobs.$inferInsert> = {},
): typeof jobs.$inferInsert {
  const row = { id, name: "triage.assess-incident", payload: { incidentId: "inc_x" }, state, maxAttempts: 12 };
  return { ...row, runAt: at(0), createdAt: at(0), ...more };
}

const DIFF = `diff --git a/src/checkout/pricing.mjs b/src/checkout/pricing.mjs
index 8d1c8b6..3b18e51 100644
--- a/src/checkout/pricing.mjs
+++ b/src/checkout/pricing.mjs
@@ -8,3 +8,3 @@ export function total(cart, coupon) {
   const sum = cart.lines.reduce((all, line) => all + line.price * line.count, 0);
-  return sum * (1 - coupon.percent / 100);
+  return coupon === null ? sum : sum * (1 - coupon.percent / 100);
 }
`;

const COMMANDS = [
  {
    name: "install",
    command: "npm ci",
    exitCode: 0,
    timedOut: false,
    durationMs: 2_140,
    outputTail: "added 12 packages",
  },
  {
    name: "test",
    command: "npm test",
    exitCode: 0,
    timedOut: false,
    durationMs: 812,
    outputTail: "# pass 14\n# fail 0",
  },
  {
    name: "new-test-on-base",
    command: "node --test test/coupon.test.mjs",
    exitCode: 1,
    timedOut: false,
    durationMs: 301,
    outputTail: "not ok 1 - a cart without a coupon has a total",
  },
  {
    name: "new-test-on-patch",
    command: "node --test test/coupon.test.mjs",
    exitCode: 0,
    timedOut: false,
    durationMs: 288,
    outputTail: "ok 1",
  },
] as const;

/** One incident that went the whole way: two attempts, a merge, a deployment and a proof. */
export async function addRecovered(world: AdminWorld, id = "inc_recovered01"): Promise<string> {
  const { db } = world.db;
  const investigation = {
    summary: "suspect file src/checkout/pricing.mjs",
    errorType: "TypeError",
    errorMessage: "Cannot read properties of null (reading 'percent')",
    request: "POST https://shop.example/checkout",
    stack: [
      "at total (src/checkout/pricing.mjs:10)  return sum * (1 - coupon.percent / 100);",
      "at checkout (src/checkout/checkout.mjs:7)  const due = total(cart, coupon);",
    ],
    suspects: [
      {
        path: "src/checkout/pricing.mjs",
        score: 0.93,
        reasons: ["the crash frame lies in it", "changed 2 h before the first event"],
      },
      { path: "src/checkout/checkout.mjs", score: 0.41, reasons: ["second frame of the stack"] },
    ],
    commits: [
      {
        sha: "4f1d2c3b5a69788796a5b4c3d2e1f00112233445",
        score: 0.8,
        reasons: ["touches the crash frame's file"],
        author: "Ada",
        message: "Coupons may expire",
      },
    ],
    notes: [],
    lessons: [],
  };
  await db.insert(incidents).values(
    incidentRow(id, {
      state: "recovered",
      priority: "P1",
      severity: "high",
      events: 34,
      users: 12,
      attempts: 2,
      worthRepair: true,
      sourceShortId: "SHOP-1",
      sourceUrl: "https://sentry.example/issues/1/",
      issueNumber: 7,
      issueUrl: "https://github.example/acme/shop/issues/7",
      release: "0f1e2d3c4b5a69788796a5b4c3d2e1f001122334",
      triage: { score: 71, reasons: ["unhandled", "12 users in 5 minutes"] },
      investigation,
      closedAt: at(24),
    }),
  );
  await db.insert(deliveries).values([0, 1, 2].map((minute) => deliveryRow(`dlv_${id}${minute}`, id, minute)));
  const run = {
    projectId: PROJECT.id,
    incidentId: id,
    taskKind: "bugfix",
    profile: "custom",
    baseBranch: "main",
    baseSha: "0f1e2d3c4b5a69788796a5b4c3d2e1f001122334",
    budget: { totalMinutes: 30, idleMinutes: 10, costUsd: null },
  };
  const brief = {
    incidentId: id,
    incidentNumber: 1,
    title: "x",
    issueUrl: null,
    environment: null,
    release: null,
    errorType: null,
    errorMessage: null,
    stack: [],
    request: null,
    suspects: [],
    priorAttempts: [],
    lessons: [],
  };
  const report: RunReport = {
    runId: `run_${id}b`,
    outcome: "patch",
    detail: "",
    summary: "Without a coupon the total is the plain sum.",
    diff: DIFF,
    commands: [...COMMANDS],
    usage: { costUsd: 0.12, inputTokens: null, outputTokens: null },
    worker: { profile: "custom", name: "demo worker", model: null },
    logTail: "",
  };
  await db.insert(repairRuns).values([
    {
      ...run,
      id: `run_${id}a`,
      attempt: 1,
      state: "failed",
      brief,
      reason: "the repository's tests fail with the patch (npm test)",
      createdAt: at(6),
      claimedAt: at(6),
      finishedAt: at(7),
      gate: { verdict: "allow", reasons: [] },
    },
    {
      ...run,
      id: `run_${id}b`,
      attempt: 2,
      state: "published",
      brief,
      report,
      gate: { verdict: "allow", reasons: [] },
      commitSha: "aaaaaaaabbbbbbbbccccccccddddddddeeeeeeee",
      costUsd: 0.12,
      createdAt: at(8),
      claimedAt: at(8),
      finishedAt: at(10),
      runnerId: "laptop",
    },
  ]);
  await db.insert(pullRequests).values({
    id: `pul_${id}`,
    projectId: PROJECT.id,
    incidentId: id,
    runId: `run_${id}b`,
    number: 8,
    url: "https://github.example/acme/shop/pull/8",
    branch: "patchpilot/1-fix",
    headSha: "aaaa",
    state: "merged",
    isDraft: false,
    isVerifiedCommit: true,
    mergedAt: at(12),
    mergeSha: "cafe0123cafe0123cafe0123cafe0123cafe0123",
    createdAt: at(10),
    updatedAt: at(12),
  });
  await db.insert(deployments).values([
    {
      id: `dep_${id}`,
      projectId: PROJECT.id,
      deploymentId: "dpl_1",
      state: "ready",
      sha: "cafe0123cafe0123cafe0123cafe0123cafe0123",
      url: "https://shop-1.example",
      createdAt: at(12),
      readyAt: at(13),
      updatedAt: at(13),
    },
    {
      id: "dep_unrelated1",
      projectId: PROJECT.id,
      deploymentId: "dpl_0",
      state: "ready",
      sha: "0000",
      url: "https://shop-0.example",
      createdAt: at(1),
      readyAt: at(1),
      updatedAt: at(1),
    },
  ]);
  const facts = {
    baseline: { events: 34, hours: 0.2, sessions: null },
    since: { events: 0, eventsOnOldReleases: 1, hours: 0.06, sessions: null },
    health: "pass",
    deploymentId: "dpl_1",
  };
  await db.insert(verifications).values([
    {
      id: `ver_${id}a`,
      incidentId: id,
      at: at(16),
      action: "wait",
      facts: { ...facts, since: { ...facts.since, hours: 0.01 } },
      verdict: {
        reason: "too_early",
        explanation: "too early to tell: 1.7 events were to be expected so far",
        confidence: 0.8,
        recheckAt: at(24).toISOString(),
      },
    },
    {
      id: `ver_${id}b`,
      incidentId: id,
      at: at(24),
      action: "close",
      facts,
      verdict: {
        reason: "rate_dropped",
        explanation: "no event on releases with the repair, where chance alone would bring none once in 27,000 times",
        confidence: 0.99996,
        recheckAt: null,
      },
    },
  ]);
  for (const [kind, summary, minute, url] of TOLD) {
    await addTimeline(world, id, kind, summary, minute, {
      url,
      detail: kind === "deployed" ? { deploymentId: "dpl_1" } : {},
    });
  }
  return id;
}

const TOLD: [string, string, number, string | null][] = [
  ["triaged", "P1 (high): unhandled, 12 users in 5 minutes", 1, null],
  ["investigated", "suspect file src/checkout/pricing.mjs, and 1 more", 2, null],
  ["repair_queued", "repair attempt 1 of 3 waits for a custom runner", 6, null],
  ["run_failed", "attempt 1: the repository's tests fail with the patch (npm test)", 7, null],
  ["repair_queued", "repair attempt 2 of 3 waits for a custom runner", 8, null],
  ["run_reported", "attempt 2: patch", 9, null],
  ["pull_request_opened", "draft pull request #8 waits for a person", 10, "https://github.example/acme/shop/pull/8"],
  ["merged", "pull request #8 was merged", 12, "https://github.example/acme/shop/pull/8"],
  ["deployed", "deployment dpl_1 with the repair serves production", 13, "https://shop-1.example"],
  ["watching", "too early to tell: 1.7 events were to be expected so far", 16, null],
  ["recovered", "no event on releases with the repair, where 10.2 were to be expected", 24, null],
];

/** An incident of another project, which this dashboard has no business with. */
export async function addForeign(world: AdminWorld): Promise<string> {
  await world.db.db
    .insert(incidents)
    .values(incidentRow("inc_foreign0001", { projectId: OTHER_PROJECT.id, title: "not yours" }));
  return "inc_foreign0001";
}
