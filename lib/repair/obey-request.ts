import type { Executor } from "../db/database.ts";
import { changeIncident, type Incident } from "../incidents/index.ts";
import { enqueue } from "../jobs/outbox.ts";
import type { Context } from "../runtime/context.ts";
import type { RequestMode } from "./plan-model.ts";
import { findPlanRun, isPlanApproved } from "./prepare-request.ts";
import { listRuns, updateRun } from "./store.ts";

type Asked = "implement" | "plan" | "approve" | "retry";

/** Does what a person asks of a handed-over issue; answers why it cannot be, or null when it was done. */
export async function obeyRequest(
  tx: Executor,
  ctx: Context,
  incident: Incident,
  asked: Asked,
): Promise<string | null> {
  switch (incident.state) {
    case "planned":
      return asked === "approve" || asked === "implement"
        ? approvePlan(tx, ctx, incident)
        : planAgain(tx, ctx, incident);
    case "escalated":
      if (asked === "approve") return "nothing waits for an approval";
      return asked === "plan" ? planAgain(tx, ctx, incident) : goOn(tx, ctx, incident, "it was asked for again");
    case "observed":
    case "done":
    case "ignored":
      if (asked === "approve") return `the request is ${incident.state}`;
      await beginAgain(tx, ctx, incident, asked === "plan" ? "plan" : "implement");
      return null;
    default:
      return `the request is ${incident.state.replaceAll("_", " ")} already`;
  }
}

async function goOn(tx: Executor, ctx: Context, incident: Incident, summary: string, kind = "command"): Promise<null> {
  await changeIncident(tx, ctx, incident, { command: "retry", patch: { attempts: 0 }, entry: { kind, summary } });
  await enqueue(tx, ctx, "repair.start-repair", { incidentId: incident.id });
  return null;
}

async function approvePlan(tx: Executor, ctx: Context, incident: Incident): Promise<string | null> {
  const run = findPlanRun(await listRuns(tx, incident.id));
  if (run === null) return planAgain(tx, ctx, incident);
  if (!isPlanApproved(run)) {
    await updateRun(tx, run.id, ["published"], { gate: { ...run.gate, approvedBy: ctx.actor.name } });
  }
  return goOn(tx, ctx, incident, `the plan was approved by ${ctx.actor.name}`, "approved");
}

/** Makes a new plan, from what was said since; the earlier one no longer holds. */
async function planAgain(tx: Executor, ctx: Context, incident: Incident): Promise<null> {
  const run = findPlanRun(await listRuns(tx, incident.id));
  if (run) await updateRun(tx, run.id, ["published"], { state: "denied", reason: "superseded by a new plan" });
  return goOn(tx, ctx, incident, "a new plan was asked for");
}

/** What ended, or was only watched, is wanted (again): with a new plan, from the issue as it is now. */
async function beginAgain(tx: Executor, ctx: Context, incident: Incident, mode: RequestMode): Promise<void> {
  const run = findPlanRun(await listRuns(tx, incident.id));
  if (run) await updateRun(tx, run.id, ["published"], { state: "denied", reason: "superseded by a new plan" });
  const request = { mode, askedBy: ctx.actor.name };
  const patch = { attempts: 0, closedAt: null, triage: { ...incident.triage, request } };
  const isEnded = incident.state === "done" || incident.state === "ignored";
  const open = isEnded
    ? await changeIncident(tx, ctx, incident, {
        command: "reopen",
        patch: { reopenedAt: ctx.clock.now(), reopenedCount: incident.reopenedCount + 1 },
        entry: { kind: "reopened", summary: "handed over again" },
      })
    : incident;
  const entry = {
    kind: "command",
    summary: `${ctx.actor.name} asked for ${mode === "plan" ? "a plan" : "it to be done"}`,
  };
  // A request that was just reopened is new; triage has nothing to judge in it.
  await changeIncident(tx, ctx, open, { command: "investigate", patch, entry });
  await enqueue(tx, ctx, "repair.start-repair", { incidentId: incident.id });
}
