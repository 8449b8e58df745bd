import { sql } from "drizzle-orm";
import { type Config, readConfig } from "../../lib/config/read-config.ts";
import { defaultProjectId, ensureProject } from "../../lib/control/index.ts";
import type { Database } from "../../lib/db/database.ts";
import type { EvalCase } from "../../lib/evals/case-model.ts";
import { createWebhooksApp } from "../../lib/http/webhooks-app.ts";
import { createReceiver } from "../../lib/intake/index.ts";
import type { WriteKind } from "../../lib/kernel/write.ts";
import type { Context } from "../../lib/runtime/context.ts";
import type { NewId } from "../../lib/runtime/ids.ts";
import { jsonLogger } from "../../lib/runtime/logger.ts";
import { createOutbound, type Outbound } from "../../lib/runtime/outbound.ts";
import { intakeFacts, secretsOf } from "../../lib/wiring/intake-settings.ts";
import type { Providers } from "../../lib/wiring/providers.ts";
import { createMemoryAnalytics, MemoryProduct } from "../support/analytics.ts";
import { createMemoryCodeHost, createMemoryCommitGraph } from "../support/code-host.ts";
import {
  createMemoryDeployments,
  createMemoryHealth,
  createMemoryTraffic,
  MemoryProduction,
} from "../support/deployments.ts";
import {
  createMemoryIssueReader,
  createMemoryIssues,
  createMemoryRequestedIssues,
  MemoryIssues,
} from "../support/issues.ts";
import {
  createMemoryDeploymentFeed,
  createMemoryFailedDeliveries,
  createMemoryIssueFeed,
  MemoryPolls,
} from "../support/polled.ts";
import { createMemoryPullReviews, MemoryReviews } from "../support/pull-reviews.ts";
import { createMemoryReviewHost, MemoryReviewed } from "../support/review-host.ts";
import { SECRET } from "../support/sign-delivery.ts";
import { createMemoryDurations, createMemoryPerformance, MemorySpans } from "../support/spans.ts";
import { createTestClock, type TestClock } from "../support/test-clock.ts";
import { createMemoryWorkReader } from "../support/work.ts";
import { type RecordedCode, recordCode } from "./recorded-code.ts";
import { awayError, createRecordedErrors, nthError, type RecordedError } from "./recorded-errors.ts";

export const PROJECT = defaultProjectId("default");
const STARTS_AT = "2026-03-01T12:00:00.000Z";
const HOUR_MS = 3_600_000;
const WEEK_MS = 168 * HOUR_MS;
const PEM = "-----BEGIN PRIVATE KEY-----\nof no use\n-----END PRIVATE KEY-----";

/** One incident's whole outside, in memory, and the machine's own settings. Nothing of it is shared between cases. */
export interface EvalWorld {
  config: Config;
  ctx: Context;
  clock: TestClock;
  issues: MemoryIssues;
  errors: RecordedError[];
  releaseOf(error: RecordedError): string | null;
  providers: Providers;
  writes: WriteKind[];
  logLines: string[];
  door: { fetch(request: Request): Response | Promise<Response> };
}

function configOf({ stage, dryRun, policy, product }: EvalCase): Config {
  const read = readConfig({
    STAGE: stage,
    DRY_RUN: String(dryRun),
    WORKER_PROFILE: "custom",
    PUBLIC_URL: "https://patchpilot.example",
    SENTRY_CLIENT_SECRET: SECRET,
    GITHUB_APP_ID: "1",
    GITHUB_APP_PRIVATE_KEY: PEM,
    GITHUB_WEBHOOK_SECRET: SECRET,
    GITHUB_REPOSITORY: "acme/shop",
    VERCEL_TOKEN: "vercel-token",
    VERCEL_PROJECT_ID: "prj_shop",
    POLICY: JSON.stringify(policy),
    ...(product && {
      POSTHOG_HOST: "https://eu.posthog.com",
      POSTHOG_API_KEY: "phx_of_the_evals",
      POSTHOG_PROJECT_ID: "123",
      POSTHOG_EVENTS: product.event,
    }),
  });
  if (!read.ok) throw new Error(read.faults.join("; "));
  return read.config;
}

/** Ids that are the same in every run, and sort by age as real ones do. */
function countingIds(): NewId {
  let count = 0;
  return (prefix) => {
    count += 1;
    return `${prefix}_${count.toString(32).padStart(24, "0")}`;
  };
}

function fail(provider: string): never {
  throw awayError(provider);
}

/** The world of one case over an empty database. */
export async function openWorld(database: Database, one: EvalCase): Promise<EvalWorld> {
  const clock = createTestClock(STARTS_AT);
  const now = clock.now();
  const logLines: string[] = [];
  const log = jsonLogger((line) => logLines.push(line), "debug");
  const actor = { kind: "system", name: "evals" } as const;
  const ctx: Context = { db: database, clock, newId: countingIds(), actor, log, job: null };
  await ensureProject(ctx, { slug: "default", name: "acme/shop" });
  const config = configOf(one);
  const code = recordCode(one, now);
  const releaseOf = ({ release }: RecordedError) => (release === null ? null : (code.shas.get(release) ?? release));
  const most = Math.max(...one.deliveries.map(({ issues }) => issues), 1);
  const errors = Array.from({ length: most }, (_, index) => nthError(one.error, index));
  const issues = new MemoryIssues();
  const production = deployed(one, code, now);
  const writes: WriteKind[] = [];
  const outside = { one, code, issues, production, errors, releaseOf, now };
  const providers = { ...providersOf(outside), outbound: recordingOutbound(config, writes) };
  const door = doorOf(config, ctx);
  return { config, ctx, clock, issues, errors, releaseOf, providers, writes, logLines, door };
}

