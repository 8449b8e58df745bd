import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import {
  cursors,
  deliveries,
  incidents,
  jobRuns,
  jobs,
  modelCalls,
  reviewFindings,
  reviews,
} from "../../lib/db/schema/index.ts";
import { createAdminApp } from "../../lib/http/admin-app.ts";
import { createInsight } from "../../lib/insight/index.ts";
import { JOBS } from "../../lib/jobs/catalog.ts";
import { reviveJob } from "../../lib/jobs/store.ts";
import type { FindingState } from "../../lib/review/model.ts";
import { PROJECT_ROOT } from "../law/tree.ts";
import { readExposition } from "../support/exposition.ts";
import { hasPrometheus, promtoolCheck, startPrometheus } from "../support/prometheus.ts";
import { serveDoor } from "../support/serve-door.ts";
import {
  ADMIN_TOKEN,
  type AdminWorld,
  addForeign,
  addRecovered,
  addTimeline,
  at,
  BASE,
  deliveryRow,
  incidentRow,
  jobRow,
  openAdminWorld,
  PROJECT,
} from "./admin-world.ts";

const callRow = (id: string, more: Partial<typeof modelCalls.$inferInsert>): typeof modelCalls.$inferInsert => ({
  id,
  projectId: PROJECT.id,
  session: `session of ${id}`,
  purpose: "investigate",
  model: "anthropic/claude-opus-5",
  prompt: "inquiry",
  promptVersion: "1",
  promptSections: [],
  state: "settled",
  reservedTokens: 5_000,
  reservedUsd: 0.5,
  createdAt: at(1),
  settledAt: at(2),
  latencyMs: 4_000,
  finish: "stop",
  ...more,
});
const reviewRow = (id: string, more: Partial<typeof reviews.$inferInsert>): typeof reviews.$inferInsert => ({
  id,
  projectId: PROJECT.id,
  repository: "acme/shop",
  pullNumber: 9,
  headSha: id,
  state: "posted",
  headSeenAt: at(0),
  createdAt: at(0),
  updatedAt: at(0),
  ...more,
});
const findingRow = (id: string, state: FindingState): typeof reviewFindings.$inferInsert => ({
  id,
  reviewId: "rev_1",
  projectId: PROJECT.id,
  repository: "acme/shop",
  pullNumber: 9,
  key: id,
  state,
  path: "src/cart.js",
  side: "RIGHT",
  line: 1,
  anchor: "x",
  severity: "high",
  confidence: 0.9,
  kind: "bug",
  title: "x",
  why: "x",
  createdAt: at(2),
  updatedAt: at(2),
});
const USAGE = { inputTokens: 1_000, cacheReadTokens: 200, cacheWriteTokens: 30, outputTokens: 4, costUsd: 0.1 };

const RUNBOOK = readFileSync(join(PROJECT_ROOT, "docs/runbooks/metrics.md"), "utf8");

