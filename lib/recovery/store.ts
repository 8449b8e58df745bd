import { and, desc, eq, sql } from "drizzle-orm";
import type { Executor } from "../db/database.ts";
import { deployments, pullRequests, verifications } from "../db/schema/index.ts";

export interface MergedRepair {
  number: number;
  url: string;
  mergedAt: Date;
  mergeSha: string;
}

/** The incident's newest merged pull request, or null. */
export async function findMergedRepair(db: Executor, incidentId: string): Promise<MergedRepair | null> {
  const [row] = await db
    .select({
      number: pullRequests.number,
      url: pullRequests.url,
      mergedAt: pullRequests.mergedAt,
      mergeSha: pullRequests.mergeSha,
    })
    .from(pullRequests)
    .where(and(eq(pullRequests.incidentId, incidentId), eq(pullRequests.state, "merged")))
    .orderBy(desc(pullRequests.mergedAt))
    .limit(1);
  if (!row?.mergedAt || !row.mergeSha) return null;
  return { number: row.number, url: row.url, mergedAt: row.mergedAt, mergeSha: row.mergeSha };
}

export async function upsertDeployments(tx: Executor, rows: (typeof deployments.$inferInsert)[]): Promise<void> {
  if (rows.length === 0) return;
  await tx
    .insert(deployments)
    .values(rows)
    .onConflictDoUpdate({
      target: [deployments.projectId, deployments.deploymentId],
      set: {
        state: sql`excluded.state`,
        sha: sql`coalesce(excluded.sha, ${deployments.sha})`,
        ref: sql`coalesce(excluded.ref, ${deployments.ref})`,
        url: sql`coalesce(excluded.url, ${deployments.url})`,
        readyAt: sql`coalesce(excluded.ready_at, ${deployments.readyAt})`,
        updatedAt: sql`excluded.updated_at`,
      },
    });
}

/** Files that a deployment began. What is known of it already is later news, whenever this one arrives. */
export async function ensureDeploymentBegun(tx: Executor, row: typeof deployments.$inferInsert): Promise<void> {
  await tx
    .insert(deployments)
    .values(row)
    .onConflictDoUpdate({
      target: [deployments.projectId, deployments.deploymentId],
      set: {
        createdAt: sql`least(excluded.created_at, ${deployments.createdAt})`,
        sha: sql`coalesce(${deployments.sha}, excluded.sha)`,
        ref: sql`coalesce(${deployments.ref}, excluded.ref)`,
        url: sql`coalesce(${deployments.url}, excluded.url)`,
      },
    });
}

export async function insertVerification(tx: Executor, row: typeof verifications.$inferInsert): Promise<void> {
  await tx.insert(verifications).values(row);
}

/** The last look at this incident, or null. */
export async function findLastVerification(db: Executor, incidentId: string) {
  const [row] = await db
    .select()
    .from(verifications)
    .where(eq(verifications.incidentId, incidentId))
    .orderBy(desc(verifications.at))
    .limit(1);
  return row ?? null;
}
