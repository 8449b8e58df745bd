import { setTimeout as sleep } from "node:timers/promises";
import { AppError, messageOf } from "../kernel/errors.ts";
import type { Logger } from "../runtime/logger.ts";
import type { ControlPlane, Git } from "./ports.ts";
import type { WorkDir } from "./work-dir.ts";

export interface SendContext {
  controlPlane: ControlPlane;
  git: Git;
  workDir: WorkDir;
  logger: Logger;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

/** Removes the run's folder and its worktrees. */
export async function forgetRun(context: Pick<SendContext, "git" | "workDir">, runId: string): Promise<void> {
  const { mirrorsDir } = context.workDir;
  await context.git.cleanUp({ mirrorsDir, runDirs: [context.workDir.runDir(runId)], removeLocks: false });
}

/**
 * Sends a saved report, the same bytes each time, until the control plane took it, said that it does not want it, or
 * `attempts` are spent or `signal` says that there is no time for another; then it stays on disk for the next call. A
 * report that is on its way is not stopped. True when nothing is left to send.
 */
export async function sendReport(
  context: SendContext,
  runId: string,
  attempts: number,
  signal?: AbortSignal,
): Promise<boolean> {
  const { controlPlane, workDir, logger } = context;
  const pending = await workDir.findReport(runId);
  if (pending === null) {
    logger.log("error", "runner.report_unreadable", { runId });
    await forgetRun(context, runId);
    return true;
  }
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    try {
      await controlPlane.report(pending.token, pending.report);
      logger.log("info", "runner.reported", { runId, outcome: pending.report.outcome, detail: pending.report.detail });
      await forgetRun(context, runId);
      return true;
    } catch (error) {
      const retry = error instanceof AppError ? error.retry : "never";
      logger.log("warn", "runner.report_failed", { runId, attempt, detail: messageOf(error) });
      if (retry === "never") {
        await forgetRun(context, runId);
        return true;
      }
      if (signal?.aborted || attempt === attempts) return false;
      const pauseMs =
        typeof retry === "object" ? retry.afterMs : Math.min(FIRST_PAUSE_MS * 2 ** attempt, LONGEST_PAUSE_MS);
      await sleep(pauseMs, undefined, signal ? { signal } : {}).catch(() => {});
    }
  }
  return false;
}
