import { createKvCache, createRateLimiter } from "../adapters/kv/index.ts";
import type { Config } from "../config/read-config.ts";
import { ensureProject, readControl, setControl } from "../control/index.ts";
import { createAdminApp } from "../http/admin-app.ts";
import type { AdminAuth, AdminOutside } from "../http/admin-outside.ts";
import {
  closeBreaker,
  correctTriage,
  findOpenBreaker,
  moveCause,
  pauseIncident,
  snoozeIncident,
} from "../incidents/index.ts";
import { createInsight } from "../insight/index.ts";
import { correctLesson, forgetLesson, getLesson, listLessons } from "../investigate/index.ts";
import { enqueue } from "../jobs/outbox.ts";
import { reviveJob } from "../jobs/store.ts";
import { findGaps } from "../reconcile/index.ts";
import { approveRollback, askRollback } from "../recovery/index.ts";
import { restartRepair } from "../repair/index.ts";
import { composeRepositoryFileSchema } from "../repair/repository-file-model.ts";
import type { Context } from "../runtime/context.ts";
import { approvalKeyOf } from "./approval-key.ts";
import { getConfig } from "./configuration.ts";
import { type Door, lazyDoor } from "./lazy-door.ts";
import { openFunctionContext } from "./machine.ts";
import { DEFAULT_PROJECT_ID, DEFAULT_PROJECT_SLUG, GAP_HOURS } from "./project.ts";

/** Tries to log in, of one client. */
const LOGINS = { limit: 10, windowMs: 60_000 };

/** Who may come in where this is reached by others: whoever holds the admin token, and nobody where there is none. */
export function tokenAuth(config: Config): AdminAuth {
  if (config.adminToken === null) return { mode: "closed" };
  return { mode: "token", adminToken: config.adminToken, sessionKey: config.encryptionKey };
}

/** The admin door: API and dashboard. */
export function createAdminDoor(
  config: Config,
  ctx: Context,
  options: { auth: AdminAuth; demo: AdminOutside["demo"] },
): Door {
  const { graceMinutes } = config.policy.reconcile;
  const project = { slug: DEFAULT_PROJECT_SLUG, name: config.github?.repository ?? DEFAULT_PROJECT_SLUG };
  const limiter = createRateLimiter(createKvCache({ rest: config.kv, clock: ctx.clock }), ctx.clock);
  return createAdminApp({
    ctx,
    project: { ...project, id: DEFAULT_PROJECT_ID },
    insight: createInsight(ctx.db.db, DEFAULT_PROJECT_ID),
    auth: options.auth,
    stage: config.stage,
    dryRun: config.dryRun,
    publicUrl: config.publicUrl,
    demo: options.demo,
    control: {
      read: () => readControl(ctx.db.db, DEFAULT_PROJECT_ID),
      async set(actorName, isStopped, reason) {
        const person: Context = { ...ctx, actor: { kind: "person", name: actorName } };
        await ensureProject(person, project);
        return setControl(person, { projectId: DEFAULT_PROJECT_ID, isStopped, reason });
      },
    },
    findGaps: () => findGaps(ctx, { projectId: DEFAULT_PROJECT_ID, graceMinutes, hours: GAP_HOURS }),
    storm: {
      moveCause: (actorName, incidentId, causeId) =>
        moveCause({ ...ctx, actor: { kind: "person", name: actorName } }, { incidentId, causeId }),
      snooze: (actorName, incidentId, until) =>
        snoozeIncident({ ...ctx, actor: { kind: "person", name: actorName } }, { incidentId, until }),
      closeBreaker: (actorName) => closeBreaker(ctx.db.db, DEFAULT_PROJECT_ID, ctx.clock.now(), `person:${actorName}`),
      findOpenBreaker: () =>
        findOpenBreaker(ctx.db.db, ctx, { projectId: DEFAULT_PROJECT_ID, policy: config.policy.storm }),
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
          { approvalKey: approvalKeyOf(config) },
          { incidentId, ...by },
        ),
    },
    handOver: (askedBy, issueNumber, mode) =>
      enqueue(ctx.db.db, ctx, "repair.take-request", { projectId: DEFAULT_PROJECT_ID, issueNumber, mode, askedBy }),
    correctTriage: (actorName, incidentId, correction) =>
      correctTriage({ ...ctx, actor: { kind: "person", name: actorName } }, { incidentId, ...correction }),
    memory: {
      list: (page) => listLessons(ctx, DEFAULT_PROJECT_ID, page),
      get: (id) => getLesson(ctx, DEFAULT_PROJECT_ID, id),
      correct: (actorName, id, changes, reason) =>
        correctLesson(
          { ...ctx, actor: { kind: "person", name: actorName } },
          { projectId: DEFAULT_PROJECT_ID, id, changes, reason },
        ),
      forget: (actorName, id) =>
        forgetLesson({ ...ctx, actor: { kind: "person", name: actorName } }, { projectId: DEFAULT_PROJECT_ID, id }),
    },
    requeueJob: (jobId) => reviveJob(ctx.db.db, jobId, ctx.clock.now()),
    limitLogin: (client) => limiter.hit(`login:${client}`, LOGINS),
    repositorySchema: composeRepositoryFileSchema(),
  });
}

export default lazyDoor(async () => {
  const config = getConfig();
  return createAdminDoor(config, await openFunctionContext(config), { auth: tokenAuth(config), demo: null });
});
