/** One file that breaks one law, with the neighbours it needs. `law` is the rule's name in .dependency-cruiser.cjs. */
export interface Breach {
  law: string;
  file: string;
  source: string;
}

/** What the breaking and the honest files import. Nothing in here breaks a law by itself. */
export const NEIGHBOURS: Record<string, string> = {
  "lib/kernel/errors.ts": "export const errors = 1;",
  "lib/runtime/outbound.ts": "export const outbound = 1;",
  "lib/config/env.ts": "export const env = 1;",
  "lib/db/client.ts": 'import { Pool } from "pg";\nexport const client = Pool;',
  "lib/db/schema/index.ts": 'import { pgTable } from "drizzle-orm/pg-core";\nexport const incidents = pgTable;',
  "lib/jobs/outbox.ts": "export const enqueue = 1;",
  "lib/jobs/catalog.ts": 'import * as z from "zod";\nexport const catalog = z;',
  "lib/http/app.ts": 'import { Hono } from "hono";\nexport const app = new Hono();',
  "lib/adapters/sentry/index.ts":
    'import { outbound } from "../../runtime/outbound.ts";\nexport const sentry = outbound;',
  "lib/wiring/parts.ts": 'import { sentry } from "../adapters/sentry/index.ts";\nexport const parts = sentry;',
  "lib/incidents/index.ts": "export const openIncident = 1;",
  "lib/llm/index.ts": "export const askModel = 1;",
  "lib/llm/store.ts": 'import { sql } from "drizzle-orm";\nexport const ledger = sql;',
  "lib/triage/index.ts": "export const triageIncident = 1;\nexport type Triage = number;",
  "lib/triage/ports.ts": "export type Rates = number;",
  "lib/triage/model.ts": 'import * as z from "zod";\nexport const triage = z;\nexport type Triage = number;',
  "lib/triage/decide-triage.ts": 'import { errors } from "../kernel/errors.ts";\nexport const decideTriage = errors;',
  "lib/triage/triage-incident.ts": "export const triageIncident = 1;",
  "lib/triage/store.ts":
    'import { sql } from "drizzle-orm";\nimport { incidents } from "../db/schema/index.ts";\nexport const s = [sql, incidents];',
  "api/webhooks.js": "export default 1;",
  "cli/main.ts": "export const main = 1;",
  "cron/sweep.ts": "export const sweep = 1;",
};

