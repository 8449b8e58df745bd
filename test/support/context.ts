import { eq, sql } from "drizzle-orm";
import { expect } from "vitest";
import { type Config, readConfig } from "../../lib/config/read-config.ts";
import { defaultProjectId, ensureProject, readControl, setControl } from "../../lib/control/index.ts";
import type { Database } from "../../lib/db/database.ts";
import {
  deliveries,
  deployments,
  feedbackItems,
  incidents,
  jobs,
  lessons,
  pullRequests,
  repairRuns,
  reviewFindings,
  reviews,
  timeline,
  verifications,
} from "../../lib/db/schema/index.ts";
import { getIncident, type Incident, listTimeline } from "../../lib/incidents/index.ts";
import type { AlertSignal, Signal } from "../../lib/intake/model.ts";
import { createReceiver, type ReceiveInput } from "../../lib/intake/receive-delivery.ts";
import type { JobName, JobPayload } from "../../lib/jobs/catalog.ts";
import type { JobOutcome } from "../../lib/jobs/model.ts";
import { enqueue, jobKey } from "../../lib/jobs/outbox.ts";
import { type JobRunner, runJob, runLeasedJob } from "../../lib/jobs/run-job.ts";
import { type JobRow, leaseDueJobs, leaseJob } from "../../lib/jobs/store.ts";
import type { JobId } from "../../lib/kernel/ids.ts";
import type { Stage } from "../../lib/kernel/write.ts";
import type { LanguageModel } from "../../lib/llm/ports.ts";
import { syncSources } from "../../lib/reconcile/index.ts";
import type { RunRow } from "../../lib/repair/store.ts";
import { sweepPulls } from "../../lib/review/index.ts";
import type { Context } from "../../lib/runtime/context.ts";
import { createOutbound } from "../../lib/runtime/outbound.ts";
import { intakeFacts } from "../../lib/wiring/intake-settings.ts";
import { createJobHandlers } from "../../lib/wiring/job-handlers.ts";
import { localRunner } from "../../lib/wiring/machine.ts";
import type { Providers } from "../../lib/wiring/providers.ts";
import { findRecentGaps, reconcileOutside } from "../../lib/wiring/reconcile.ts";
import { reviewOutside } from "../../lib/wiring/review.ts";
import { createMemoryAnalytics, MemoryProduct } from "./analytics.ts";
import {
  createMemoryCodeHost,
  createMemoryCodeView,
  createMemoryCommitGraph,
  createMemoryHistory,
  createMemoryReader,
  MemoryRepository,
} from "./code-host.ts";
import {
  createMemoryDeployments,
  createMemoryHealth,
  createMemoryProbe,
  createMemoryTraffic,
  MemoryProduction,
} from "./deployments.ts";
import {
  composeExcerpt,
  createMemoryErrorHistory,
  createMemoryErrorSource,
  createMemoryIssueContext,
  createMemorySessions,
  ISSUE_ID,
  MemoryErrors,
} from "./error-source.ts";
import { createMemoryGlitchtip, MemoryGlitchtip } from "./glitchtip.ts";
import { createMemoryIssueReader, createMemoryIssues, createMemoryRequestedIssues, MemoryIssues } from "./issues.ts";
import { createTestContext } from "./job-machine.ts";
import {
  createMemoryDeploymentFeed,
  createMemoryFailedDeliveries,
  createMemoryIssueFeed,
  MemoryPolls,
} from "./polled.ts";
import { createPortScript } from "./port-script.ts";
import { createMemoryPullReviews, MemoryReviews } from "./pull-reviews.ts";
import { createMemoryReviewHost, MemoryReviewed } from "./review-host.ts";
import { createMemoryDurations, createMemoryPerformance, MemorySpans } from "./spans.ts";
import { createTestClock } from "./test-clock.ts";
import { createMemoryWorkReader } from "./work.ts";

