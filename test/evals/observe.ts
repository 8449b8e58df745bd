import { eq } from "drizzle-orm";
import type { Executor } from "../../lib/db/database.ts";
import { incidents, inquiries, jobs, repairRuns } from "../../lib/db/schema/index.ts";
import type { Decision, Observed } from "../../lib/evals/model.ts";
import { type Incident, listTimeline } from "../../lib/incidents/index.ts";
import type { Investigation } from "../../lib/investigate/compose-investigation.ts";
import { TOOL_INPUTS } from "../../lib/investigate/inquiry-model.ts";
import type { MemoryIssues } from "../support/issues.ts";
import { TAUGHT } from "./teach-lessons.ts";
import type { EvalWorld } from "./world.ts";

interface Played {
  answer: Observed["answer"];
  prompts: string[];
  latencyMs: number;
}

/** All that can be seen of a case from outside and in the database, once nothing more is due. */
export async function observe({ ctx, issues, writes, logLines }: EvalWorld, played: Played): Promise<Observed> {
  const { db } = ctx.db;
  const all = (await db.select().from(incidents).orderBy(incidents.number)) as Incident[];
  const opened = all.filter(({ identityKey }) => !identityKey.startsWith(TAUGHT));
  const [incident] = opened;
  const runs = await db.select().from(repairRuns).orderBy(repairRuns.createdAt);
  const timeline = (await Promise.all(opened.map(({ id }) => listTimeline(db, id)))).flat();
  const dead = await db.select().from(jobs).where(eq(jobs.state, "dead"));
  const kinds = new Set(timeline.map(({ kind }) => kind));
  return {
    answer: played.answer,
    decision: played.answer.status >= 400 ? "refused" : decisionOf(incident, runs.length, kinds),
    state: incident?.state ?? null,
    priority: incident?.priority ?? null,
    incidents: opened.length,
    issues: issues.all.length,
    repairs: runs.length,
    issueText: issueText(issues),
    briefText: runs.map(({ brief }) => JSON.stringify(brief)).join("\n"),
    promptText: played.prompts.join("\n"),
    timelineText: timeline
      .map(({ kind, summary, detail }) => `${kind}: ${summary} ${JSON.stringify(detail)}`)
      .join("\n"),
    logText: logLines.join("\n"),
    writes,
    ...(await toolsOf(db, incident)),
    deadJobs: dead.map(({ name, lastError }) => `${name}: ${lastError}`),
    ...diagnosisOf((incident?.investigation ?? null) as Investigation | null),
    latencyMs: played.latencyMs,
  };
}

function decisionOf(incident: Incident | undefined, repairs: number, kinds: ReadonlySet<string>): Decision {
  if (!incident) return "nothing";
  if (repairs > 0) return "repair";
  if (incident.state === "escalated") return "person";
  if (incident.state === "ignored") return "ignore";
  if (incident.state === "observed") return "watch";
  return kinds.has("held") || kinds.has("budget_reached") ? "wait" : "nothing";
}

function issueText(issues: MemoryIssues): string {
  const texts = issues.all.flatMap(({ title, labels, body, comments }) => [
    title,
    labels.join(" "),
    body,
    ...comments.map((comment) => comment.body),
  ]);
  return texts.join("\n");
}

async function toolsOf(
  db: Executor,
  incident: Incident | undefined,
): Promise<Pick<Observed, "tools" | "refusedCalls">> {
  const [inquiry] = incident ? await db.select().from(inquiries).where(eq(inquiries.incidentId, incident.id)) : [];
  const results = (inquiry?.messages ?? []).flatMap((message) => (message.role === "tool" ? message.results : []));
  const used = results.filter(({ name, isError }) => !isError && Object.hasOwn(TOOL_INPUTS, name));
  return { tools: [...new Set(used.map(({ name }) => name))], refusedCalls: results.length - used.length };
}

function diagnosisOf(investigation: Investigation | null): Pick<Observed, "inquiry" | "report" | "suspects"> {
  const { inquiry, report, suspects = [] } = investigation ?? {};
  return {
    inquiry: inquiry
      ? { end: inquiry.end, steps: inquiry.steps, tokens: inquiry.tokens, costUsd: inquiry.costUsd }
      : null,
    report: report
      ? {
          rootCause: report.rootCause,
          confidence: report.confidence,
          needsPerson: report.needsPerson,
          testCases: report.testCases.length,
        }
      : null,
    suspects: suspects.map(({ path }) => path),
  };
}
