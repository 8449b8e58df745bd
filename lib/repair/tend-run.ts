import { DONE, type JobOutcome } from "../jobs/model.ts";
import { enqueueUnlessWaiting } from "../jobs/outbox.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import type { RunRow } from "./store.ts";

/** States of a run that may still come to something. */
export const LIVE_STATES = ["queued", "claimed", "reported"] as const;

/** Whether a run may still come to something. */
export function isLiveRun(run: Pick<RunRow, "state">): boolean {
  return LIVE_STATES.some((state) => state === run.state);
}

/** A run is on its way: the job that looks after it is put back where it was lost. */
export async function tendRun(ctx: Context, run: RunRow): Promise<JobOutcome> {
  const job = run.state === "reported" ? "repair.publish-patch" : "repair.check-run";
  await inTransaction(ctx, (tx) => enqueueUnlessWaiting(tx, ctx, job, { runId: run.id }));
  return DONE;
}
