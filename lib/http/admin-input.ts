import * as z from "zod";
import type { AdminContext } from "./admin-guard.ts";
import { callerFault } from "./respond-error.ts";

export const pageQuerySchema = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(25),
  cursor: z.string().min(1).optional(),
});

/** Reads a query by its schema, or throws `bad_request` naming the parameter at fault. */
export function readQuery<T extends z.ZodType>(c: AdminContext, schema: T): z.infer<T> {
  const read = schema.safeParse(c.req.query());
  if (read.success) return read.data;
  throw callerFault("bad_request", faultText("query", read.error));
}

/** Reads the path's parameters by their schema, or throws `bad_request` naming the one at fault. */
export function readParams<T extends z.ZodType>(c: AdminContext, schema: T): z.infer<T> {
  const read = schema.safeParse(c.req.param());
  if (read.success) return read.data;
  throw callerFault("bad_request", faultText("path", read.error));
}

export function readPage(c: AdminContext): { limit: number; cursor: string | null } {
  const { limit, cursor } = readQuery(c, pageQuerySchema);
  return { limit, cursor: cursor ?? null };
}

function faultText(what: string, error: z.ZodError): string {
  const [issue] = error.issues;
  return `${what} ${issue?.path.join(".") || "itself"}: ${issue?.message ?? "not valid"}`;
}

/** What a read model answered, or `bad_request`: it answers null only for a cursor that is none of ours. */
export function ofCursor<T>(page: T | null): T {
  if (page === null) throw callerFault("bad_request", "query cursor: this is no cursor of this list");
  return page;
}

export function ofIncident<T>(found: T | null, name: string): T {
  if (found === null) throw callerFault("incident_not_found", `there is no incident ${name.slice(0, 60)}`);
  return found;
}

/** Reads a JSON body by its schema, or throws `bad_request` naming the member at fault. */
export async function readJson<T extends z.ZodType>(c: AdminContext, schema: T): Promise<z.infer<T>> {
  if (!/^application\/json\b/i.test(c.req.header("content-type") ?? "")) {
    throw callerFault("unsupported_media_type", "the body has to be application/json");
  }
  const body: unknown = await c.req.json().catch(() => {
    throw callerFault("bad_request", "the body is not JSON");
  });
  const read = schema.safeParse(body);
  if (!read.success) throw callerFault("bad_request", faultText("body", read.error));
  return read.data;
}