export const PROJECT = defaultProjectId("default");
export const MINUTE_MS = 60_000;
export const LEASE_MS = 60_000;
const MOST_JOBS = 200;

export const CART = `export function total(cart) {
  return cart.items.reduce((sum, item) => sum + item.price, 0) - cart.coupon.percent;
}
`;

/** What an operator set; the rest is its default. */
export interface BenchSettings {
  stage?: Stage;
  dryRun?: boolean;
  policy?: Record<string, unknown>;
  /** Further settings by their names. */
  env?: Record<string, string>;
}

function configOf({ stage = "repair", dryRun = false, policy = {}, env = {} }: BenchSettings): Config {
  const read = readConfig({
    STAGE: stage,
    DRY_RUN: String(dryRun),
    WORKER_PROFILE: "custom",
    PUBLIC_URL: "https://patchpilot.example",
    POLICY: JSON.stringify(policy),
    ...env,
  });
  if (!read.ok) throw new Error(read.faults.join("; "));
  return read.config;
}

/** The outside in memory, under one script. */
function createOutside() {
  const { script, under } = createPortScript();
  const repository = new MemoryRepository({ "src/cart.js": CART, "src/server.js": "export const handle = 1;\n" });
  const reviews = new MemoryReviews();
  const reviewed = new MemoryReviewed();
  const issues = new MemoryIssues();
  const errors = new MemoryErrors();
  const spans = new MemorySpans();
  const glitchtip = new MemoryGlitchtip();
  const production = new MemoryProduction();
  const issueReader = createMemoryIssueReader(issues, async (login) => repository.permissions.get(login) ?? "none");
  const product = new MemoryProduct();
  const polls = new MemoryPolls();
  const ports: Omit<Providers, "outbound"> = {
    github: {
      incidentIssues: under(createMemoryIssues(issues)),
      // A list that is read as it comes cannot be put under the script, which waits for answers.
      issueReader: { ...under(issueReader), listOpenIssues: issueReader.listOpenIssues },
      requestedIssues: under(createMemoryRequestedIssues(issues, issueReader)),
      workReader: under(createMemoryWorkReader(repository, issues)),
      repositoryReader: under(createMemoryReader(repository)),
      codeHistory: under(createMemoryHistory(repository)),
      codeView: under(createMemoryCodeView(repository)),
      codeHost: under(createMemoryCodeHost(repository)),
      pullReviews: under(createMemoryPullReviews(repository, reviews)),
      reviewHost: under(createMemoryReviewHost(reviewed)),
      commitGraph: under(createMemoryCommitGraph(repository)),
      failedDeliveries: under(createMemoryFailedDeliveries(polls)),
    },
    sentry: {
      errorSource: under(createMemoryErrorSource(errors)),
      errorHistory: under(createMemoryErrorHistory(errors)),
      issueContext: under(createMemoryIssueContext(errors)),
      sessionHistory: under(createMemorySessions(errors)),
      performanceSource: under(createMemoryPerformance(spans)),
      durationHistory: under(createMemoryDurations(spans)),
      issueFeed: under(createMemoryIssueFeed(polls)),
    },
    glitchtip: createMemoryGlitchtip(glitchtip, errors),
    deployments: under(createMemoryDeployments(production)),
    traffic: under(createMemoryTraffic(production)),
    deploymentFeed: under(createMemoryDeploymentFeed(polls)),
    health: under(createMemoryHealth(production)),
    probe: under(createMemoryProbe(production)),
    analytics: under(createMemoryAnalytics(product)),
  };
  return { script, repository, reviews, reviewed, issues, errors, spans, glitchtip, production, product, polls, ports };
}

const TABLES =
  "issue_answers, review_findings, reviews, approvals, inquiries, model_calls, breakers, cursors, jobs, job_runs, timeline, lesson_keys, lessons, verifications, pull_requests, repair_runs, incidents, installations, deliveries, deployments, controls, projects";

