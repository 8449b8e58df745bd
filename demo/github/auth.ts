import { verify } from "node:crypto";
import * as z from "zod";
import { type Actor, type Ctx, param } from "./context.ts";
import { badCredentials, GitHubError, notAccessible, notFound, requiresAuthentication } from "./errors.ts";
import type { AccountRecord, Level, RepoRecord, Role, TokenRecord } from "./records.ts";
import { botLogin, findAccount, findRepo, getAccount, hasRole, type World } from "./world.ts";

const Claims = z.object({ iss: z.union([z.string(), z.number()]), iat: z.number(), exp: z.number() });

const MAX_JWT_SECONDS = 600;

/** GitHub's servers tolerate a little drift of the caller's clock. */
const LEEWAY_SECONDS = 60;

function undecodable(): GitHubError {
  return new GitHubError(401, "A JSON web token could not be decoded");
}

function decodePart(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
  } catch {
    throw undecodable();
  }
}

/** Checks an App's JWT: RS256 by our key, issued by our App, and living at most ten minutes. Throws 401. */
function verifyJwt(world: World, jwt: string): void {
  const [head = "", body = "", signature = ""] = jwt.split(".");
  const header = z.object({ alg: z.literal("RS256") }).safeParse(decodePart(head));
  const claims = Claims.safeParse(decodePart(body));
  if (!header.success || !claims.success) throw undecodable();
  const isOurs = verify(
    "RSA-SHA256",
    Buffer.from(`${head}.${body}`),
    world.publicKey,
    Buffer.from(signature, "base64url"),
  );
  if (!isOurs) throw undecodable();
  const { iss, iat, exp } = claims.data;
  const seconds = Date.now() / 1000;
  if (String(iss) !== String(world.app.id) && iss !== clientId(world))
    throw new GitHubError(401, "Integration not found");
  if (iat > seconds + LEEWAY_SECONDS)
    throw new GitHubError(
      401,
      "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
    );
  if (exp < seconds)
    throw new GitHubError(
      401,
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    );
  if (exp > seconds + MAX_JWT_SECONDS)
    throw new GitHubError(401, "'Expiration time' claim ('exp') is too far in the future");
}

export const clientId = (world: World): string => `Iv23li${String(world.app.id).padStart(14, "0")}`;

const isJwt = (credential: string): boolean => credential.split(".").length === 3 && credential.startsWith("eyJ");

/** A token's record while it is valid, or null. */
function findToken(world: World, token: string): TokenRecord | null {
  const record = world.store.tokens.get(token);
  if (!record || (record.expiresAt !== null && Date.parse(record.expiresAt) <= Date.now())) return null;
  return record;
}

/** Who a request's Authorization header says it is. Throws 401 for credentials that are not valid. */
export function authenticate(world: World, authorization: string | undefined): Actor {
  if (!authorization) return { kind: "anonymous" };
  const [, scheme = "", credential = ""] = /^(bearer|token|basic)\s+(\S+)$/i.exec(authorization.trim()) ?? [];
  if (scheme.toLowerCase() === "bearer" && isJwt(credential)) {
    verifyJwt(world, credential);
    return { kind: "app" };
  }
  const isBasic = scheme.toLowerCase() === "basic";
  const secret = isBasic
    ? Buffer.from(credential, "base64")
        .toString("utf8")
        .replace(/^[^:]*:/, "")
    : credential;
  const token = findToken(world, secret);
  if (!token) throw badCredentials();
  return token.kind === "installation" ? { kind: "installation", token } : { kind: "user", login: token.login, token };
}

export function describeActor(actor: Actor): string {
  return actor.kind === "user" ? `user:${actor.login}` : actor.kind;
}

/** The account that acts: a person, or the App's bot. Throws 401 when nobody does. */
export function actingAccount(world: World, actor: Actor): AccountRecord {
  if (actor.kind === "user") return getAccount(world, actor.login);
  if (actor.kind === "installation") return getAccount(world, botLogin(world));
  throw requiresAuthentication();
}

/** The fields of a new record that say who made it. */
export function authorship(world: World, actor: Actor): { author: string; viaApp: boolean } {
  return { author: actingAccount(world, actor).login, viaApp: actor.kind === "installation" };
}

function includes(token: TokenRecord, repo: RepoRecord): boolean {
  return repo.installed && (token.repoIds === null || token.repoIds.includes(repo.id));
}

export function canSee(world: World, actor: Actor, repo: RepoRecord): boolean {
  if (!repo.private) return true;
  if (actor.kind === "installation") return includes(actor.token, repo);
  return actor.kind === "user" && hasRole(findAccount(world, actor.login), "read");
}

interface Need {
  /** any one of these permissions of an installation will do */
  area: string | readonly string[];
  level: Level;
  /** what a person needs; default: to see the repository for read, the write role for write */
  role?: Role;
}

function installationMay(token: TokenRecord, repo: RepoRecord, need: Need): boolean {
  if (!includes(token, repo)) return need.level === "read" && !repo.private;
  const areas = typeof need.area === "string" ? [need.area] : need.area;
  return areas.some(
    (area) => token.permissions[area] === "write" || (need.level === "read" && token.permissions[area] === "read"),
  );
}

/** Throws GitHub's 401, 403 or 404 unless the actor may do this in the repository. */
export function assertMay(world: World, actor: Actor, repo: RepoRecord, need: Need): void {
  if (!canSee(world, actor, repo)) throw notFound();
  if (actor.kind === "app") throw notAccessible();
  if (actor.kind === "installation") {
    if (!installationMay(actor.token, repo, need)) throw notAccessible();
    return;
  }
  if (need.level === "read") return;
  if (actor.kind === "anonymous") throw requiresAuthentication();
  const role = need.role ?? "write";
  if (!hasRole(findAccount(world, actor.login), role))
    throw new GitHubError(403, "Must have admin rights to Repository.");
}

/** The repository that a route names, after assertMay. */
export function repoFor(c: Ctx, world: World, need: Need): RepoRecord {
  const repo = findRepo(world, param(c, "owner"), param(c, "repo"));
  if (!repo) throw notFound();
  assertMay(world, c.get("actor"), repo, need);
  return repo;
}

/** For routes that only an App itself may call, with its JWT. */
export function assertApp(c: Ctx): void {
  if (c.get("actor").kind !== "app") throw undecodable();
}
