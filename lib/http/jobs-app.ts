import type { ContentfulStatusCode } from "hono/utils/http-status";
import * as z from "zod";
import type { JobOutcome } from "../jobs/model.ts";
import { isId, type JobId } from "../kernel/ids.ts";
import { type App, type AppContext, type AppOptions, createApp, noteFields } from "./app.ts";
import { respondError } from "./respond-error.ts";

export interface JobsOutside extends AppOptions {
  /** Whether the broker signed this body for this path of ours. */
  isFromBroker(input: { signature: string | null; body: string; path: string }): Promise<boolean>;
  runJob(id: JobId): Promise<JobOutcome | { type: "busy" } | { type: "early"; runAt: Date }>;
  /** Hands follow-up jobs to the broker before the answer is given. */
  publishDueJobs(): Promise<unknown>;
}

const bodySchema = z.object({ jobId: z.string() });
/** QStash's word for "never again": the message goes to its dead letters at once. */
const NON_RETRYABLE = 489 as ContentfulStatusCode;
const BUSY_RETRY_SECONDS = 15;

/** The broker's door: runs one job by its id and answers so that the broker does the right thing next. */
export function createJobsApp(outside: JobsOutside): App {
  const app = createApp(outside);
  app.post("/api/jobs/:name", async (c) => {
    const body = await c.req.text();
    const signature = c.req.header("upstash-signature") ?? null;
    if (!(await outside.isFromBroker({ signature, body, path: c.req.path }))) {
      return respondError(c, {
        status: 401,
        code: "unauthorized",
        message: "not signed by the broker for this address",
        retryAfterSeconds: null,
      });
    }
    const id = readJobId(body);
    if (id === null) return dead(c, "the body names no job");
    noteFields(c, { jobId: id });
    const outcome = await outside.runJob(id);
    await outside.publishDueJobs();
    return answer(outside, c, outcome);
  });
  return app;
}

function readJobId(body: string): JobId | null {
  try {
    const { jobId } = bodySchema.parse(JSON.parse(body));
    return isId("job", jobId) ? jobId : null;
  } catch {
    return null;
  }
}

function answer(outside: JobsOutside, c: AppContext, outcome: Awaited<ReturnType<JobsOutside["runJob"]>>): Response {
  noteFields(c, { outcome: outcome.type });
  const again = (status: ContentfulStatusCode, seconds: number | null) => {
    if (seconds !== null) c.header("Retry-After", String(Math.max(1, Math.ceil(seconds))));
    return c.json({ outcome: outcome.type }, status);
  };
  switch (outcome.type) {
    case "done":
      return c.json({ outcome: "done" });
    case "dead":
      return dead(c, outcome.reason);
    case "retry":
      return again(500, outcome.afterMs === undefined ? null : outcome.afterMs / 1_000);
    case "busy":
      return again(503, BUSY_RETRY_SECONDS);
    case "early":
      return again(503, (outcome.runAt.getTime() - outside.clock.now().getTime()) / 1_000);
  }
}

function dead(c: AppContext, reason: string): Response {
  c.header("Upstash-NonRetryable-Error", "true");
  return c.json({ outcome: "dead", reason }, NON_RETRYABLE);
}
