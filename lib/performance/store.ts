import { and, eq, sql } from "drizzle-orm";
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

/** Performance incidents that are symptoms of an incident which ended before this time, by their ids. */
export async function listFreedSymptoms(db: Executor, projectId: string, endedBy: Date): Promise<Set<string>> {
  const rows = await db
    .select({ id: incidents.id })
    .from(incidents)
    .where(
      and(
        eq(incidents.projectId, projectId),
        eq(incidents.kind, "performance"),
        sql`exists (select 1 from incidents c where c.id = ${incidents.causeId} and c.state in ('recovered', 'ignored')
          and c.closed_at <= ${endedBy.toISOString()}::timestamptz)`,
      ),
    );
  return new Set(rows.map((row) => row.id));
}
