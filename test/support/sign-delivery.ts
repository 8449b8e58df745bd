import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Source } from "../../lib/intake/model.ts";

/** The secret of every delivery that the tests sign. */
export const SECRET = "correct horse battery staple";

const hmac = (hash: "sha1" | "sha256", text: string | Uint8Array, secret: string) =>
  createHmac(hash, secret).update(text).digest("hex");

/** The headers with which a source vouches for `body`; GlitchTip, which cannot sign, gets none. */
export function signedHeaders(
  source: Source,
  body: string,
  secret = SECRET,
  atSeconds = 1_791_234_560,
): Record<string, string> {
  switch (source) {
    case "sentry":
      return { "Sentry-Hook-Signature": hmac("sha256", body, secret) };
    case "vercel":
      return { "x-vercel-signature": hmac("sha1", body, secret) };
    case "github":
      return { "X-Hub-Signature-256": `sha256=${hmac("sha256", body, secret)}` };
    case "slack": {
      const timestamp = String(atSeconds);
      const signature = `v0=${hmac("sha256", `v0:${timestamp}:${body}`, secret)}`;
      return { "X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": signature };
    }
    case "telegram":
      return { "X-Telegram-Bot-Api-Secret-Token": secret };
    case "glitchtip":
      return {};
  }
}

/** A file of test/fixtures as text. */
export function fixtureText(path: string): string {
  return readFileSync(new URL(`../fixtures/${path}`, import.meta.url), "utf8");
}

/** A JSON file of test/fixtures, with what a test changes laid over it at a path of keys. */
export function fixtureJson(path: string, ...changes: [at: string, value: unknown][]): Record<string, unknown> {
  const json: Record<string, unknown> = JSON.parse(fixtureText(path));
  for (const [at, value] of changes) setAt(json, at.split("."), value);
  return json;
}

function setAt(target: Record<string, unknown>, [key = "", ...rest]: string[], value: unknown): void {
  if (rest.length > 0) setAt(target[key] as Record<string, unknown>, rest, value);
  else if (value === undefined) delete target[key];
  else target[key] = value;
}
