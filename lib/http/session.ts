import { secretsMatch } from "./auth.ts";

/** Somebody who logged in; `csrf` goes into every form of this session. */
export interface Session {
  id: string;
  expiresAt: Date;
  csrf: string;
}

/**
 * Sessions of the dashboard: a cookie that holds an id and an expiry, signed; nothing is stored. The key comes from the
 * admin token and the encryption key, so changing either one ends every session (and that is the only way to end all).
 */
export interface Sessions {
  /** A new session and its cookie's value. */
  start(id: string, now: Date): Promise<{ session: Session; cookie: string }>;
  /** The session of a cookie, or null when it is not ours, was altered, or is over. */
  read(cookie: string | undefined, now: Date): Promise<Session | null>;
}

export const SESSION_HOURS = 12;
const VERSION = "v1";

function base64url(bytes: ArrayBuffer): string {
  const text = btoa(String.fromCharCode(...new Uint8Array(bytes)));
  return text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

async function deriveKey(secrets: readonly string[]): Promise<CryptoKey> {
  const bytes = new TextEncoder().encode(JSON.stringify(["patchpilot dashboard session", ...secrets]));
  const material = await crypto.subtle.digest("SHA-256", bytes);
  return crypto.subtle.importKey("raw", material, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
}

/** Sessions whose key is derived from these secrets. */
export function createSessions(secrets: readonly string[]): Sessions {
  let key: Promise<CryptoKey> | null = null;
  const sign = async (text: string): Promise<string> => {
    key ??= deriveKey(secrets);
    return base64url(await crypto.subtle.sign("HMAC", await key, new TextEncoder().encode(text)));
  };
  const sessionOf = async (id: string, expiresMs: number): Promise<Session> => ({
    id,
    expiresAt: new Date(expiresMs),
    csrf: await sign(`csrf.${id}.${expiresMs}`),
  });
  return {
    async start(id, now) {
      const expiresMs = now.getTime() + SESSION_HOURS * 3_600_000;
      const body = `${VERSION}.${id}.${expiresMs}`;
      return { session: await sessionOf(id, expiresMs), cookie: `${body}.${await sign(body)}` };
    },
    async read(cookie, now) {
      const match = /^(v1)\.(req_[0-9a-z]{10,40})\.(\d{13,15})\.([\w-]{43})$/.exec(cookie ?? "");
      const [, version, id, expires, signature] = match ?? [];
      if (version === undefined || id === undefined || expires === undefined || signature === undefined) return null;
      if (!(await secretsMatch(signature, await sign(`${version}.${id}.${expires}`)))) return null;
      return Number(expires) > now.getTime() ? sessionOf(id, Number(expires)) : null;
    },
  };
}
