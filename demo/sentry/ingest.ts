import type { Hono } from "hono";
import * as z from "zod";
import type { Log } from "../kit/serve.ts";
import { type SessionBucket, sdkEventSchema } from "./model.ts";
import { normalizeEvent } from "./normalize-event.ts";
import type { Notifier } from "./notify.ts";
import { decompress, type EnvelopeItem, readEnvelope } from "./read-envelope.ts";
import { readTransaction } from "./read-transaction.ts";
import type { SentryState } from "./state.ts";

const attrsSchema = z.looseObject({ release: z.string().nullish(), environment: z.string().nullish() });
const aggregatesSchema = z.looseObject({
  attrs: attrsSchema,
  aggregates: z.array(
    z.looseObject({
      started: z.string(),
      exited: z.number().optional(),
      errored: z.number().optional(),
      crashed: z.number().optional(),
      abnormal: z.number().optional(),
    }),
  ),
});
const sessionSchema = z.looseObject({
  sid: z.string(),
  init: z.boolean().optional(),
  started: z.string(),
  status: z.string().optional(),
  errors: z.number().optional(),
  attrs: attrsSchema,
});

/** `POST /api/{project}/envelope/`: what SDKs talk to (Relay). Answers `{"id": event id}`. */
export function mountIngest(app: Hono, deps: { state: SentryState; notifier: Notifier; log: Log }): void {
  const { state, log } = deps;
  const failedSessions = new Set<string>();
  app.post("/api/:projectId/envelope/", async (c) => {
    const key = sentryKey(c.req.query("sentry_key"), c.req.header("x-sentry-auth"));
    if (key === null) return c.json({ detail: "missing authorization information", causes: [] }, 401);
    if (key !== state.identity.publicKey || c.req.param("projectId") !== state.identity.projectId) {
      return c.json({ detail: "event submission rejected with_reason: ProjectId", causes: [] }, 403);
    }
    try {
      const body = decompress(Buffer.from(await c.req.arrayBuffer()), c.req.header("content-encoding"));
      const envelope = readEnvelope(body);
      for (const item of envelope.items) takeItem(item, deps, failedSessions);
      const id = envelope.header.event_id;
      return c.json(typeof id === "string" ? { id } : {});
    } catch (cause) {
      log("sentry envelope refused", { reason: String(cause) });
      return c.json({ detail: "bad envelope", causes: [cause instanceof Error ? cause.message : "unreadable"] }, 400);
    }
  });
}

function sentryKey(query: string | undefined, header: string | undefined): string | null {
  return query ?? /sentry_key=([0-9a-f]+)/.exec(header ?? "")?.[1] ?? null;
}

function takeItem(
  item: EnvelopeItem,
  deps: { state: SentryState; notifier: Notifier },
  failedSessions: Set<string>,
): void {
  const parsed: unknown = item.type === "attachment" ? null : JSON.parse(item.payload.toString("utf8"));
  switch (item.type) {
    case "event": {
      const receivedMs = Date.now();
      const event = normalizeEvent(sdkEventSchema.parse(parsed), receivedMs, item.payload.length);
      deps.notifier.afterEvent(deps.state.ingest(event), receivedMs);
      break;
    }
    case "transaction":
      deps.state.addSpans(readTransaction(parsed, Date.now()));
      break;
    case "sessions":
      deps.state.addSessions(aggregateBuckets(aggregatesSchema.parse(parsed)), Date.now());
      break;
    case "session":
      deps.state.addSessions(sessionBuckets(sessionSchema.parse(parsed), failedSessions), Date.now());
      break;
    // Client reports, profiles, logs and check-ins are taken and not kept.
    default:
      break;
  }
}

function aggregateBuckets({ attrs, aggregates }: z.infer<typeof aggregatesSchema>): SessionBucket[] {
  return aggregates.map((one) => {
    const { exited = 0, errored = 0, crashed = 0, abnormal = 0 } = one;
    return {
      ...bucketOf(one.started, attrs),
      total: exited + errored + crashed + abnormal,
      errored,
      crashed,
      abnormal,
    };
  });
}

// One session is updated many times: it counts with `init`, and as failed with its first failing update.
function sessionBuckets(session: z.infer<typeof sessionSchema>, failed: Set<string>): SessionBucket[] {
  const isCrashed = session.status === "crashed";
  const isAbnormal = session.status === "abnormal";
  const isErrored = !isCrashed && !isAbnormal && (session.errors ?? 0) > 0;
  const isNewFailure = (isCrashed || isAbnormal || isErrored) && !failed.has(session.sid);
  if (isNewFailure) failed.add(session.sid);
  const flag = (value: boolean) => Number(isNewFailure && value);
  return [
    {
      ...bucketOf(session.started, session.attrs),
      total: Number(session.init === true),
      errored: flag(isErrored),
      crashed: flag(isCrashed),
      abnormal: flag(isAbnormal),
    },
  ];
}

function bucketOf(started: string, attrs: z.infer<typeof attrsSchema>) {
  const ms = Date.parse(started);
  if (Number.isNaN(ms)) throw new Error("session has no valid start");
  return {
    minuteMs: Math.floor(ms / 60_000) * 60_000,
    release: attrs.release ?? null,
    environment: attrs.environment ?? null,
  };
}
