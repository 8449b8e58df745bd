import type { Context } from "../runtime/context.ts";
import type { JobName, JobPayload } from "./catalog.ts";

/** How a job ended. `retry` without `afterMs` waits by the broker's own schedule. */
export type JobOutcome =
  | { type: "done" }
  /** `isFree`: waiting as a provider asked (its rate limit) is no failed attempt. */
  | { type: "retry"; reason: string; afterMs?: number; isFree?: boolean }
  | { type: "dead"; reason: string };

export const DONE: JobOutcome = { type: "done" };

export type JobHandler<N extends JobName> = (ctx: Context, payload: JobPayload<N>) => Promise<JobOutcome>;

/** One handler for every job of the catalog: a missing one does not compile. */
export type JobHandlers = { readonly [N in JobName]: JobHandler<N> };
