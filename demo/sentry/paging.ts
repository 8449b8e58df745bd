import type { Context } from "hono";
import { BadQuery } from "./search.ts";

/**
 * Cuts one page out of `items` and sets Sentry's `Link` header, which always carries both relations: the end is
 * `results="false"`, not a missing `next`. Cursors are `0:offset:is_previous`.
 */
export function pageOf<T>(c: Context, items: readonly T[], defaultSize: number): T[] {
  const size = pageSize(c.req.query("per_page") ?? c.req.query("limit"), defaultSize);
  const cursor = c.req.query("cursor");
  const offset = cursor === undefined ? 0 : Number(/^\d+:(\d+):[01]$/.exec(cursor)?.[1] ?? Number.NaN);
  if (Number.isNaN(offset)) throw new BadQuery("Invalid cursor parameter.");
  const link = (rel: string, at: number, isPrevious: boolean, has: boolean) => {
    const to = `0:${at}:${isPrevious ? 1 : 0}`;
    const url = new URL(c.req.url);
    url.searchParams.delete("cursor");
    const joint = url.search ? "&" : "?";
    return `<${url.href}${joint}cursor=${to}>; rel="${rel}"; results="${has}"; cursor="${to}"`;
  };
  const previous = link("previous", Math.max(0, offset - size), true, offset > 0);
  c.header("Link", `${previous}, ${link("next", offset + size, false, offset + size < items.length)}`);
  return items.slice(offset, offset + size);
}

function pageSize(text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  const size = Number(text);
  if (!Number.isInteger(size) || size < 1) throw new BadQuery("Invalid per_page value. Must be a positive integer");
  if (size > 100) throw new BadQuery("Invalid per_page value. Must be between 1 and 100.");
  return size;
}