let world: AdminWorld;
beforeAll(async () => {
  world = await openAdminWorld();
  await addForeign(world);
  await addRecovered(world);
  const { db } = world.db;
  await db
    .insert(incidents)
    .values([
      incidentRow("inc_open000001", { state: "escalated", priority: "P0", kind: "uptime" }),
      incidentRow("inc_symptom001", { state: "new", causeId: "inc_open000001" }),
    ]);
  await db.insert(deliveries).values([
    { ...deliveryRow("dlv_ignored001", null, 3), outcome: "ignored" },
    { ...deliveryRow("dlv_polled0001", null, 4), source: "vercel", via: "poll" },
  ]);
  await db
    .insert(jobs)
    .values([
      jobRow("job_done000001", "done", { attempts: 3, finishedAt: at(600) }),
      jobRow("job_dead000001", "dead", { attempts: 12 }),
      jobRow("job_retry00001", "published", { attempts: 1, runAt: at(20) }),
      jobRow("job_wait000001", "pending", { name: "alerts.update-issue", runAt: at(60) }),
    ]);
  await db.insert(jobRuns).values({ jobId: "job_done000001", name: "triage.assess-incident", finishedAt: at(0.5) });
  await db
    .insert(modelCalls)
    .values([
      callRow("mdl_1", USAGE),
      callRow("mdl_2", { ...USAGE, costUsd: 0.2, finish: "length", latencyMs: 400_000 }),
      callRow("mdl_3", { state: "refused", finish: "provider_rate_limited", latencyMs: 1_000 }),
      callRow("mdl_4", { state: "reserved", finish: "provider_timeout" }),
      callRow("mdl_5", { state: "reserved", settledAt: null, latencyMs: null, finish: null }),
    ]);
  await db
    .insert(reviews)
    .values([
      reviewRow("rev_1", { begunAt: at(1), postedAt: at(4) }),
      reviewRow("rev_2", { begunAt: at(5), state: "failed" }),
      reviewRow("rev_3", { state: "skipped" }),
    ]);
  await db.insert(reviewFindings).values([findingRow("fnd_1", "open"), findingRow("fnd_2", "dropped")]);
  await db.insert(cursors).values({
    projectId: PROJECT.id,
    source: "sentry",
    position: "{}",
    fault: "sentry answered 500",
    updatedAt: at(25),
  });
});
afterAll(() => world.close());

async function scrape(): Promise<Map<string, number>> {
  const text = await (await world.ask("/api/metrics")).text();
  const samples = readExposition(text).families.flatMap((family) => family.samples);
  return new Map(
    samples.map(({ name, labels, value }) => {
      const inside = Object.entries(labels).map(([key, one]) => `${key}=${one}`);
      return [inside.length > 0 ? `${name}{${inside.join(",")}}` : name, value];
    }),
  );
}

