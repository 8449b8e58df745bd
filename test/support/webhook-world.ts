import type { Config } from "../../lib/config/read-config.ts";
import { readConfig } from "../../lib/config/read-config.ts";
import type { RawQuery } from "../../lib/db/database.ts";
import type { Source } from "../../lib/intake/model.ts";
import { silentLogger } from "../../lib/runtime/logger.ts";
import type { Door } from "../../lib/wiring/lazy-door.ts";
import { createWebhooksDoor } from "../../lib/wiring/webhooks.ts";
import { composeEventAlert, eventAlertHeaders, eventIdOf } from "./event-alert.ts";
import { SECRET, signedHeaders } from "./sign-delivery.ts";

export const GLITCHTIP_TOKEN = "glitchtip-token-of-the-tests";
export const LEGACY_TOKEN = "legacy-plugin-token-of-the-tests";
const PEM = "-----BEGIN PRIVATE KEY-----\nof no use\n-----END PRIVATE KEY-----";

/** Settings of a door that takes deliveries from Sentry, GlitchTip, GitHub and Vercel, all signed with the tests' secret. */
export function webhookConfig(changes: Record<string, string> = {}): Config {
  const read = readConfig({
    SENTRY_CLIENT_SECRET: SECRET,
    SENTRY_WEBHOOK_TOKEN: LEGACY_TOKEN,
    GLITCHTIP_URL: "https://glitchtip.example",
    GLITCHTIP_AUTH_TOKEN: "glitchtip-auth-token",
    GLITCHTIP_WEBHOOK_TOKEN: GLITCHTIP_TOKEN,
    GITHUB_APP_ID: "1",
    GITHUB_APP_PRIVATE_KEY: PEM,
    GITHUB_WEBHOOK_SECRET: SECRET,
    GITHUB_REPOSITORY: "acme/shop",
    VERCEL_TOKEN: "vercel-token",
    VERCEL_PROJECT_ID: "prj_shop",
    VERCEL_WEBHOOK_SECRET: SECRET,
    ...changes,
  });
  if (!read.ok) throw new Error(read.faults.join("; "));
  return read.config;
}

export interface Answer {
  status: number;
  headers: Headers;
  body: {
    outcome?: string;
    deliveryId?: string;
    incidentId?: string;
    reason?: string;
    error?: { code: string; message: string; requestId: string };
  };
}

/** Knocks at a door as a sender does. */
export async function post(
  door: Door,
  path: string,
  body: BodyInit,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const request = new Request(`https://patchpilot.example/api/webhooks/${path}`, { method: "POST", body, headers });
  const response = await door.fetch(request);
  return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) };
}

/** Sends a body that its source vouches for. */
export function send(door: Door, source: Source, body: string, headers: Record<string, string> = {}): Promise<Answer> {
  const path = source === "glitchtip" ? `glitchtip/${GLITCHTIP_TOKEN}` : source;
  return post(door, path, body, { "content-type": "application/json", ...signedHeaders(source, body), ...headers });
}

/** Sends one event of one Sentry issue; the same numbers are the same delivery. */
export function sendAlert(door: Door, event: number, issue: number): Promise<Answer> {
  const body = composeEventAlert({ eventId: eventIdOf(event), issueId: String(issue) });
  return post(door, "sentry", body, eventAlertHeaders(body, SECRET));
}

/** A door, and how many statements it has sent to the database. */
export function openDoor(query: RawQuery, config = webhookConfig()): { door: Door; statements: () => number } {
  let statements = 0;
  const counting: RawQuery = (text, params) => {
    statements += 1;
    return query(text, params);
  };
  return { door: createWebhooksDoor(config, counting, silentLogger), statements: () => statements };
}
