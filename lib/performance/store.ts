import { and, eq } from "drizzle-orm";
import type { Executor } from "../db/database.ts";
import { incidents } from "../db/schema/index.ts";
import type { Incident } from "../incidents/index.ts";

/** Every incident of kind `performance`, by its identity. */
export async function mapSlowIncidents(db: Executor, projectId: string): Promise<Map<string, Incident>> {
  const rows = await db
    .select()
    .from(incidents)
    .where(and(eq(incidents.projectId, projectId), eq(incidents.kind, "performance")));
  return new Map(rows.map((row) => [row.identityKey, row as Incident]));
}
