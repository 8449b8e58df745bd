import { and, eq, lte } from "drizzle-orm";
import type { Database } from "../../lib/db/database.ts";
import { incidents, inquiries, jobs, repairRuns } from "../../lib/db/schema/index.ts";
import { decideQuality } from "../../lib/evals/decide-quality.ts";
import { decideVerdict } from "../../lib/evals/decide-verdict.ts";
import type { EvalCase } from "../../lib/evals/case-model.ts";
import type { CaseResult, Decision, Observed } from "../../lib/evals/model.ts";
import { type Incident, listTimeline } from "../../lib/incidents/index.ts";
import type { Investigation } from "../../lib/investigate/compose-investigation.ts";
import { continueInquiry } from "../../lib/investigate/index.ts";
import { TOOL_INPUTS } from "../../lib/investigate/inquiry-model.ts";
import type { PromptSection } from "../../lib/investigate/prompts/investigate.ts";
import type { JobHandlers } from "../../lib/jobs/model.ts";
import { enqueue } from "../../lib/jobs/outbox.ts";
import { runLeasedJob } from "../../lib/jobs/run-job.ts";
import { leaseDueJobs } from "../../lib/jobs/store.ts";
import type { LanguageModel } from "../../lib/llm/ports.ts";
import { createJobHandlers } from "../../lib/wiring/job-handlers.ts";
import { localRunner } from "../../lib/wiring/machine.ts";
import { composeDelivery } from "./compose-delivery.ts";
import { listenTo, modelOf } from "./models.ts";
import { teachLessons } from "./teach-lessons.ts";
import { type EvalWorld, emptyDatabase, openWorld, PROJECT } from "./world.ts";

/** What of the machine takes part, so that it can be seen what a part is worth. */
export interface Parts {
  memory: boolean;
  suspects: boolean;
  model: boolean;
  withoutSections: readonly PromptSection[];
}

export const ALL_PARTS: Parts = { memory: true, suspects: true, model: true, withoutSections: [] };

const LEASE_MS = 60_000;
const MINUTE_MS = 60_000;
const MOST_JOBS = 600;

/** Plays one recorded incident through the real doors and jobs, from its first delivery until nothing more is due. */
export async function playCase(
  database: Database,
  one: EvalCase,
  { parts = ALL_PARTS, live = null }: { parts?: Parts; live?: LanguageModel | null } = {},
): Promise<CaseResult> {
  await emptyDatabase(database);
  const world = await openWorld(database, one);
  if (parts.memory) await teachLessons(world, one.lessons);
  const heard = live !== null && one.model.kind === "recorded" ? listenTo(live) : modelOf(one);
  const model = parts.model ? heard.model : null;
  const startedMs = performance.now();
  const answer = await playDeliveries(world, one, handlersOf(world, model, parts));
  const latencyMs = Math.round(performance.now() - startedMs);
  const observed = await observe(world, { answer, prompts: heard.prompts, latencyMs });
  return {
    name: one.name,
    title: one.title,
    failures: decideVerdict(one, observed),
    quality: decideQuality(one.truth, observed),
    observed,
  };
}

/** The handlers of production; what is left out is taken away between their jobs, never inside them. */
function handlersOf({ config, providers, ctx }: EvalWorld, model: LanguageModel | null, parts: Parts): JobHandlers {
  const handlers = createJobHandlers(config, providers, model);
  const { github } = providers;
  const inquiry = { stage: config.stage, inquiry: config.policy.model, withoutSections: parts.withoutSections };
  return {
    ...handlers,
    "investigate.ask-model": (own, input) =>
      continueInquiry(
        own,
        {
          model,
          repository: github?.repositoryReader ?? null,
          history: github?.codeHistory ?? null,
          view: github?.codeView ?? null,
          settings: inquiry,
        },
        input,
      ),
    async "investigate.investigate-incident"(own, input) {
      const outcome = await handlers["investigate.investigate-incident"](own, input);
      if (!parts.suspects) await forgetSuspects(ctx.db, input.incidentId);
      return outcome;
    },
  };
}

async function forgetSuspects({ db }: Database, incidentId: string): Promise<void> {
  const [row] = await db.select().from(incidents).where(eq(incidents.id, incidentId));
  if (!row?.investigation) return;
  const investigation = { ...row.investigation, suspects: [] };
  await db.update(incidents).set({ investigation }).where(eq(incidents.id, incidentId));
}

async function playDeliveries(world: EvalWorld, one: EvalCase, handlers: JobHandlers): Promise<Observed["answer"]> {
  let first: Observed["answer"] | null = null;
  const issue = one.issue && world.issues.write({ ...one.issue, author: { login: one.issue.author, type: "Bot" } });
  if (one.spans !== null) await enqueue(world.ctx.db.db, world.ctx, "performance.find-slow", { projectId: PROJECT });
  for (const { send, issues, copies, isForged, afterMinutes } of one.deliveries) {
    if (afterMinutes > 0) {
      await settle(world, handlers, new Date(world.clock.now().getTime() + afterMinutes * MINUTE_MS));
    }
    for (const error of world.errors.slice(0, issues)) {
      const { clock, releaseOf } = world;
      const sent = composeDelivery(send, {
        error,
        release: releaseOf(error),
        issueNumber: issue?.number ?? null,
        body: issue?.body ?? null,
        now: clock.now(),
      });
      const body = isForged ? `${sent.body} ` : sent.body;
      for (let copy = 0; copy < copies; copy += 1) {
        const answer = await knock(world, { ...sent, body });
        first ??= answer;
      }
    }
  }
  await settle(world, handlers, new Date(world.clock.now().getTime() + one.playedMinutes * MINUTE_MS));
  return first ?? { status: 202, outcome: null };
}

