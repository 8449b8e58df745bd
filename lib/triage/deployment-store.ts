import { and, desc, eq, lte } from "drizzle-orm";
import type { Executor } from "../db/database.ts";
import { deployments } from "../db/schema/index.ts";

/** When the last deployment to production before this moment was ready, or null. */
export async function findDeployedBefore(db: Executor, projectId: string, at: Date): Promise<Date | null> {
  const [row] = await db
    .select({ readyAt: deployments.readyAt })
    .from(deployments)
    .where(and(eq(deployments.projectId, projectId), lte(deployments.readyAt, at)))
    .orderBy(desc(deployments.readyAt))
    .limit(1);
  return row?.readyAt ?? null;
}
