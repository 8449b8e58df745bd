import type { Database, Executor } from "../db/database.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Clock } from "../kernel/clock.ts";
import type { JobId } from "../kernel/ids.ts";
import type { NewId } from "./ids.ts";
import type { Logger } from "./logger.ts";

/** The job that a verb works for; its effects are committed together with its `job_runs` row. */
export interface RunningJob {
  readonly id: JobId;
  readonly name: string;
  /** Set by the one transaction that a job may commit. */
  isCommitted: boolean;
  /** Writes the row that makes a second commit of the same job fail. */
  markDone(tx: Executor): Promise<void>;
}

/** What every verb is handed: the machine it runs on, and in whose name. */
export interface Context {
  readonly db: Database;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly actor: Actor;
  readonly log: Logger;
  readonly job: RunningJob | null;
}