describe("GET /api/metrics", () => {
  it("answers in Prometheus' text format, never to be kept", async () => {
    const answer = await world.ask("/api/metrics");
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(answer.headers.get("cache-control")).toBe("no-store");
    const { families } = readExposition(await answer.text());
    expect(families.length).toBeGreaterThan(35);
    expect(families.filter(({ help, type }) => help === null || type === "untyped")).toEqual([]);
    expect(families.filter(({ name, type }) => name.endsWith("_total") !== (type === "counter"))).toEqual([]);
  });

  it("without a token, with a wrong one and where none is set nobody reads it", async () => {
    const ask = async (headers: Record<string, string>, app = world.app) => {
      const answer = await app.request(`${BASE}/api/metrics`, { headers });
      return [answer.status, (await answer.text()).includes("patchpilot_")];
    };
    expect(await ask({})).toEqual([401, false]);
    expect(await ask({ authorization: "Bearer wrong" })).toEqual([401, false]);
    expect(await ask({ authorization: ADMIN_TOKEN })).toEqual([401, false]);
    const closed = createAdminApp({ ...world.outside, auth: { mode: "closed" } });
    expect(await ask({ authorization: `Bearer ${ADMIN_TOKEN}` }, closed)).toEqual([503, false]);
  });

  it("an instance that did nothing tells the same as the one that did it all", async () => {
    const text = await (await world.ask("/api/metrics")).text();
    const other = createAdminApp({ ...world.outside, insight: createInsight(world.db.db, PROJECT.id) });
    const answer = await other.request(`${BASE}/api/metrics`, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } });
    expect(await answer.text()).toBe(text);
  });

  it("labels are few words of ours: no id, path, title or commit", async () => {
    const { families } = readExposition(await (await world.ask("/api/metrics")).text());
    const labels = families.flatMap(({ samples }) => samples.flatMap((sample) => Object.entries(sample.labels)));
    expect([...new Set(labels.map(([name]) => name))].sort()).toEqual(
      ["code", "job", "kind", "le", "model", "outcome", "phase", "priority", "profile", "purpose"].concat([
        "severity",
        "source",
        "state",
        "task",
        "via",
      ]),
    );
    const values = labels.filter(([name]) => name !== "model" && name !== "le").map(([, value]) => value);
    expect(values.filter((value) => !/^[a-zA-Z][\w.-]{1,40}$/.test(value) || /_\w*\d{4}/.test(value))).toEqual([]);
  });

  it("counts what the database holds of this project", async () => {
    const found = await scrape();
    expect(
      Object.fromEntries(
        [...found].filter(([name]) => /^patchpilot_(?:deliveries|incidents|pull|repair_(?:runs|cost))/.test(name)),
      ),
    ).toEqual({
      "patchpilot_deliveries_received_total{source=sentry}": 4,
      "patchpilot_deliveries_received_total{source=vercel}": 1,
      "patchpilot_deliveries{source=sentry,outcome=accepted,via=webhook}": 3,
      "patchpilot_deliveries{source=sentry,outcome=ignored,via=webhook}": 1,
      "patchpilot_deliveries{source=vercel,outcome=accepted,via=poll}": 1,
      "patchpilot_incidents_opened_total{source=sentry,kind=error}": 2,
      "patchpilot_incidents_opened_total{source=sentry,kind=uptime}": 1,
      "patchpilot_incidents_open{priority=P0}": 1,
      "patchpilot_incidents{state=escalated,kind=uptime}": 1,
      "patchpilot_incidents{state=recovered,kind=error}": 1,
      patchpilot_pull_requests_merged_total: 1,
      "patchpilot_pull_requests{state=merged}": 1,
      "patchpilot_repair_cost_usd_total{profile=custom}": 0.12,
      "patchpilot_repair_runs_started_total{profile=custom,task=bugfix}": 2,
      "patchpilot_repair_runs{state=failed,profile=custom}": 1,
      "patchpilot_repair_runs{state=published,profile=custom}": 1,
    });
    expect(found.get("patchpilot_last_delivery_timestamp_seconds")).toBe(at(4).getTime() / 1_000);
    expect(found.get("patchpilot_incident_symptoms")).toBe(1);
    expect(found.get("patchpilot_source_faulty{source=sentry}")).toBe(1);
    expect(found.get("patchpilot_gaps{source=sentry}")).toBe(0);
  });

  it("tells jobs by name, how long they took from due to done, and since when work is late", async () => {
    const found = await scrape();
    const job = "job=triage.assess-incident";
    expect(found.get(`patchpilot_jobs_queued_total{${job}}`)).toBe(3);
    expect(found.get(`patchpilot_jobs_done_total{${job}}`)).toBe(1);
    expect(found.get(`patchpilot_job_retries_total{${job}}`)).toBe(2);
    expect(found.get(`patchpilot_jobs{${job},state=dead}`)).toBe(1);
    expect(found.get(`patchpilot_jobs{${job},state=retrying}`)).toBe(1);
    expect(found.get("patchpilot_jobs{job=alerts.update-issue,state=waiting}")).toBe(1);
    for (const name of Object.keys(JOBS))
      expect(found.get(`patchpilot_jobs{job=${name},state=dead}`), name).toBeDefined();
    // Exactly on the bound, and by the time that is written once.
    expect(found.get(`patchpilot_job_duration_seconds_bucket{${job},le=10}`)).toBe(0);
    expect(found.get(`patchpilot_job_duration_seconds_bucket{${job},le=30}`)).toBe(1);
    expect(found.get(`patchpilot_job_duration_seconds_sum{${job}}`)).toBe(30);
    expect(found.get("patchpilot_queue_depth")).toBe(2);
    expect(found.get("patchpilot_queue_due")).toBe(1);
    expect(found.get("patchpilot_queue_oldest_due_seconds")).toBe(600);
  });

  it("tells tokens, money, failures and durations of the models", async () => {
    const found = await scrape();
    const who = "model=anthropic/claude-opus-5,purpose=investigate";
    const tokens = ["input", "cache_read", "cache_write", "output", "untold"];
    expect(tokens.map((kind) => found.get(`patchpilot_model_tokens_total{${who},kind=${kind}}`))).toEqual([
      2_000, 400, 60, 8, 5_000,
    ]);
    expect(found.get(`patchpilot_model_cost_usd_total{${who}}`)).toBe(0.8);
    const outcomes = ["answered", "refused", "lost"];
    expect(outcomes.map((outcome) => found.get(`patchpilot_model_calls_total{${who},outcome=${outcome}}`))).toEqual([
      2, 1, 1,
    ]);
    const codes = ["length", "provider_rate_limited", "provider_timeout", "stop"];
    expect(codes.map((code) => found.get(`patchpilot_model_failures_total{${who},code=${code}}`))).toEqual([
      1,
      1,
      1,
      undefined,
    ]);
    expect(found.get(`patchpilot_model_calls_open{${who}}`)).toBe(1);
    const bounds = ["1", "5", "300", "+Inf"];
    expect(bounds.map((le) => found.get(`patchpilot_model_call_duration_seconds_bucket{${who},le=${le}}`))).toEqual([
      1, 3, 3, 4,
    ]);
    expect(found.get(`patchpilot_model_call_duration_seconds_sum{${who}}`)).toBe(409);
  });

  it("tells reviews, how long they took, and what became of their remarks", async () => {
    const found = await scrape();
    expect(Object.fromEntries([...found].filter(([name]) => /^patchpilot_review(?!.*bucket)/.test(name)))).toEqual({
      "patchpilot_reviews{state=failed}": 1,
      "patchpilot_reviews{state=posted}": 1,
      "patchpilot_reviews{state=skipped}": 1,
      patchpilot_reviews_begun_total: 2,
      patchpilot_reviews_posted_total: 1,
      patchpilot_review_duration_seconds_count: 1,
      patchpilot_review_duration_seconds_sum: 240,
      "patchpilot_review_findings_made_total{kind=bug,severity=high}": 2,
      "patchpilot_review_findings{state=dropped}": 1,
      "patchpilot_review_findings{state=open}": 1,
    });
    expect(found.get("patchpilot_review_duration_seconds_bucket{le=180}")).toBe(0);
    expect(found.get("patchpilot_review_duration_seconds_bucket{le=300}")).toBe(1);
  });

  it("tells the controls", async () => {
    expect((await scrape()).get("patchpilot_stopped")).toBe(0);
    await world.outside.control.set("somebody", true, "by hand");
    expect((await scrape()).get("patchpilot_stopped")).toBe(1);
    await world.outside.control.set("somebody", false, null);
    expect((await scrape()).get("patchpilot_breaker_open")).toBe(0);
    const open = { openedAt: at(29), reason: "many", incidents: 9, trippedBy: "inc_open000001" };
    const found = await (
      await createAdminApp({
        ...world.outside,
        storm: { ...world.outside.storm, findOpenBreaker: async () => open },
      }).request(`${BASE}/api/metrics`, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } })
    ).text();
    expect(found).toContain("\npatchpilot_breaker_open 1\n");
  });

  it("an incident that comes back takes no recovery away, and its next one is measured from there", async () => {
    const id = "inc_back000001";
    await world.db.db.insert(incidents).values(incidentRow(id, { state: "recovered" }));
    const before = await scrape();
    const move = (to: string, from: string, minutes: number) =>
      addTimeline(world, id, to === "recovered" ? "recovered" : "moved", "…", minutes, { detail: { from, to } });
    const observed = async () => {
      const found = await scrape();
      const read = (name: string) => (found.get(name) ?? 0) - (before.get(name) ?? 0);
      return {
        count: read("patchpilot_incident_recovery_seconds_count"),
        seconds: read("patchpilot_incident_recovery_seconds_sum"),
      };
    };
    await move("recovered", "verifying", 60);
    await addTimeline(world, id, "note", "the source's issue was resolved", 61);
    expect(await observed()).toEqual({ count: 1, seconds: 3_600 });
    await world.db.db.update(incidents).set({ state: "new", reopenedCount: 1 });
    await move("new", "recovered", 100);
    expect(await observed()).toEqual({ count: 1, seconds: 3_600 });
    await move("recovered", "verifying", 110);
    expect(await observed()).toEqual({ count: 2, seconds: 3_600 + 600 });
  });

  it("no counter and no bucket falls, whatever happens to what was counted", async () => {
    const before = await (await world.ask("/api/metrics")).text();
    const { db } = world.db;
    await reviveJob(db, "job_dead000001", at(31));
    await db.update(jobs).set({ finishedAt: at(900) });
    await db.update(reviewFindings).set({ state: "resolved" });
    await db.update(deliveries).set({ outcome: "ignored", via: "webhook" });
    await db
      .update(incidents)
      .set({ state: "ignored", priority: "P3", causeId: "inc_open000001", firstSeenAt: at(-90) });
    const after = await scrape();
    const families = readExposition(before).families.filter(({ type }) => type !== "gauge");
    expect(families.length).toBeGreaterThan(15);
    for (const { name, labels, value } of families.flatMap(({ samples }) => samples)) {
      const inside = Object.entries(labels).map(([key, one]) => `${key}=${one}`);
      const key = inside.length > 0 ? `${name}{${inside.join(",")}}` : name;
      expect(after.get(key), key).toBeGreaterThanOrEqual(value);
    }
  });
});

