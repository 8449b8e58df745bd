import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { settle } from "../settle.ts";
import { slowSearch } from "../shop/bugs/index.ts";
import type { DemoStage } from "../stage.ts";
import type { Scenario } from "./model.ts";
import { reportTransaction } from "./report.ts";

export const SLOW = "GET /products";
const RARE = "GET /admin/export";
const WEEK_MS = 7 * 24 * 3_600_000;
export const HEALTHY_SAMPLES = 40;
export const SLOW_SAMPLES = 40;
const LONGEST_WAIT_MS = 60_000;
const PAGE = 100;

const rowsSchema = z.object({ data: z.array(z.record(z.string(), z.unknown())) });

/** One page of what the demo Sentry's own Explore answers, newest first. */
async function explore(
  stage: DemoStage,
  fields: readonly string[],
  query: string,
  page = 0,
): Promise<Record<string, unknown>[]> {
  const cursor = `0:${page * PAGE}:0`;
  const search = new URLSearchParams({ dataset: "spans", query, statsPeriod: "1h", per_page: String(PAGE), cursor });
  for (const field of fields) search.append("field", field);
  const { sentry, identity } = stage.world;
  const answer = await fetch(`${sentry.url}/api/0/organizations/pine-and-co/events/?${search}`, {
    headers: { authorization: `Bearer ${identity.sentryToken}` },
  });
  if (!answer.ok) throw new Error(`the demo Sentry answered ${answer.status}: ${await answer.text()}`);
  return rowsSchema.parse(await answer.json()).data;
}

/** Waits until Sentry has this many samples of what the query finds. */
export async function waitForSamples(stage: DemoStage, query: string, wanted: number): Promise<void> {
  for (const from = Date.now(); Date.now() - from < LONGEST_WAIT_MS; ) {
    const [row] = await explore(stage, ["count()"], query);
    if (Number(row?.["count()"] ?? 0) >= wanted) return;
    await sleep(500);
  }
  throw new Error(`Sentry has no ${wanted} samples of ${query}`);
}

/** The shop's own durations of today, sent once more for the same hours of four earlier weeks: a shop that was there before. */
export async function seedEarlierWeeks(stage: DemoStage): Promise<void> {
  const fields = ["transaction", "span.duration", "release", "timestamp"];
  const spans: Record<string, unknown>[] = [];
  for (let page = 0, read = PAGE; read === PAGE; page += 1) {
    const rows = await explore(stage, fields, "is_transaction:true", page);
    spans.push(...rows);
    read = rows.length;
  }
  for (const week of [1, 2, 3, 4]) {
    for (const span of spans) {
      await reportTransaction(stage, {
        name: String(span.transaction),
        durationMs: Number(span["span.duration"]),
        release: String(span.release),
        endMs: Date.parse(String(span.timestamp)) - week * WEEK_MS,
      });
    }
  }
}

/** Three exports of 45 seconds: far the slowest of all, and too rare to prove anything. */
async function reportRareSlow(stage: DemoStage): Promise<void> {
  for (let index = 0; index < 3; index += 1)
    await reportTransaction(stage, { name: RARE, durationMs: 45_000 + index, endMs: Date.now(), release: "admin-7" });
}

const reportSchema = z.object({
  isApplied: z.boolean(),
  items: z.array(z.object({ action: z.string(), title: z.string(), figures: z.string() })),
  leftOut: z.array(z.object({ span: z.string(), reason: z.string() })),
});
type Report = z.infer<typeof reportSchema>;

async function runPerformance(stage: DemoStage, ...args: string[]): Promise<Report> {
  const { code, stdout, stderr } = await stage.runCli(["performance", "--json", ...args]);
  if (code !== 0) throw new Error(`patchpilot performance ended with ${code}: ${stderr}`);
  return reportSchema.parse(JSON.parse(stdout));
}

/** What the looks answered; a process plays one scenario. */
const seen: { dry?: Report; applied?: Report; again?: Report; issueEdits?: number } = {};

async function countIssueEdits(stage: DemoStage): Promise<number> {
  await stage.world.github.settled();
  return stage.world.github.deliveries().filter((one) => one.event === "issues" && one.action === "edited").length;
}

