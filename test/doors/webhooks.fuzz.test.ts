import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createWebhooksApp } from "../../lib/http/webhooks-app.ts";
import type { ReceiveInput } from "../../lib/intake/index.ts";
import type { Source } from "../../lib/intake/model.ts";
import { systemClock } from "../../lib/runtime/clock.ts";
import { newId } from "../../lib/runtime/ids.ts";
import type { Logger, LogLevel } from "../../lib/runtime/logger.ts";
import { SECRET, signedHeaders } from "../support/sign-delivery.ts";

/** Over all routes; issue-sized fuzzing of this door, in one process. */
const RUNS = 100_000;
const TOKEN = "t".repeat(32);
const SOURCES = ["sentry", "vercel", "github", "telegram", "slack", "glitchtip"] as const satisfies readonly Source[];

const errors: string[] = [];
const log: Logger = {
  log(level: LogLevel, event, fields) {
    if (level === "error") errors.push(`${event} ${JSON.stringify(fields)}`);
  },
};
const received: ReceiveInput[] = [];
const known = { secret: SECRET, addressToken: TOKEN };
const app = createWebhooksApp({
  log,
  clock: systemClock,
  newId,
  projectId: "prj_fuzz000000",
  facts: { environment: "production", sourceProject: null, repository: "acme/shop", vercelProjectId: null },
  secrets: { sentry: known, vercel: known, github: known, telegram: known, slack: known, glitchtip: known },
  countRefusal: async () => null,
  async receive(input) {
    received.push(input);
    return { outcome: "accepted", deliveryId: "dlv_1", reason: input.delivery.reason };
  },
});

const rejections: unknown[] = [];
const note = (reason: unknown) => rejections.push(reason);
beforeAll(() => void process.on("unhandledRejection", note));
afterAll(() => void process.off("unhandledRejection", note));

const name = fc.constantFrom(
  "action",
  "data",
  "event",
  "issue",
  "error",
  "installation",
  "uuid",
  "id",
  "issue_id",
  "event_id",
  "title",
  "level",
  "tags",
  "type",
  "payload",
  "deployment",
  "meta",
  "target",
  "project",
  "createdAt",
  "pull_request",
  "comment",
  "repository",
  "sender",
  "full_name",
  "number",
  "state",
  "head",
  "ref",
  "sha",
  "text",
  "attachments",
  "title_link",
  "update_id",
  "exception",
  "values",
  "stacktrace",
  "frames",
  "filename",
  "lineno",
  "request",
  "headers",
  "user",
  "resource",
  "alias",
  "sections",
  "release",
  "url",
  "metric_alert",
  "alert_rule",
  "comment_id",
  "group_id",
  "root_cause",
  "steps",
  "pull_requests",
  "alerts",
  "startedAt",
);
const leaf = fc.oneof(
  fc.constantFrom(
    "created",
    "triggered",
    "resolved",
    "closed",
    "opened",
    "production",
    "error",
    "deployment.ready",
    "critical",
    "root_cause_completed",
    "observability.error-anomaly",
    "acme/shop",
    "GlitchTip Alert (9 issues)",
  ),
  fc.string({ maxLength: 20 }),
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
);
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, depthSize: "small" },
    leaf,
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(name, tie("value"), { maxKeys: 6 }),
  ),
})).value;
const body = fc.oneof(
  json.map((value) => JSON.stringify(value) ?? ""),
  fc.string({ maxLength: 200 }),
  fc.string({ unit: "binary", maxLength: 60 }),
);
const headerValue = fc.string({ unit: fc.constantFrom(..."abcdef0123456789=, ;/+-_.".split("")), maxLength: 40 });
const headers = fc.dictionary(
  fc.constantFrom(
    "sentry-hook-resource",
    "sentry-hook-signature",
    "x-vercel-signature",
    "x-github-event",
    "x-github-delivery",
    "x-hub-signature-256",
    "x-slack-signature",
    "x-slack-request-timestamp",
    "x-telegram-bot-api-secret-token",
    "content-type",
    "content-encoding",
  ),
  headerValue,
  { maxKeys: 5 },
);
const resource = fc.constantFrom(
  "event_alert",
  "issue",
  "error",
  "comment",
  "installation",
  "metric_alert",
  "seer",
  "pull_request",
  "issues",
  "issue_comment",
  "push",
  "ping",
);

async function post(source: Source, text: string, given: Record<string, string>): Promise<Response> {
  const path = source === "glitchtip" ? `glitchtip/${given["content-type"] === "x" ? "wrong" : TOKEN}` : source;
  return app.fetch(
    new Request(`http://localhost/api/webhooks/${path}`, { method: "POST", headers: given, body: text }),
  );
}

it.each(SOURCES)(
  "%s: whatever arrives, no 500, nothing unhandled, and nothing is stored that was not verified",
  { timeout: 300_000 },
  async (source) => {
    await fc.assert(
      fc.asyncProperty(body, headers, resource, fc.boolean(), async (text, extra, kind, isSigned) => {
        received.length = 0;
        const vouched = isSigned
          ? {
              ...signedHeaders(source, text, SECRET, Math.floor(Date.now() / 1_000)),
              "sentry-hook-resource": kind,
              "x-github-event": kind,
              "x-github-delivery": "d",
            }
          : extra;
        const answer = await post(source, text, { "content-type": "application/json", ...vouched });
        expect([202, 400, 401, 413, 415]).toContain(answer.status);
        const isVouched = isSigned || source === "glitchtip";
        if (!isVouched) expect(received).toEqual([]);
        if (answer.status !== 202) expect(received).toEqual([]);
      }),
      { numRuns: Math.ceil(RUNS / SOURCES.length) },
    );
    expect(errors).toEqual([]);
    expect(rejections).toEqual([]);
  },
);