function doorOf(config: Config, ctx: Context) {
  return createWebhooksApp({
    clock: ctx.clock,
    newId: ctx.newId,
    log: ctx.log,
    receive: createReceiver({ query: ctx.db.query, clock: ctx.clock, newId: ctx.newId }),
    projectId: PROJECT,
    facts: intakeFacts(config),
    secrets: secretsOf(config),
    countRefusal: async () => null,
  });
}

/** The real choke point, with what went through it. */
function recordingOutbound({ dryRun, stage }: Config, writes: WriteKind[]): Outbound {
  const outbound = createOutbound({ dryRun, stage, isStopped: async () => ({ stopped: false, reason: null }) });
  return {
    whyHeld: outbound.whyHeld,
    async write(kind, write) {
      const written = await outbound.write(kind, write);
      if (!written.held) writes.push(kind);
      return written;
    },
  };
}

function deployed({ commits }: EvalCase, { shas }: RecordedCode, now: Date): MemoryProduction {
  const production = new MemoryProduction();
  const at = (minutesAgo: number) => new Date(now.getTime() - minutesAgo * 60_000);
  production.deploy(shas.get("first") ?? "", at(60 * 24 * 30));
  for (const { name, deployedMinutesAgo } of commits) {
    if (deployedMinutesAgo !== null) production.deploy(shas.get(name) ?? "", at(deployedMinutesAgo));
  }
  return production;
}

function sold({ product }: EvalCase, now: Date): MemoryProduct {
  const memory = new MemoryProduct();
  if (product === null) return memory;
  for (const week of [0, 1, 2, 3, 4]) {
    const end = now.getTime() - week * WEEK_MS;
    const count = week === 0 ? product.now : product.usual;
    if (count > 0) memory.reportMany(product.event, count, new Date(end - HOUR_MS), new Date(end));
  }
  return memory;
}

function measured({ spans }: EvalCase, now: Date): MemorySpans {
  const memory = new MemorySpans();
  if (spans === null) return memory;
  const key = { transaction: spans.transaction };
  for (const week of [1, 2, 3, 4])
    memory.reportMany(50, key, { atMs: now.getTime() - week * WEEK_MS, durationMs: spans.usualMs });
  memory.reportMany(200, key, { atMs: now.getTime(), durationMs: spans.nowMs });
  return memory;
}

function providersOf(outside: {
  one: EvalCase;
  code: RecordedCode;
  issues: MemoryIssues;
  production: MemoryProduction;
  errors: RecordedError[];
  releaseOf(error: RecordedError): string | null;
  now: Date;
}): Omit<Providers, "outbound"> {
  const { one, code, issues, production, errors, releaseOf, now } = outside;
  const { repository } = code;
  const polls = new MemoryPolls();
  const issueReader = createMemoryIssueReader(issues, async () => "none");
  const isAway = (name: EvalCase["away"][number]) => one.away.includes(name);
  return {
    github: {
      incidentIssues: createMemoryIssues(issues),
      issueReader,
      requestedIssues: createMemoryRequestedIssues(issues, issueReader),
      workReader: createMemoryWorkReader(repository, issues),
      repositoryReader: code.reader,
      codeHistory: code.history,
      codeView: code.view,
      codeHost: createMemoryCodeHost(repository),
      pullReviews: createMemoryPullReviews(repository, new MemoryReviews()),
      reviewHost: createMemoryReviewHost(new MemoryReviewed()),
      commitGraph: createMemoryCommitGraph(repository),
      failedDeliveries: createMemoryFailedDeliveries(polls),
    },
    sentry: {
      ...createRecordedErrors(errors, { now, releaseOf, isAway: isAway("sentry") }),
      performanceSource: createMemoryPerformance(measured(one, now)),
      durationHistory: createMemoryDurations(measured(one, now)),
      issueFeed: createMemoryIssueFeed(polls),
      sessionHistory: { listSessions: async () => null },
    },
    glitchtip: null,
    deployments: isAway("vercel")
      ? { listProductionDeployments: async () => fail("vercel") }
      : createMemoryDeployments(production),
    traffic: createMemoryTraffic(production),
    deploymentFeed: createMemoryDeploymentFeed(polls),
    health: createMemoryHealth(production),
    probe: null,
    analytics:
      one.product === null
        ? null
        : isAway("posthog")
          ? { ask: async () => fail("posthog") }
          : createMemoryAnalytics(sold(one, now)),
  };
}

/** Empties every table, so that the next case begins in a world of its own. */
export async function emptyDatabase(database: Database): Promise<void> {
  await database.db.execute(sql`
    do $$ declare names text; begin
      select string_agg(format('%I', tablename), ', ') into names from pg_tables where schemaname = 'public';
      execute 'truncate ' || names || ' restart identity cascade';
    end $$`);
}