/** At least one breach of every law. */
export const BREACHES: Breach[] = [
  { law: "no-cycles", file: "lib/repair/one.ts", source: 'import { two } from "./two.ts";\nexport const one = two;' },
  {
    law: "no-cycles",
    file: "lib/repair/two.ts",
    source: 'import type { one } from "./one.ts";\nexport const two: typeof one = 1;',
  },
  {
    law: "kernel-knows-nobody",
    file: "lib/kernel/hash.ts",
    source: 'import { createHash } from "node:crypto";\nexport const h = createHash;',
  },
  {
    law: "kernel-knows-nobody",
    file: "lib/kernel/shape.ts",
    source: 'import type { Triage } from "../triage/model.ts";\nexport type Shape = Triage;',
  },
  {
    law: "pure-files-stay-pure",
    file: "lib/triage/decide-late.ts",
    source: 'import { triageIncident } from "./triage-incident.ts";\nexport const late = triageIncident;',
  },
  {
    law: "pure-files-stay-pure",
    file: "lib/triage/rank-files.ts",
    source: 'import { readFileSync } from "node:fs";\nexport const rank = readFileSync;',
  },
  {
    law: "pure-files-stay-pure",
    file: "lib/recovery/statistics.ts",
    source: 'import { enqueue } from "../jobs/outbox.ts";\nexport const tail = enqueue;',
  },
  {
    law: "lib-stands-alone",
    file: "lib/jobs/run-demo.ts",
    source: 'import { main } from "../../cli/main.ts";\nexport const run = main;',
  },
  {
    law: "lib-stands-alone",
    file: "lib/jobs/tick.ts",
    source: 'import { sweep } from "../../cron/sweep.ts";\nexport const tick = sweep;',
  },
  {
    law: "wiring-takes-only-schedules",
    file: "lib/wiring/cli.ts",
    source: 'import { main } from "../../cli/main.ts";\nexport const run = main;',
  },
  {
    law: "nobody-imports-a-door",
    file: "cli/start.ts",
    source: 'import door from "../api/webhooks.js";\nexport const start = door;',
  },
  {
    law: "stages-speak-by-jobs",
    file: "lib/repair/start-run.ts",
    source: 'import { triageIncident } from "../triage/index.ts";\nexport const startRun = triageIncident;',
  },
  {
    law: "stages-speak-by-jobs",
    file: "lib/incidents/merge-incidents.ts",
    source: 'export const merge = () => import("../triage/decide-triage.ts");',
  },
  {
    law: "rooms-have-a-front-door",
    file: "lib/jobs/peek.ts",
    source: 'import { s } from "../triage/store.ts";\nexport const peek = s;',
  },
  {
    law: "rooms-have-a-front-door",
    file: "cli/peek.ts",
    source:
      'import type { triageIncident } from "../lib/triage/triage-incident.ts";\nexport type Verb = typeof triageIncident;',
  },
  {
    law: "rooms-import-no-vendor",
    file: "lib/alerts/send-mail.ts",
    source: 'import { App } from "@octokit/app";\nexport const send = App;',
  },
  {
    law: "rooms-know-no-edges",
    file: "lib/alerts/send-alert.ts",
    source: 'import { sentry } from "../adapters/sentry/index.ts";\nexport const send = sentry;',
  },
  {
    law: "rooms-know-no-edges",
    file: "lib/alerts/read-setting.ts",
    source: 'import type { env } from "../config/env.ts";\nexport type Env = typeof env;',
  },
  {
    law: "sql-lives-in-stores",
    file: "lib/alerts/list-alerts.ts",
    source: 'import { sql } from "drizzle-orm";\nexport const list = sql;',
  },
  {
    law: "tables-live-in-stores",
    file: "lib/alerts/count-alerts.ts",
    source: 'import { incidents } from "../db/schema/index.ts";\nexport const count = incidents;',
  },
  {
    law: "adapters-know-ports-and-kernel",
    file: "lib/adapters/slack/index.ts",
    source: 'import { client } from "../../db/client.ts";\nexport const slack = client;',
  },
  {
    law: "adapters-know-ports-and-kernel",
    file: "lib/adapters/slack/alert.ts",
    source: 'import type { Triage } from "../../triage/index.ts";\nexport type Alert = Triage;',
  },
  {
    law: "only-wiring-knows-adapters",
    file: "lib/http/proxy.ts",
    source: 'import { sentry } from "../adapters/sentry/index.ts";\nexport const proxy = sentry;',
  },
  {
    law: "only-wiring-calls-verbs",
    file: "lib/jobs/handlers.ts",
    source: 'import { triageIncident } from "../triage/index.ts";\nexport const handlers = triageIncident;',
  },
  {
    law: "wiring-is-on-top",
    file: "lib/http/wired.ts",
    source: 'import { parts } from "../wiring/parts.ts";\nexport const wired = parts;',
  },
  {
    law: "hono-lives-at-the-door",
    file: "lib/adapters/slack/events.ts",
    source: 'import type { Context } from "hono";\nexport type C = Context;',
  },
  {
    law: "only-the-cli-listens",
    file: "lib/http/listen.ts",
    source: 'import { serve } from "@hono/node-server";\nexport const listen = serve;',
  },
  {
    law: "drivers-live-in-db",
    file: "lib/adapters/kv/postgres.ts",
    source: 'import { Pool } from "pg";\nexport const pool = Pool;',
  },
  {
    law: "llm-has-a-front-door",
    file: "lib/repair/spend.ts",
    source: 'import { ledger } from "../llm/store.ts";\nexport const spend = ledger;',
  },
  {
    law: "llm-knows-no-room",
    file: "lib/llm/ask-triage.ts",
    source: 'import type { Triage } from "../triage/model.ts";\nexport type Asked = Triage;',
  },
  {
    law: "model-sdk-lives-in-its-adapter",
    file: "lib/wiring/generate.ts",
    source: 'import { generateText } from "ai";\nexport const generate = generateText;',
  },
  {
    law: "pure-files-stay-pure",
    file: "lib/llm/decide-spend.ts",
    source: 'import { ledger } from "./store.ts";\nexport const spend = ledger;',
  },
  {
    law: "network-lives-in-adapters",
    file: "lib/runtime/ping.ts",
    source: 'import { request } from "node:https";\nexport const ping = request;',
  },
  {
    law: "production-needs-no-dev-package",
    file: "lib/http/sign.ts",
    source: 'import Ajv from "ajv";\nexport const sign = Ajv;',
  },
];

/** Files that go as far as the laws allow: none may be reported. */
export const HONEST: Record<string, string> = {
  "lib/repair/plan-repair.ts":
    'import type { Triage } from "../triage/model.ts";\nimport { openIncident } from "../incidents/index.ts";\nimport { enqueue } from "../jobs/outbox.ts";\nimport { askModel } from "../llm/index.ts";\nimport { createHash } from "node:crypto";\nexport const plan = (t: Triage) => [t, openIncident, enqueue, askModel, createHash];',
  "lib/evals/judge-triage.ts":
    'import { decideTriage } from "../triage/decide-triage.ts";\nexport const judge = decideTriage;',
  "lib/http/pages.ts":
    'import { html } from "hono/html";\nimport type { triageIncident } from "../triage/index.ts";\nimport { decideTriage } from "../triage/decide-triage.ts";\nexport const page = (verb: typeof triageIncident) => [html, decideTriage, verb];',
  "lib/adapters/github/index.ts":
    'import { App } from "@octokit/app";\nimport type { Rates } from "../../triage/ports.ts";\nimport { outbound } from "../../runtime/outbound.ts";\nimport { request } from "node:https";\nexport const github = (r: Rates) => [App, outbound, request, r];',
  "lib/adapters/llm/index.ts": 'import { generateText } from "ai";\nexport const generate = generateText;',
  "lib/wiring/jobs.ts":
    'import { sweep } from "../../cron/sweep.ts";\nimport { triageIncident } from "../triage/index.ts";\nimport { app } from "../http/app.ts";\nimport { env } from "../config/env.ts";\nexport default [sweep, triageIncident, app, env];',
  "cli/serve.ts":
    'import { serve } from "@hono/node-server";\nimport jobs from "../lib/wiring/jobs.ts";\nexport const start = [serve, jobs];',
};