/** The machine over an empty database and an outside in memory: verbs run as the jobs that they are, wired as in production. */
export async function createBench(database: Database, settings: BenchSettings = {}) {
  await database.db.execute(sql.raw(`truncate ${TABLES} cascade`));
  const clock = createTestClock();
  const ctx = createTestContext(database, clock);
  await ensureProject(ctx, { slug: "default", name: "acme/shop" });
  const outside = createOutside();
  let config = configOf(settings);
  let model: LanguageModel | null = null;
  const outbound = () =>
    createOutbound({
      dryRun: config.dryRun,
      stage: config.stage,
      async isStopped() {
        const control = await readControl(database.db, PROJECT);
        return { stopped: control.isStopped, reason: control.reason };
      },
    });
  const runnerOf = (own: Context = ctx): JobRunner => {
    const analytics = config.posthog && outside.ports.analytics;
    const probe = config.policy.recovery.probe && outside.ports.probe;
    const handlers = createJobHandlers(config, { ...outside.ports, analytics, probe, outbound: outbound() }, model);
    return localRunner(own, handlers, config.policy.jobs);
  };
  const bench = {
    ...outside,
    ...createReaders(database),
    ...createJobControls(ctx, clock, runnerOf),
    ...createJobReaders(ctx),
    clock,
    ctx,
    outbound,
    get config() {
      return config;
    },
    /** From now on incidents are looked at by this model, or by none. */
    useModel(next: LanguageModel | null) {
      model = next;
    },
    configure(next: BenchSettings) {
      config = configOf(next);
    },
    stop: (reason: string | null = null) => setControl(ctx, { projectId: PROJECT, isStopped: true, reason }),
    resume: () => setControl(ctx, { projectId: PROJECT, isStopped: false, reason: null }),
    receive: (signal: Signal, deliveryKey: string) => receive(ctx, config, signal, deliveryKey),
    /** A second function over the same database, by connections of its own, and the same outside. */
    beside(other: Database) {
      const own = createTestContext(other, clock);
      const controls = createJobControls(own, clock, () => runnerOf(own));
      return { ...controls, ctx: own, receive: (signal: Signal, key: string) => receive(own, config, signal, key) };
    },
    /** One round of polling, wired as in production. */
    sync: ({ apply = true } = {}) =>
      syncSources(ctx, reconcileOutside(config, ctx, { ...outside.ports, outbound: outbound() }), { apply }),
    /** One look for pull requests whose webhooks were lost. */
    async sweepReviews() {
      const reviewer = reviewOutside(config, { ...outside.ports, outbound: outbound() }, model);
      if (reviewer === null) throw new Error("GitHub is not configured");
      return sweepPulls(ctx, reviewer);
    },
    gaps: () => findRecentGaps(config, ctx),
  };
  return bench;
}
export type Bench = Awaited<ReturnType<typeof createBench>>;

function receive(ctx: Context, config: Config, signal: Signal, deliveryKey: string) {
  const { reviews } = intakeFacts(config);
  const source = signal.kind === "alert" || signal.kind === "issue_status" ? "sentry" : "github";
  const input: ReceiveInput = {
    projectId: PROJECT,
    source: signal.kind === "deployment" ? "vercel" : source,
    delivery: { outcome: "accepted", reason: "test", deliveryKey, resource: signal.kind, signal },
    facts: {
      source,
      environment: "production",
      sourceProject: null,
      repository: "acme/shop",
      vercelProjectId: null,
      ...(reviews && { reviews }),
    },
  };
  return createReceiver({ query: ctx.db.query, clock: ctx.clock, newId: ctx.newId })(input);
}

