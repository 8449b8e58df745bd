import { setTimeout as sleep } from "node:timers/promises";
import { AppError, messageOf } from "../kernel/errors.ts";
import type { ClaimedRun } from "../repair/model.ts";
import type { Logger } from "../runtime/logger.ts";
import type { ControlPlane } from "./ports.ts";
import type { RunLog } from "./run-log.ts";

/** The control plane no longer wants this run from this runner: it is dropped without a report. */
export class RunDropped extends Error {}

export interface Heart {
  /** Names the phase of the run and tells it at once. */
  setPhase(phase: string): void;
  stop(): Promise<void>;
}

/** As many characters of a log as a heartbeat may carry. */
export const LOG_TAIL = 16_000;

/**
 * Beats three times a lease, and at every change of phase, never two at a time. `continue: false`, or a run that is no
 * longer ours, calls `onDropped` once. A control plane that cannot be reached stops nothing: it may be back for the report.
 */
export function startHeart(
  input: { controlPlane: ControlPlane; run: ClaimedRun; log: RunLog; logger: Logger },
  onDropped: (reason: RunDropped) => void,
): Heart {
  const { controlPlane, run, log, logger } = input;
  const stopped = new AbortController();
  let phase = "claimed";
  let wake = () => {};

  const beat = async (): Promise<void> => {
    try {
      const request = { runId: run.runId, phase, logTail: log.tail(LOG_TAIL), handBack: false };
      const answer = await controlPlane.heartbeat(run.token, request, stopped.signal);
      if (!answer.continue) onDropped(new RunDropped(answer.reason ?? "the control plane asked to stop"));
    } catch (error) {
      if (stopped.signal.aborted) return;
      if (error instanceof AppError && error.code === "run_not_ours") return onDropped(new RunDropped(error.message));
      logger.log("warn", "runner.heartbeat_failed", { runId: run.runId, detail: messageOf(error) });
    }
  };

  const beating = (async () => {
    while (!stopped.signal.aborted) {
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      await beat();
      const pause = new AbortController();
      await Promise.race([
        woken,
        sleep((run.leaseSeconds * 1_000) / 3, undefined, { signal: pause.signal }).catch(() => {}),
      ]);
      pause.abort();
    }
  })();

  return {
    setPhase(next) {
      phase = next;
      wake();
    },
    async stop() {
      stopped.abort();
      wake();
      await beating;
    },
  };
}
