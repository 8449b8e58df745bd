import type { Executor } from "../db/database.ts";
import { AppError } from "../kernel/errors.ts";
import type { Context } from "./context.ts";

/**
 * Commits a verb's writes at once. Within a job the job's own `job_runs` row goes in first, so that a job which runs
 * twice has its effects once; a job commits a single time, or that promise would cover only its first transaction.
 */
export async function inTransaction<T>(ctx: Context, work: (tx: Executor) => Promise<T>): Promise<T> {
  const { job } = ctx;
  if (job === null) return ctx.db.transaction(work);
  if (job.isCommitted) {
    throw new AppError("job_committed_twice", `job ${job.name} tried to commit a second time`, { retry: "never" });
  }
  const result = await ctx.db.transaction(async (tx) => {
    await job.markDone(tx);
    return work(tx);
  });
  job.isCommitted = true;
  return result;
}
