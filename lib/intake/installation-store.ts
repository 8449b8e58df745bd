import { and, asc, eq, sql } from "drizzle-orm";
import type { Executor } from "../db/database.ts";
import { installations } from "../db/schema/index.ts";

export type Installation = typeof installations.$inferSelect;

/** Remembers what an installation's webhook said. Their order does not matter: what is uninstalled never comes back. */
export async function putInstallation(tx: Executor, row: Installation): Promise<void> {
  await tx
    .insert(installations)
    .values(row)
    .onConflictDoUpdate({
      target: [installations.projectId, installations.source, installations.installationId],
      set: {
        organization: sql`coalesce(excluded.organization, ${installations.organization})`,
        firstToldAt: sql`least(excluded.first_told_at, ${installations.firstToldAt})`,
        uninstalledAt: sql`coalesce(${installations.uninstalledAt}, excluded.uninstalled_at)`,
      },
    });
}

/** The installations of our integration that a source told of, the first told first. */
export async function listInstallations(db: Executor, projectId: string, source: string): Promise<Installation[]> {
  return db
    .select()
    .from(installations)
    .where(and(eq(installations.projectId, projectId), eq(installations.source, source)))
    .orderBy(asc(installations.firstToldAt), asc(installations.installationId));
}