function createJobControls(ctx: Context, clock: ReturnType<typeof createTestClock>, runnerOf: () => JobRunner) {
  const { db } = ctx.db;
  const lease = async (id: string): Promise<JobRow> => {
    const leased = await leaseJob(db, id as JobId, clock.now(), LEASE_MS);
    if (leased.type !== "leased") throw new Error(`job ${id} cannot be leased: ${leased.type}`);
    return leased.job;
  };
  const waiting = async (key: string) => {
    const rows = await db.select().from(jobs).where(eq(jobs.key, key));
    const job = rows.find((row) => row.state === "pending");
    if (!job) throw new Error(`no job waits under ${key}`);
    return job;
  };
  return {
    /** Runs this job now, whether it waited or not, and none that follows from it. */
    async run<N extends JobName>(name: N, payload: JobPayload<N>): Promise<JobOutcome> {
      await enqueue(db, ctx, name, payload);
      return runLeasedJob(runnerOf(), await lease((await waiting(jobKey(name, payload))).id));
    },
    /** Runs a job by its id, as a broker delivers it, unless it is done or somebody else is at it. */
    deliver: (id: JobId) => runJob(runnerOf(), id),
    /** Lets the time come at which this job waits, and runs it. */
    async runWaiting<N extends JobName>(name: N, payload: JobPayload<N>): Promise<JobOutcome> {
      const job = await waiting(jobKey(name, payload));
      clock.advance(Math.max(0, job.runAt.getTime() - clock.now().getTime()));
      return runLeasedJob(runnerOf(), await lease(job.id));
    },
    /** The newest finished job of this name comes once more, as if its end had never been filed. */
    async redeliver(name: JobName): Promise<JobOutcome> {
      const rows = await db.select().from(jobs).where(eq(jobs.name, name));
      const job = rows.filter((row) => row.state === "done").sort((a, b) => (a.id < b.id ? 1 : -1))[0];
      if (!job) throw new Error(`no ${name} is done`);
      const { id, payload, maxAttempts } = job;
      return runLeasedJob(runnerOf(), { id: id as JobId, name, payload, attempts: 1, maxAttempts });
    },
    /** Runs what is due, and what follows from it at once; answers the names in order. */
    async settle(): Promise<string[]> {
      const names: string[] = [];
      for (;;) {
        const [job] = await leaseDueJobs(db, clock.now(), LEASE_MS, 1);
        if (!job) return names;
        names.push(job.name);
        if (names.length > MOST_JOBS) throw new Error(`the jobs do not end: ${names.slice(-10).join(", ")}`);
        await runLeasedJob(runnerOf(), job);
      }
    },
  };
}

function createJobReaders(ctx: Context) {
  const { db } = ctx.db;
  return {
    /** Jobs that wait, with their times. */
    async waitingJobs(): Promise<Record<string, Date>> {
      const rows = await db.select().from(jobs).where(eq(jobs.state, "pending"));
      return Object.fromEntries(rows.map((row) => [row.name, row.runAt]));
    },
    async deadJobs() {
      return db.select().from(jobs).where(eq(jobs.state, "dead"));
    },
    /** Forgets what waits, so that a test sees only what it sets going itself. */
    async forgetJobs(): Promise<void> {
      await db.delete(jobs).where(eq(jobs.state, "pending"));
    },
  };
}

