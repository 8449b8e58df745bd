import { mkdir } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { AppError, messageOf } from "../kernel/errors.ts";
import type { ClaimedRun, RunReport, WorkerProfile } from "../repair/model.ts";
import type { Logger } from "../runtime/logger.ts";
import { RunDropped, startHeart } from "./beat-heart.ts";
import type { RunnerPorts } from "./ports.ts";
import type { CommandLimits } from "./prove-patch.ts";
import { createRunLog } from "./run-log.ts";
import { reportOf, runWorker } from "./run-worker.ts";
import { forgetRun, sendReport } from "./send-report.ts";
import type { WorkDir } from "./work-dir.ts";

export interface ServeSettings {
  runnerId: string;
  profiles: readonly WorkerProfile[];
  /** null takes runs of any repository. */
  repositories: readonly string[] | null;
  /** Ends after one run, or when none waits. */
  once: boolean;
  pollMs: number;
  limits: CommandLimits;
}

export interface ServeContext {
  ports: RunnerPorts;
  workDir: WorkDir;
  settings: ServeSettings;
  logger: Logger;
  /** Aborted for a polite shutdown: the current run is ended, reported as such, and cleaned up. */
  signal: AbortSignal;
}

const LONGEST_POLL_MS = 60_000;
const REPORT_ATTEMPTS = 6;
const SHUTDOWN_REPORT_MS = 10_000;

/**
 * Claims and executes runs until the signal or, with `once`, until one is done; answers with how many were. Starts by
 * cleaning up after a runner that died here: reports that wait are sent, half-done runs are abandoned to their lease.
 * Throws AppError `runner_refused`, and with `once` whatever keeps a claim or report from reaching the control plane.
 */
export async function serveRuns(context: ServeContext): Promise<{ runs: number }> {
  const { settings, logger, signal } = context;
  await recoverWorkDir(context);
  let runs = 0;
  let pauseMs = settings.pollMs;
  while (!signal.aborted) {
    const isReported = await sendPending(context);
    if (settings.once && !isReported)
      throw new AppError("report_not_sent", "a report could not be sent; it is kept for the next start", {
        retry: "later",
      });
    if (settings.once && runs > 0) break;
    try {
      const run = isReported ? await claim(context) : null;
      if (run !== null) {
        pauseMs = settings.pollMs;
        await executeRun(context, run);
        runs += 1;
        continue;
      }
      if (settings.once) break;
      pauseMs = settings.pollMs;
    } catch (error) {
      if (signal.aborted) break;
      if (settings.once || !(error instanceof AppError) || error.code === "runner_refused") throw error;
      logger.log("warn", "runner.claim_failed", { detail: messageOf(error) });
      pauseMs = typeof error.retry === "object" ? error.retry.afterMs : Math.min(pauseMs * 2, LONGEST_POLL_MS);
    }
    await sleep(pauseMs, undefined, { signal }).catch(() => {});
  }
  return { runs };
}

async function recoverWorkDir({ ports, workDir, logger }: ServeContext): Promise<void> {
  const runs = await workDir.listRuns();
  const abandoned = runs.filter((run) => !run.hasReport);
  for (const run of runs) await ports.shell.endLeftovers(run.runId);
  for (const run of abandoned) logger.log("warn", "runner.run_abandoned", { runId: run.runId });
  const runDirs = abandoned.map((run) => workDir.runDir(run.runId));
  await ports.git.cleanUp({ mirrorsDir: workDir.mirrorsDir, runDirs, removeLocks: true });
}

/** Sends every report on disk; false when one could not be. */
async function sendPending(context: ServeContext): Promise<boolean> {
  const { ports, workDir, logger, signal } = context;
  const pending = (await workDir.listRuns()).filter((run) => run.hasReport);
  let isAllSent = true;
  for (const { runId } of pending) {
    const isSent = await sendReport(
      { controlPlane: ports.controlPlane, git: ports.git, workDir, logger },
      runId,
      REPORT_ATTEMPTS,
      signal,
    );
    isAllSent &&= isSent;
  }
  return isAllSent;
}

function claim({ ports, settings, signal }: ServeContext): Promise<ClaimedRun | null> {
  const { runnerId, profiles, repositories } = settings;
  return ports.controlPlane.claim(
    { runnerId, profiles: [...profiles], repositories: repositories ? [...repositories] : null },
    signal,
  );
}

/** Executes one run and leaves its report on disk, to be sent; nothing is left of a run that was dropped. */
async function executeRun(context: ServeContext, run: ClaimedRun): Promise<void> {
  const { ports, workDir, logger } = context;
  const runDir = workDir.runDir(run.runId);
  logger.log("info", "runner.claimed", {
    runId: run.runId,
    repository: run.repository,
    attempt: run.attempt,
    profile: run.profile,
  });
  await forgetRun({ git: ports.git, workDir }, run.runId);
  await mkdir(runDir, { recursive: true, mode: 0o700 });
  await workDir.writeGitConfig();

  const report = await reportRun(context, run, runDir);
  if (report === null) return forgetRun({ git: ports.git, workDir }, run.runId);
  await workDir.saveReport({ token: run.token, report });
  if (context.signal.aborted) {
    const send = { controlPlane: ports.controlPlane, git: ports.git, workDir, logger };
    await sendReport(send, run.runId, 2, AbortSignal.timeout(SHUTDOWN_REPORT_MS));
  }
}

/** null for a run that the control plane took back. */
async function reportRun(context: ServeContext, run: ClaimedRun, runDir: string): Promise<RunReport | null> {
  const { ports, workDir, settings, logger, signal } = context;
  const secrets = [...ports.codingCli.secrets, { name: "run token", value: run.token }];
  if (run.clone.readToken !== null) secrets.push({ name: "read token", value: run.clone.readToken });
  const log = createRunLog(secrets);
  const ending = new AbortController();
  const onShutdown = () => ending.abort(signal.reason);
  signal.addEventListener("abort", onShutdown, { once: true });
  const heart = startHeart({ controlPlane: ports.controlPlane, run, log, logger }, (reason) => ending.abort(reason));
  const runContext = {
    ports,
    runDir,
    mirrorsDir: workDir.mirrorsDir,
    limits: settings.limits,
    log,
    onPhase(phase: string) {
      logger.log("info", "runner.phase", { runId: run.runId, phase });
      heart.setPhase(phase);
    },
    signal: ending.signal,
  };
  try {
    return await runWorker(runContext, run);
  } catch (error) {
    if (!ending.signal.aborted) throw error;
    if (ending.signal.reason instanceof RunDropped) {
      logger.log("warn", "runner.run_dropped", { runId: run.runId, detail: ending.signal.reason.message });
      return null;
    }
    return reportOf(runContext, run, { outcome: "environment_fault", detail: "the runner was shut down" });
  } finally {
    signal.removeEventListener("abort", onShutdown);
    await heart.stop();
  }
}
