import { bodyLimit } from "hono/body-limit";
import * as z from "zod";
import {
  type ClaimedRun,
  type ClaimRequest,
  claimRequestSchema,
  heartbeatRequestSchema,
  type RunReport,
  runReportSchema,
} from "../repair/model.ts";
import { type App, type AppContext, type AppOptions, createApp, noteFields } from "./app.ts";
import { bearerMatches, readBearer } from "./auth.ts";
import { respondError } from "./respond-error.ts";

export interface RunnerOutside extends AppOptions {
  /** What runners prove themselves with, or null: then none is let in. */
  runnerToken: string | null;
  /** Judges a GitHub Actions OIDC token, or null where none is taken. */
  judgeWorkflow: ((token: string) => Promise<WorkflowReading>) | null;
  claim(request: ClaimRequest): Promise<ClaimedRun | null>;
  heartbeat(input: {
    runId: string;
    token: string;
    phase: string;
    handBack: boolean;
  }): Promise<{ known: false } | { known: true; continue: boolean; reason: string | null }>;
  report(input: { token: string; report: RunReport }): Promise<{ known: false } | { known: true; isFirst: boolean }>;
  /** The single-file runner, or null where it was not built. */
  readRunnerFile(): Promise<string | null>;
}

/** Who a workflow's token proves to be, or why it is not let in. */
export type WorkflowReading = { ok: true; runnerId: string } | { ok: false; reason: string };

/** A diff of 2 MB and its logs, as JSON. */
const MAX_REPORT_BYTES = 4 * 1024 * 1024;

/** The runners' door: claim with the runner token or a workflow's OIDC token, then heartbeat and report with the run's own. */
export function createRunnerApp(outside: RunnerOutside): App {
  const app = createApp(outside);
  app.use("/api/runner/*", bodyLimit({ maxSize: MAX_REPORT_BYTES }));
  app.post("/api/runner/claim", async (c) => {
    const proof = await readProof(c.req.header("authorization"), outside);
    if (!proof.ok) return unauthorized(c, proof.reason);
    const read = await readBody(c, claimRequestSchema);
    if (read instanceof Response) return read;
    const request = { ...read, runnerId: proof.runnerId ?? read.runnerId };
    const run = await outside.claim(request);
    noteFields(c, { runnerId: request.runnerId, runId: run?.runId ?? null });
    return run === null ? c.body(null, 204) : c.json(run);
  });
  app.post("/api/runner/heartbeat", async (c) => {
    const token = readBearer(c.req.header("authorization"));
    if (token === null) return unauthorized(c);
    const request = await readBody(c, heartbeatRequestSchema);
    if (request instanceof Response) return request;
    const answer = await outside.heartbeat({
      runId: request.runId,
      token,
      phase: request.phase,
      handBack: request.handBack,
    });
    return answer.known ? c.json({ continue: answer.continue, reason: answer.reason }) : unauthorized(c);
  });
  app.post("/api/runner/report", async (c) => {
    const token = readBearer(c.req.header("authorization"));
    if (token === null) return unauthorized(c);
    const report = await readBody(c, runReportSchema);
    if (report instanceof Response) return report;
    const answer = await outside.report({ token, report });
    noteFields(c, { runId: report.runId, outcome: report.outcome });
    return answer.known ? c.json({ outcome: answer.isFirst ? "accepted" : "duplicate" }, 202) : unauthorized(c);
  });
  app.get("/runner.mjs", async (c) => {
    const text = await outside.readRunnerFile();
    if (text === null) {
      return respondError(c, {
        status: 404,
        code: "not_found",
        message: "the runner was not built: npm run build",
        retryAfterSeconds: null,
      });
    }
    return c.body(text, 200, { "Content-Type": "text/javascript; charset=utf-8" });
  });
  return app;
}

/** A JSON Web Token has three parts; a runner token is whatever the operator chose. */
const TOKEN_OF_THREE_PARTS = /^[\w-]+\.[\w-]+\.[\w-]+$/;
const NOT_GOOD = "the token is not good for this";

async function readProof(
  header: string | undefined,
  { runnerToken, judgeWorkflow }: RunnerOutside,
): Promise<{ ok: true; runnerId: string | null } | { ok: false; reason: string }> {
  if (await bearerMatches(header, runnerToken)) return { ok: true, runnerId: null };
  const token = readBearer(header);
  if (token === null || judgeWorkflow === null || !TOKEN_OF_THREE_PARTS.test(token)) {
    return { ok: false, reason: NOT_GOOD };
  }
  return judgeWorkflow(token);
}

function unauthorized(c: AppContext, message = NOT_GOOD): Response {
  return respondError(c, {
    status: 401,
    code: "unauthorized",
    message,
    retryAfterSeconds: null,
  });
}

async function readBody<S extends z.ZodType>(c: AppContext, schema: S): Promise<z.infer<S> | Response> {
  let json: unknown;
  try {
    json = await c.req.json();
  } catch {
    return respondError(c, {
      status: 400,
      code: "bad_request",
      message: "the body is not JSON",
      retryAfterSeconds: null,
    });
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  return respondError(c, {
    status: 400,
    code: "bad_request",
    message: z.prettifyError(parsed.error),
    retryAfterSeconds: null,
  });
}
