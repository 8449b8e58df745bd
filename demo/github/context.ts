import { type Context, Hono } from "hono";
import { notFound } from "./errors.ts";
import type { TokenRecord } from "./records.ts";

export type Actor =
  | { kind: "anonymous" }
  | { kind: "app" }
  | { kind: "installation"; token: TokenRecord }
  | { kind: "user"; login: string; token: TokenRecord };

export type Env = { Variables: { actor: Actor } };

export type Api = Hono<Env>;

export type Ctx = Context<Env>;

export const createApi = (): Api => new Hono<Env>();

/** A path parameter by name, "" where the route has none. */
export const param = (c: Ctx, name: string): string => c.req.param(name) ?? "";

/** A path parameter that must be a number; anything else is not found. */
export function numberParam(c: Ctx, name: string): number {
  const text = param(c, name);
  if (!/^\d{1,15}$/.test(text)) throw notFound();
  return Number(text);
}
