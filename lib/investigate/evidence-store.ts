import { and, desc, eq, isNotNull, lte } from "drizzle-orm";
import type { Executor } from "../db/database.ts";
import { deployments } from "../db/schema/index.ts";
import type { DeploymentFact } from "./decide-window.ts";

const MOST = 50;

/** The production deployments that went live last before `until`, newest first. */
export async function listLiveDeployments(db: Executor, projectId: string, until: Date): Promise<DeploymentFact[]> {
  const rows = await db
    .select()
    .from(deployments)
    .where(and(eq(deployments.projectId, projectId), isNotNull(deployments.readyAt), lte(deployments.readyAt, until)))
    .orderBy(desc(deployments.readyAt))
    .limit(MOST);
  return rows.flatMap(({ deploymentId, sha, url, readyAt }) =>
    readyAt === null ? [] : [{ deploymentId, sha, url, readyAt: readyAt.toISOString() }],
  );
}