/** The embedded database has one process at a time, so the control plane rests while the operator looks. */
async function withServerStopped<T>(stage: DemoStage, work: () => Promise<T>): Promise<T> {
  await stage.server.stop();
  try {
    return await work();
  } finally {
    await stage.server.start();
  }
}

/** Or until it should have been there long ago: then the judge says so. */
async function waitForIssue(stage: DemoStage): Promise<void> {
  const from = Date.now();
  while (stage.world.github.issues().length === 0 && Date.now() - from < LONGEST_WAIT_MS) await sleep(300);
}

/** The schedule's door, as QStash or Vercel call it. */
export async function runSchedule(stage: DemoStage): Promise<void> {
  const answer = await fetch(`${stage.url}/api/cron/find-slow`, {
    headers: { authorization: `Bearer ${stage.world.identity.cronSecret}` },
  });
  if (!answer.ok) throw new Error(`the schedule answered ${answer.status}`);
}

/** A change makes every search slow; one look finds it, and a second one, by hand and by schedule, has nothing to add. */
export const performance: Scenario = {
  name: "performance",
  title: "searches became slow and nothing crashed: one incident with numbers, one issue; a second look adds nothing",
  stage: { hasTracing: true },
  timeoutSeconds: 200,
  async begin(stage) {
    await waitForSamples(stage, `transaction:"${SLOW}"`, HEALTHY_SAMPLES);
    await seedEarlierWeeks(stage);
    await reportRareSlow(stage);
    const sha = await stage.world.breakShop(slowSearch);
    await waitForSamples(stage, `transaction:"${SLOW}" release:${sha}`, SLOW_SAMPLES);
    await withServerStopped(stage, async () => {
      seen.dry = await runPerformance(stage);
      seen.applied = await runPerformance(stage, "--apply");
    });
    await waitForIssue(stage);
    seen.issueEdits = await countIssueEdits(stage);
    await withServerStopped(stage, async () => {
      seen.again = await runPerformance(stage, "--apply");
    });
    await runSchedule(stage);
    await settle(stage);
    seen.issueEdits = (await countIssueEdits(stage)) - seen.issueEdits;
  },
  isOver: (stories) => stories.length > 0,
  judge(stories, effects) {
    const expect = (what: string, found: unknown, wanted: unknown) =>
      JSON.stringify(found) === JSON.stringify(wanted)
        ? []
        : [`${what}: ${JSON.stringify(found)}, and ${JSON.stringify(wanted)} was expected`];
    const [story] = stories;
    const actions = (report: Report | undefined) => report?.items.map((item) => item.action);
    const { measure } = z
      .object({ measure: z.object({ p95Ms: z.number(), ratio: z.number(), count: z.number(), release: z.string() }) })
      .parse(story?.timeline.find((entry) => entry.kind === "triaged")?.detail);
    const left = seen.applied?.leftOut.find((one) => one.span === RARE);
    return [
      ...expect("incidents", stories.length, 1),
      ...expect("title", story?.incident.title, `Slow http.server: ${SLOW}`),
      ...expect("kind", story?.incident.kind, "performance"),
      ...expect("state", story?.incident.state, "observed"),
      ...expect("a dry look", actions(seen.dry), ["open"]),
      ...expect("the first look", actions(seen.applied), ["open"]),
      ...expect("the second look", actions(seen.again), ["keep"]),
      ...expect("edits of the issue by later looks", seen.issueEdits, 0),
      ...expect(
        "timeline",
        [...(story?.timeline ?? [])].sort((a, b) => a.seq - b.seq).map((entry) => entry.kind),
        ["triaged", "issue_opened"],
      ),
      ...expect("the rare export", left?.reason, "few_samples"),
      ...expect("issues", effects.issues.length, 1),
      ...expect("its labels", effects.issues[0]?.labels.includes("patchpilot:performance"), true),
      ...expect("pull requests", effects.pullRequests.length, 0),
      ...(measure.p95Ms > 1_000 && measure.ratio > 10 ? [] : [`the numbers are ${JSON.stringify(measure)}`]),
    ];
  },
};
