import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import pg from "pg";
import { openPg } from "../../../lib/db/open-pg.ts";
import { composeStoredSignal } from "../../../lib/intake/compose-stored-signal.ts";
import { readSentry } from "../../../lib/intake/read-sentry.ts";
import type { Door } from "../../../lib/wiring/lazy-door.ts";
import { createWebhooksDoor } from "../../../lib/wiring/webhooks.ts";
import { SECRET } from "../../support/sign-delivery.ts";
import { webhookConfig } from "../../support/webhook-world.ts";

/**
 * One of the servers that `ack` compares, in a process of its own. Arguments: which one, and the
 * database. Tells its parent the port, and, asked, how many statements it has sent.
 */
const [, , mode = "", databaseUrl = ""] = process.argv;
let statements = 0;

function isSigned(body: Buffer, signature: string): boolean {
  const expected = createHmac("sha256", SECRET).update(body).digest();
  const given = Buffer.from(signature, "hex");
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** The least that takes an alert in: HMAC by node:crypto over the raw bytes, parsed once, read in our words; then `store`. */
function createBaseline(
  store: (delivery: Extract<ReturnType<typeof readSentry>, { outcome: "accepted" }>) => unknown,
): Door {
  const app = new Hono();
  app.post("/api/webhooks/sentry", async (c) => {
    const body = Buffer.from(await c.req.arrayBuffer());
    if (!isSigned(body, c.req.header("sentry-hook-signature") ?? "")) return c.json({ outcome: "rejected" }, 401);
    const delivery = readSentry(c.req.raw.headers, JSON.parse(body.toString("utf8")));
    if (delivery.outcome !== "accepted") return c.json({ outcome: delivery.outcome }, 400);
    await store(delivery);
    return c.json({ outcome: "accepted" }, 202);
  });
  return app;
}

const INSERT = `insert into deliveries (id, project_id, source, dedupe_key, resource, outcome, reason, signal, incident_id, received_at)
  values ($1, 'prj_default000', 'sentry', $2, $3, 'accepted', $4, $5::jsonb, $6, $7) on conflict do nothing`;

/** Stores the row that our door stores of an alert in a storm, by one prepared statement a delivery. */
function createInsertBaseline(): Door {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 10 });
  return createBaseline(async ({ deliveryKey, resource, reason, signal }) => {
    statements += 1;
    const id = `dlv_${createHash("sha256").update(deliveryKey).digest("hex").slice(0, 26)}`;
    const incidentId = signal.kind === "alert" ? `inc_${signal.issueId}` : null;
    const values = [
      id,
      deliveryKey,
      resource,
      reason,
      JSON.stringify(composeStoredSignal(signal, { withExcerpt: false })),
      incidentId,
      new Date(),
    ];
    await pool.query({ name: "insert", text: INSERT, values });
  });
}

function createDoor(): Door {
  const database = openPg(databaseUrl);
  return createWebhooksDoor(webhookConfig(), (text, params) => {
    statements += 1;
    return database.query(text, params);
  });
}

const SERVERS: Record<string, () => Door> = {
  verify: () => createBaseline(() => {}),
  insert: createInsertBaseline,
  door: createDoor,
};

const door = SERVERS[mode]?.();
if (!door) throw new Error(`ack-server: ${mode} is none of ${Object.keys(SERVERS).join(", ")}`);
process.on("message", () => process.send?.({ statements }));
process.on("disconnect", () => process.exit());
serve({ fetch: (request) => door.fetch(request), port: 0, hostname: "127.0.0.1" }, ({ port }: AddressInfo) => {
  process.send?.({ port });
});
