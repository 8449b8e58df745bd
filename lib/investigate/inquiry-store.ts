import { and, eq, sql } from "drizzle-orm";
import type { Executor } from "../db/database.ts";
import { inquiries } from "../db/schema/index.ts";

export type InquiryRow = typeof inquiries.$inferSelect;

export async function findInquiry(db: Executor, incidentId: string, subject: string): Promise<InquiryRow | null> {
  const [row] = await db
    .select()
    .from(inquiries)
    .where(and(eq(inquiries.incidentId, incidentId), eq(inquiries.subject, subject)));
  return row ?? null;
}

/** Answers whether it was new: two that begin at once are one. */
export async function insertInquiry(tx: Executor, row: typeof inquiries.$inferInsert): Promise<boolean> {
  const rows = await tx.insert(inquiries).values(row).onConflictDoNothing().returning({ id: inquiries.id });
  return rows.length > 0;
}

/** Keeps a turn of an open inquiry. False where another turn was kept since it was read, or it has ended. */
export async function updateTurn(
  tx: Executor,
  read: Pick<InquiryRow, "id" | "turn">,
  set: Pick<InquiryRow, "messages" | "suspicions">,
): Promise<boolean> {
  const rows = await tx
    .update(inquiries)
    .set({ ...set, turn: sql`${inquiries.turn} + 1` })
    .where(and(eq(inquiries.id, read.id), eq(inquiries.turn, read.turn), eq(inquiries.state, "open")))
    .returning({ id: inquiries.id });
  return rows.length > 0;
}

/** Ends an open inquiry; false where it has ended already. */
export async function closeInquiry(
  tx: Executor,
  id: string,
  set: Pick<InquiryRow, "outcome" | "endedAt">,
): Promise<boolean> {
  const rows = await tx
    .update(inquiries)
    .set({ ...set, state: "ended" })
    .where(and(eq(inquiries.id, id), eq(inquiries.state, "open")))
    .returning({ id: inquiries.id });
  return rows.length > 0;
}
