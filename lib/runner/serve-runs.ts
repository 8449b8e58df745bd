import { mkdir } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { AppError, messageOf } from "../kernel/errors.ts";
import type { ClaimedRun, RunReport, WorkerProfile } from "../repair/model.ts";
import type { Logger } from "../runtime/logger.ts";
import { LOG_TAIL, RunDropped, startHeart } from "./beat-heart.ts";
import type { RunnerPorts } from "./ports.ts";
import type { CommandLimits } from "./prove-patch.ts";
import { createRunLog, type RunLog } from "./run-log.ts";
import { runWorker } from "./run-worker.ts";
import { forgetRun, type SendContext, sendReport } from "./send-report.ts";
import type { WorkDir } from "./work-dir.ts";

export interface ServeSettings {
  runnerId: string;
  profiles: readonly WorkerProfile[];
  /** null takes runs of any repository. */
  repositories: readonly string[] | null;
  /** Takes this run and no other; null: the oldest that waits. */
  runId: string | null;
  /** Ends after one run, or when none waits. */
  once: boolean;
  /** How many runs are executed at a time. */
  concurrency: number;
  pollMs: number;
  /** How long a polite shutdown lets runs finish before it hands them back. */
  finishMs: number;
  limits: CommandLimits;
}

export interface ServeContext {
  ports: RunnerPorts;
  workDir: WorkDir;
  settings: ServeSettings;
  logger: Logger;
  /** Aborted for a polite shutdown: no run is claimed any more, those at work finish in `finishMs` or are handed back. */
  signal: AbortSignal;
}

const LONGEST_POLL_MS = 60_000;
const REPORT_ATTEMPTS = 6;
const HAND_BACK_MS = 10_000;

/** Runs at work, by id. */
type Active = Map<string, Promise<void>>;

/**
 * Claims and executes runs, up to `concurrency` at a time, until the signal or, with `once`, until one is done; answers with
 * how many were. Starts by cleaning up after a runner that died here: reports that wait are sent, half-done runs are
 * abandoned to their lease. Throws AppError `runner_refused`, and with `once` whatever keeps a run, a claim or a report
 * from its end.
 */
export async function serveRuns(context: ServeContext): Promise<{ runs: number }> {
  await recoverWorkDir(context);
  const active: Active = new Map();
  try {
    return { runs: await claimAndExecute(context, active) };
  } finally {
    await Promise.all(active.values());
  }
}

async function claimAndExecute(context: ServeContext, active: Active): Promise<number> {
  const { settings, logger, signal } = context;
  let runs = 0;
  let pauseMs = settings.pollMs;
  while (!signal.aborted) {
    if (active.size >= settings.concurrency) await Promise.race(active.values());
    const isReported = await sendPending(context, active);
    if (settings.once && !isReported)
      throw new AppError("report_not_sent", "a report could not be sent; it is kept for the next start", {
        retry: "later",
      });
    if (settings.once && runs > 0) break;
    try {
      const run = isReported ? await claim(context) : null;
      pauseMs = settings.pollMs;
      if (run !== null) {
        runs += 1;
        await startRun(context, active, run);
        continue;
      }
      if (settings.once) break;
    } catch (error) {
      if (signal.aborted) break;
      if (settings.once || !(error instanceof AppError) || error.code === "runner_refused") throw error;
      logger.log("warn", "runner.claim_failed", { detail: messageOf(error) });
      pauseMs = typeof error.retry === "object" ? error.retry.afterMs : Math.min(pauseMs * 2, LONGEST_POLL_MS);
    }
    await sleep(pauseMs, undefined, { signal }).catch(() => {});
  }
  return runs;
}

/** Lets a claimed run work beside the others; with `once`, waits for it. A bug in one run does not end the service. */
async function startRun(context: ServeContext, active: Active, run: ClaimedRun): Promise<void> {
  const working = executeRun(context, run);
  if (context.settings.once) return working;
  const ended = working
    .catch((error: unknown) => {
      context.logger.log("error", "runner.run_crashed", { runId: run.runId, detail: messageOf(error) });
    })
    .finally(() => active.delete(run.runId));
  active.set(run.runId, ended);
}

