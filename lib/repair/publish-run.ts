import { getIncident } from "../incidents/index.ts";
import { DONE, type JobOutcome } from "../jobs/model.ts";
import type { Context } from "../runtime/context.ts";
import type { FeedbackOutside } from "./feedback-look.ts";
import type { RequestedIssues } from "./ports.ts";
import { publishPatch } from "./publish-patch.ts";
import { publishRound } from "./publish-round.ts";
import { settlePlan } from "./settle-plan.ts";
import { findRun } from "./store.ts";

/**
 * Publishes what a run reported: a draft of its own, of a follow-up a commit on the pull request that it follows, of a plan
 * what the issue then tells.
 */
export async function publishRun(
  ctx: Context,
  outside: FeedbackOutside & { issues: RequestedIssues },
  input: { runId: string },
): Promise<JobOutcome> {
  const run = await findRun(ctx.db.db, input.runId);
  if (run === null || run.state !== "reported") return DONE;
  if (run.taskKind === "plan")
    return settlePlan(ctx, outside, { run, incident: await getIncident(ctx.db.db, run.incidentId) });
  return run.taskKind === "followup" ? publishRound(ctx, outside, run) : publishPatch(ctx, outside, input);
}
