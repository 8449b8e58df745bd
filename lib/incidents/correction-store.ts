import { desc, eq } from "drizzle-orm";
import type { Executor } from "../db/database.ts";
import { triageCorrections } from "../db/schema/index.ts";
import type { TriageCorrection } from "./decide-correction.ts";

export async function insertCorrection(tx: Executor, row: typeof triageCorrections.$inferInsert): Promise<void> {
  await tx.insert(triageCorrections).values(row);
}

/** What a person said of the incident's triage last; null where nobody did, or took it back. */
export async function findCorrection(db: Executor, incidentId: string): Promise<TriageCorrection | null> {
  const [row] = await db
    .select()
    .from(triageCorrections)
    .where(eq(triageCorrections.incidentId, incidentId))
    .orderBy(desc(triageCorrections.seq))
    .limit(1);
  return row?.priority == null ? null : { ...row, priority: row.priority };
}