async function recoverWorkDir({ ports, workDir, logger }: ServeContext): Promise<void> {
  const runs = await workDir.listRuns();
  const abandoned = runs.filter((run) => !run.hasReport);
  for (const run of runs) await ports.shell.endLeftovers(run.runId);
  for (const run of abandoned) logger.log("warn", "runner.run_abandoned", { runId: run.runId });
  const runDirs = abandoned.map((run) => workDir.runDir(run.runId));
  await ports.git.cleanUp({ mirrorsDir: workDir.mirrorsDir, runDirs, removeLocks: true });
}

/** Sends every report on disk but those of runs at work; false when one could not be. */
async function sendPending(context: ServeContext, active: Active): Promise<boolean> {
  const { workDir, signal } = context;
  const pending = (await workDir.listRuns()).filter((run) => run.hasReport && !active.has(run.runId));
  let isAllSent = true;
  for (const { runId } of pending) {
    const isSent = await sendReport(sendContextOf(context), runId, REPORT_ATTEMPTS, signal);
    isAllSent &&= isSent;
  }
  return isAllSent;
}

const sendContextOf = ({ ports, workDir, logger }: ServeContext): SendContext => ({
  controlPlane: ports.controlPlane,
  git: ports.git,
  workDir,
  logger,
});

function claim({ ports, settings, signal }: ServeContext): Promise<ClaimedRun | null> {
  const { runnerId, profiles, repositories, runId } = settings;
  return ports.controlPlane.claim(
    { runnerId, profiles: [...profiles], repositories: repositories ? [...repositories] : null, runId },
    signal,
  );
}

/** Executes one run and sends its report; nothing is left of a run that was dropped or handed back. */
async function executeRun(context: ServeContext, run: ClaimedRun): Promise<void> {
  const { ports, workDir, logger, signal } = context;
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
  logger.log("info", "runner.phase", { runId: run.runId, phase: "report" });
  await workDir.saveReport({ token: run.token, report });
  await sendReport(sendContextOf(context), run.runId, REPORT_ATTEMPTS, signal);
}

/** null for a run that the control plane took back, or that was handed back to it. */
async function reportRun(context: ServeContext, run: ClaimedRun, runDir: string): Promise<RunReport | null> {
  const { ports, workDir, settings, logger, signal } = context;
  const secrets = [...ports.codingCli.secrets, { name: "run token", value: run.token }];
  if (run.clone.readToken !== null) secrets.push({ name: "read token", value: run.clone.readToken });
  const log = createRunLog(secrets);
  const ending = new AbortController();
  let finishing: NodeJS.Timeout | undefined;
  const onShutdown = () => {
    finishing = setTimeout(() => ending.abort(signal.reason), settings.finishMs);
  };
  if (signal.aborted) onShutdown();
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
    await heart.stop();
    if (ending.signal.reason instanceof RunDropped) {
      logger.log("warn", "runner.run_dropped", { runId: run.runId, detail: ending.signal.reason.message });
    } else {
      await handBack(context, run, log);
    }
    return null;
  } finally {
    clearTimeout(finishing);
    signal.removeEventListener("abort", onShutdown);
    await heart.stop();
  }
}

/** Gives a run back, so that another runner may have it at once. When that fails, its lease does it later. */
async function handBack({ ports, logger }: ServeContext, run: ClaimedRun, log: RunLog): Promise<void> {
  const request = { runId: run.runId, phase: "handed back", logTail: log.tail(LOG_TAIL), handBack: true };
  try {
    await ports.controlPlane.heartbeat(run.token, request, AbortSignal.timeout(HAND_BACK_MS));
    logger.log("info", "runner.handed_back", { runId: run.runId });
  } catch (error) {
    logger.log("warn", "runner.hand_back_failed", { runId: run.runId, detail: messageOf(error) });
  }
}
