import { type Api, type Ctx, param } from "./context.ts";
import { notAccessible, notFound, requiresAuthentication } from "./errors.ts";
import type { AccountRecord } from "./records.ts";
import { type Json, serializeAccount } from "./serialize-repository.ts";
import { findAccount, getAccount, type World } from "./world.ts";

/** The schema `public-user`: what anyone may know of an account. */
function serializeProfile(world: World, account: AccountRecord): Json {
  const { createdAt } = world.appRecord;
  return {
    ...serializeAccount(world, account),
    name: account.login,
    company: null,
    blog: "",
    location: null,
    email: null,
    hireable: null,
    bio: null,
    public_repos: 0,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: createdAt,
    updated_at: createdAt,
  };
}

function currentUser(c: Ctx, world: World): Response {
  const actor = c.get("actor");
  if (actor.kind === "anonymous") throw requiresAuthentication();
  if (actor.kind !== "user") throw notAccessible();
  return c.json(serializeProfile(world, getAccount(world, actor.login)));
}

/** People and bots. */
export function userRoutes(api: Api, world: World): void {
  api.get("/user", (c) => currentUser(c, world));
  api.get("/users/:login", (c) => {
    const account = findAccount(world, param(c, "login"));
    if (!account) throw notFound();
    return c.json(serializeProfile(world, account));
  });
}
