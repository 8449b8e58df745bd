import { and, eq, lte } from "drizzle-orm";
import type { Database } from "../../lib/db/database.ts";
import { incidents, jobs } from "../../lib/db/schema/index.ts";
import type { EvalCase } from "../../lib/evals/case-model.ts";
import { decideQuality } from "../../lib/evals/decide-quality.ts";
import { decideVerdict } from "../../lib/evals/decide-verdict.ts";
import type { CaseResult, Observed } from "../../lib/evals/model.ts";
import { continueInquiry } from "../../lib/investigate/index.ts";
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
import { observe } from "./observe.ts";
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
  const isLive = live !== null && one.model.kind === "recorded" && !one.model.isAlwaysRecorded;
  const heard = isLive ? listenTo(live) : modelOf(one);
  const model = parts.model ? heard.model : null;
  const startedMs = performance.now();
  const answer = await playDeliveries(world, one, handlersOf(world, model, parts));
  const latencyMs = Math.round(performance.now() - startedMs);
  const observed = await observe(world, { answer, prompts: heard.prompts, latencyMs });
  return {
    name: one.name,
    title: one.title,
    failures: decideVerdict(one, observed, { isLive }),
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
    const waiting = await db
      .select()
      .from(jobs)
      .where(and(eq(jobs.state, "pending"), lte(jobs.runAt, until)));
    const nextMs = Math.min(...waiting.map(({ runAt }) => runAt.getTime()), until.getTime());
    clock.advance(Math.max(0, nextMs - clock.now().getTime()));
    if (waiting.length === 0) return;
  }
  throw new Error("the jobs do not end");
}