function createReaders(database: Database) {
  const { db } = database;
  return {
    incident: (id: string): Promise<Incident> => getIncident(db, id),
    /** Somebody else changes the incident: a version higher. */
    async touch(id: string, patch: Partial<typeof incidents.$inferInsert> = {}): Promise<void> {
      await db
        .update(incidents)
        .set({ ...patch, version: sql`${incidents.version} + 1` })
        .where(eq(incidents.id, id));
    },
    story: (id: string) => listTimeline(db, id),
    kinds: async (id: string) => (await listTimeline(db, id)).map((entry) => entry.kind),
    said: async (id: string, kind: string) =>
      (await listTimeline(db, id)).filter((entry) => entry.kind === kind).map((entry) => entry.summary),
    async runs(incidentId: string): Promise<RunRow[]> {
      const rows = await db.select().from(repairRuns).where(eq(repairRuns.incidentId, incidentId));
      return (rows as RunRow[]).sort((a, b) => a.attempt - b.attempt);
    },
    pulls: (incidentId: string) => db.select().from(pullRequests).where(eq(pullRequests.incidentId, incidentId)),
    feedback: (incidentId: string) =>
      db
        .select()
        .from(feedbackItems)
        .where(eq(feedbackItems.incidentId, incidentId))
        .orderBy(feedbackItems.createdAt, feedbackItems.externalId),
    heads: () => db.select().from(reviews).orderBy(reviews.headSeenAt, reviews.id),
    findings: () => db.select().from(reviewFindings).orderBy(reviewFindings.createdAt, reviewFindings.line),
    lessons: () => db.select().from(lessons),
    looks: (incidentId: string) =>
      db.select().from(verifications).where(eq(verifications.incidentId, incidentId)).orderBy(verifications.id),
    /** Everything that effects are made of, for "as it was" comparisons. */
    async effects(): Promise<Record<string, unknown>> {
      const rows = await db.select({ name: jobs.name, id: jobs.id, runAt: jobs.runAt }).from(jobs).orderBy(jobs.id);
      return {
        incidents: await db.select().from(incidents).orderBy(incidents.id),
        timeline: await db.select().from(timeline).orderBy(timeline.seq),
        runs: await db.select().from(repairRuns).orderBy(repairRuns.id),
        pulls: await db.select().from(pullRequests).orderBy(pullRequests.id),
        feedback: await db.select().from(feedbackItems).orderBy(feedbackItems.id),
        heads: await db.select().from(reviews).orderBy(reviews.id),
        findings: await db.select().from(reviewFindings).orderBy(reviewFindings.id),
        looks: await db.select().from(verifications).orderBy(verifications.id),
        lessons: await db.select().from(lessons).orderBy(lessons.incidentId),
        deployments: await db.select().from(deployments).orderBy(deployments.id),
        deliveries: await db.select().from(deliveries).orderBy(deliveries.id),
        jobs: rows,
      };
    },
  };
}

let alertCount = 0;

/** An alert for the one issue, as its webhook was read. */
export async function alert(bench: Bench, changes: Partial<AlertSignal> = {}): Promise<string> {
  alertCount += 1;
  const at = bench.clock.now().toISOString();
  const signal: AlertSignal = {
    kind: "alert",
    issueId: ISSUE_ID,
    shortId: "SHOP-1",
    title: bench.errors.title,
    culprit: "total(src/cart)",
    level: bench.errors.level,
    environment: "production",
    release: null,
    url: `https://errors.example/issues/${ISSUE_ID}/`,
    sourceProject: null,
    events: null,
    users: null,
    firstSeenAt: null,
    lastSeenAt: at,
    rule: null,
    event: composeExcerpt({ occurredAt: at }),
    ...changes,
  };
  const receipt = await bench.receive(signal, `alert-${alertCount}`);
  if (!receipt.incidentId) throw new Error(`the alert opened nothing: ${receipt.reason}`);
  return receipt.incidentId;
}

/** A commit of the failing release: what production ran when the error began. */
export const releaseOf = (bench: Bench): string => bench.repository.getHead("main").sha;

/** An error that is worth a repair, reported by its first alert and not looked at yet. */
export async function openIncident(bench: Bench, changes: Partial<AlertSignal> = {}): Promise<string> {
  const now = bench.clock.now();
  bench.errors.reportMany(60, new Date(now.getTime() - 60 * MINUTE_MS), now, releaseOf(bench));
  return alert(bench, { release: releaseOf(bench), ...changes });
}

/** Asserts that this job was done; the outcome's reason is shown when it was not. */
export async function mustRun<N extends JobName>(bench: Bench, name: N, payload: JobPayload<N>): Promise<void> {
  expect(await bench.run(name, payload)).toEqual({ type: "done" });
}