if (!hasPrometheus)
  console.warn("metrics: read by our own parser alone, there is no prometheus (apt-get install prometheus)");

// On CI it has to be there: .ci/run installs it.
describe.runIf(hasPrometheus || process.env.CI)("a real Prometheus", () => {
  it("is there", () => expect(hasPrometheus, "promtool is not installed: apt-get install prometheus").toBe(true));

  it("promtool has nothing to say of the text", async () => {
    expect(await promtoolCheck("metrics", await (await world.ask("/api/metrics")).text())).toBe("");
    expect(await promtoolCheck("metrics", "# TYPE things counter\nthings 1\n")).toContain("no help text");
  });

  it("scrapes it by its token, and answers questions from it", async () => {
    const door = await serveDoor(world.app);
    const prometheus = await startPrometheus(new URL(door.url).host, ADMIN_TOKEN);
    try {
      // A machine that is busy may miss the first one.
      await vi.waitFor(async () => expect((await prometheus.target()).health).toBe("up"), 20_000);
      const [dead] = await prometheus.query("sum(patchpilot_jobs{state='dead'})");
      expect(dead?.value).toBe((await scrape()).get("patchpilot_jobs{job=triage.assess-incident,state=dead}"));
      const [latency] = await prometheus.query(
        "histogram_quantile(0.5, patchpilot_model_call_duration_seconds_bucket)",
      );
      expect(latency?.labels).toMatchObject({ model: "anthropic/claude-opus-5", purpose: "investigate" });
      expect(latency?.value).toBeGreaterThan(2.5);
      const types = await prometheus.query("count({__name__=~'patchpilot_.*'})");
      expect(types[0]?.value).toBeGreaterThan(100);
    } finally {
      await Promise.all([prometheus.stop(), door.close()]);
    }
  });

  it("is told when its token is wrong", async () => {
    const door = await serveDoor(world.app);
    const prometheus = await startPrometheus(new URL(door.url).host, "wrong");
    try {
      expect(await prometheus.target()).toMatchObject({ health: "down", lastError: expect.stringContaining("401") });
    } finally {
      await Promise.all([prometheus.stop(), door.close()]);
    }
  });

  it("takes the sample configuration and the sample alerts as they are written", async () => {
    const [config = "", rules = ""] = [...RUNBOOK.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, block]) => block);
    expect(await promtoolCheck("config", config)).toBe("");
    expect(await promtoolCheck("rules", rules)).toBe("");
  });
});

describe("the runbook", () => {
  it("names no family that there is not", async () => {
    const text = await (await world.ask("/api/metrics")).text();
    const names = readExposition(text).families.map(({ name }) => name);
    const named = [...RUNBOOK.matchAll(/\bpatchpilot_[a-z_]+/g)].map(([name]) => name);
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((name) => !names.includes(name))).toEqual([]);
  });
});