async function knock(
  { door }: EvalWorld,
  { source, body, headers }: ReturnType<typeof composeDelivery>,
): Promise<Observed["answer"]> {
  const url = `https://patchpilot.example/api/webhooks/${source}`;
  const response = await door.fetch(new Request(url, { method: "POST", body, headers }));
  const said: { outcome?: string } = JSON.parse(await response.text());
  return { status: response.status, outcome: said.outcome ?? null };
}

/** Runs what is due, and lets the time come for what is due before `until`. */
async function settle({ ctx, clock, config }: EvalWorld, handlers: JobHandlers, until: Date): Promise<void> {
  const { db } = ctx.db;
  for (let count = 0; count < MOST_JOBS; count += 1) {
    const [job] = await leaseDueJobs(db, clock.now(), LEASE_MS, 1);
    if (job) {
      await runLeasedJob(localRunner(ctx, handlers, config.policy.jobs), job);
      continue;
    }
    const waiting = await db.select().from(jobs).where(and(eq(jobs.state, "pending"), lte(jobs.runAt, until)));
    const nextMs = Math.min(...waiting.map(({ runAt }) => runAt.getTime()), until.getTime());
    clock.advance(Math.max(0, nextMs - clock.now().getTime()));
    if (waiting.length === 0) return;
  }
  throw new Error("the jobs do not end");
}

function decisionOf(incident: Incident | undefined, repairs: number, isRefused: boolean, kinds: string[]): Decision {
  if (isRefused) return "refused";
  if (!incident) return "nothing";
  if (repairs > 0) return "repair";
  if (incident.state === "escalated") return "person";
  if (incident.state === "ignored") return "ignore";
  if (incident.state === "observed") return "watch";
  return kinds.includes("held") || kinds.includes("budget_reached") ? "wait" : "nothing";
}

async function observe(
  world: EvalWorld,
  played: { answer: Observed["answer"]; prompts: string[]; latencyMs: number },
): Promise<Observed> {
  const { ctx, issues, writes, logLines } = world;
  const { db } = ctx.db;
  const all = (await db.select().from(incidents).orderBy(incidents.number)) as Incident[];
  const isTaught = (incident: Incident) => incident.identityKey.startsWith("taught:");
  const opened = all.filter((incident) => !isTaught(incident));
  const [incident] = opened;
  const runs = await db.select().from(repairRuns).orderBy(repairRuns.createdAt);
  const timeline = (await Promise.all(opened.map(({ id }) => listTimeline(db, id)))).flat();
  const investigation = (incident?.investigation ?? null) as Investigation | null;
  const dead = await db.select().from(jobs).where(eq(jobs.state, "dead"));
  const [inquiry] = incident ? await db.select().from(inquiries).where(eq(inquiries.incidentId, incident.id)) : [];
  const results = (inquiry?.messages ?? []).flatMap((message) => (message.role === "tool" ? message.results : []));
  const used = results.filter(({ name, isError }) => !isError && Object.hasOwn(TOOL_INPUTS, name));
  const isRefused = played.answer.status >= 400;
  return {
    answer: played.answer,
    decision: decisionOf(incident, runs.length, isRefused, timeline.map(({ kind }) => kind)),
    state: incident?.state ?? null,
    priority: incident?.priority ?? null,
    incidents: opened.length,
    issues: issues.all.length,
    repairs: runs.length,
    issueText: issues.all
      .flatMap(({ title, labels, body, comments }) => [title, labels.join(" "), body, ...comments.map((one) => one.body)])
      .join("\n"),
    briefText: runs.map(({ brief }) => JSON.stringify(brief)).join("\n"),
    promptText: played.prompts.join("\n"),
    timelineText: timeline.map(({ kind, summary, detail }) => `${kind}: ${summary} ${JSON.stringify(detail)}`).join("\n"),
    logText: logLines.join("\n"),
    writes,
    tools: [...new Set(used.map(({ name }) => name))],
    refusedCalls: results.length - used.length,
    deadJobs: dead.map(({ name, lastError }) => `${name}: ${lastError}`),
    inquiry: investigation?.inquiry
      ? {
          end: investigation.inquiry.end,
          steps: investigation.inquiry.steps,
          tokens: investigation.inquiry.tokens,
          costUsd: investigation.inquiry.costUsd,
        }
      : null,
    report: reportOf(investigation),
    suspects: (investigation?.suspects ?? []).map(({ path }) => path),
    latencyMs: played.latencyMs,
  };
}

function reportOf(investigation: Investigation | null): Observed["report"] {
  const report = investigation?.report ?? null;
  if (report === null) return null;
  const { rootCause, confidence, needsPerson, testCases } = report;
  return { rootCause, confidence, needsPerson, testCases: testCases.length };
}
