import { and, desc, eq, inArray } from "drizzle-orm";
import type { Executor } from "../db/database.ts";
import { approvals } from "../db/schema/index.ts";
import type { ApprovalState } from "./approval-model.ts";

export type ApprovalRow = typeof approvals.$inferSelect;

export async function insertApproval(tx: Executor, row: typeof approvals.$inferInsert): Promise<void> {
  await tx.insert(approvals).values(row);
}

export async function findApproval(db: Executor, id: string): Promise<ApprovalRow | null> {
  const [row] = await db.select().from(approvals).where(eq(approvals.id, id));
  return row ?? null;
}

/** The incident's approvals, newest first. */
export async function listApprovals(db: Executor, incidentId: string): Promise<ApprovalRow[]> {
  return db
    .select()
    .from(approvals)
    .where(eq(approvals.incidentId, incidentId))
    .orderBy(desc(approvals.createdAt), desc(approvals.id));
}

/** Changes the row where it is still in one of these states; answers whether it was. */
export async function updateApproval(
  tx: Executor,
  id: string,
  from: readonly ApprovalState[],
  patch: Partial<typeof approvals.$inferInsert>,
): Promise<boolean> {
  const rows = await tx
    .update(approvals)
    .set(patch)
    .where(and(eq(approvals.id, id), inArray(approvals.state, [...from])))
    .returning({ id: approvals.id });
  return rows.length > 0;
}

/**
 * When people's word moved production off the failing deployment, and when it moved it to `deploymentId`; null: it did not.
 * Quiet in between says nothing of a repair.
 */
export async function findMoves(
  db: Executor,
  incidentId: string,
  deploymentId: string,
): Promise<{ rolledBackAt: Date | null; promotedAt: Date | null }> {
  const moved = (await listApprovals(db, incidentId)).filter((one) => one.movedAt !== null && one.state !== "failed");
  // Traffic is seen on the other deployment before we note that it moved: until then it moved when it was asked to.
  const timeOf = (one: ApprovalRow | undefined) => one?.servedAt ?? one?.movedAt ?? null;
  const promoted = moved.find((one) => one.kind === "promote" && one.toDeploymentId === deploymentId);
  // The first one counts: from then on production did not fail as it had.
  const rolledBack = moved.findLast((one) => one.kind === "rollback");
  return { rolledBackAt: timeOf(rolledBack), promotedAt: timeOf(promoted) };
}
