import type { Context as HonoContext } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { newSecret } from "../runtime/ids.ts";
import type { AdminOutside } from "./admin-outside.ts";
import { type AppEnv, noteFields } from "./app.ts";
import { bearerMatches, type Scope, scopeIncludes, secretsMatch } from "./auth.ts";
import { callerFault } from "./respond-error.ts";
import { createSessions, SESSION_HOURS, type Session, type Sessions } from "./session.ts";

/** Who asks, and how that was shown. */
export interface Caller {
  actorName: string;
  scope: Scope;
  via: "open" | "bearer" | "session";
  session: Session | null;
}

export interface AdminEnv extends AppEnv {
  Variables: AppEnv["Variables"] & { caller: Caller };
}
export type AdminContext = HonoContext<AdminEnv>;

export interface AdminGuard {
  /** The caller, or null when nobody known asks. Throws `unauthorized` for a token that is wrong. */
  identify(c: AdminContext): Promise<Caller | null>;
  /** Logs in with the admin token and sets the cookie; answers whether the token was right. */
  logIn(c: AdminContext, token: string): Promise<boolean>;
  logOut(c: AdminContext): void;
  /** The caller with a session, which is started where everybody may come in; forms need its token. */
  withSession(c: AdminContext, caller: Caller): Promise<Caller & { session: Session }>;
  /** Reads a form that this caller's own page sent, or throws `csrf_refused`. */
  readForm(c: AdminContext, caller: Caller): Promise<Record<string, string>>;
}

export function createAdminGuard(outside: AdminOutside): AdminGuard {
  const { auth, ctx } = outside;
  const sessions = createSessions(auth.mode === "token" ? [auth.adminToken, auth.sessionKey ?? ""] : [newSecret()]);
  const startSession = async (c: AdminContext): Promise<Session> => {
    const { session, cookie } = await sessions.start(ctx.newId("req"), ctx.clock.now());
    setCookie(c, cookieName(c, outside), cookie, cookieOptions(c, outside));
    return session;
  };
  return {
    identify: (c) => identify(c, outside, sessions),
    async logIn(c, token) {
      if (auth.mode !== "token" || !(await secretsMatch(token, auth.adminToken))) return false;
      await startSession(c);
      return true;
    },
    logOut(c) {
      setCookie(c, cookieName(c, outside), "", { ...cookieOptions(c, outside), maxAge: 0 });
    },
    async withSession(c, caller) {
      return { ...caller, session: caller.session ?? (await startSession(c)) };
    },
    async readForm(c, caller) {
      requireSameOrigin(c, outside);
      const form = readFields(await c.req.parseBody());
      if (caller.session === null || !(await secretsMatch(form.csrf ?? "", caller.session.csrf))) {
        throw callerFault("csrf_refused", "this form is not from your session; reload the page and send it again");
      }
      return form;
    },
  };
}

async function identify(c: AdminContext, outside: AdminOutside, sessions: Sessions): Promise<Caller | null> {
  const { auth } = outside;
  if (auth.mode === "closed") {
    throw callerFault("admin_not_configured", "ADMIN_TOKEN is not set, so nobody may come in here");
  }
  const session = await readSession(c, outside, sessions);
  if (auth.mode === "open") {
    if (!isLocalName(new URL(c.req.url).hostname)) {
      throw callerFault(
        "forbidden",
        "without an ADMIN_TOKEN this is served to this machine only: use http://localhost",
      );
    }
    return { actorName: "dashboard", scope: "admin", via: "open", session };
  }
  const header = c.req.header("authorization");
  if (header !== undefined) {
    if (!(await bearerMatches(header, auth.adminToken))) throw callerFault("unauthorized", "the token is not right");
    return { actorName: "admin-api", scope: "admin", via: "bearer", session: null };
  }
  return session && { actorName: "dashboard", scope: "admin", via: "session", session };
}

/** The caller with at least this scope, or throws `unauthorized` or `forbidden`. Notes them in the request's log line. */
export async function requireCaller(guard: AdminGuard, c: AdminContext, scope: Scope): Promise<Caller> {
  const caller = await guard.identify(c);
  if (caller === null) throw callerFault("unauthorized", "this needs the admin token: Authorization: Bearer …");
  if (!scopeIncludes(caller.scope, scope)) throw callerFault("forbidden", `this needs the scope ${scope}`);
  noteFields(c, { caller: caller.actorName, via: caller.via });
  return caller;
}

function readFields(body: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(body).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

/**
 * Refuses a request that another site's page made a browser send. Every browser names the origin of a POST, by
 * `Sec-Fetch-Site` or `Origin`; who sends neither is no browser, and has no cookie that a stranger could borrow.
 */
export function requireSameOrigin(c: AdminContext, { publicUrl }: Pick<AdminOutside, "publicUrl">): void {
  const site = c.req.header("sec-fetch-site");
  const origin = c.req.header("origin");
  const own = [new URL(c.req.url).host, ...(publicUrl ? [new URL(publicUrl).host] : [])];
  const isForeignSite = site !== undefined && site !== "same-origin" && site !== "none";
  const isForeignOrigin = origin !== undefined && !(URL.canParse(origin) && own.includes(new URL(origin).host));
  if (isForeignSite || isForeignOrigin) throw callerFault("csrf_refused", "this was sent by another site's page");
}

function isLocalName(hostname: string): boolean {
  return (
    hostname === "localhost" ||
    hostname.endsWith(".localhost") ||
    hostname === "[::1]" ||
    /^127\.\d+\.\d+\.\d+$/.test(hostname)
  );
}

function isSecure(c: AdminContext, { publicUrl }: AdminOutside): boolean {
  return new URL(c.req.url).protocol === "https:" || publicUrl?.startsWith("https:") === true;
}

/** `__Host-` binds the cookie to this host and to https; browsers refuse it on plain http, which only a local machine has. */
function cookieName(c: AdminContext, outside: AdminOutside): string {
  return isSecure(c, outside) ? "__Host-patchpilot" : "patchpilot";
}

function cookieOptions(c: AdminContext, outside: AdminOutside) {
  return {
    path: "/",
    httpOnly: true,
    sameSite: "Lax",
    secure: isSecure(c, outside),
    maxAge: SESSION_HOURS * 3_600,
  } as const;
}

function readSession(c: AdminContext, outside: AdminOutside, sessions: Sessions): Promise<Session | null> {
  return sessions.read(getCookie(c, cookieName(c, outside)), outside.ctx.clock.now());
}
