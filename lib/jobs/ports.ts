import type { JobId } from "../kernel/ids.ts";

/** Who carries jobs from the outbox back to us. */
export interface Broker {
  /** Hands a job over, to be delivered at `runAt`, and not twice for the same `dedupeId`. Answers the broker's message id. */
  publish(message: { jobId: JobId; name: string; runAt: Date; dedupeId: string }): Promise<string>;
}
