import { eq } from "drizzle-orm";
import type { Executor } from "../db/database.ts";
import { controls, projects } from "../db/schema/index.ts";
import type { ProjectId } from "../kernel/ids.ts";

export interface Project {
  id: ProjectId;
  slug: string;
  name: string;
}

export async function findProjectBySlug(db: Executor, slug: string): Promise<Project | null> {
  const [row] = await db
    .select({ id: projects.id, slug: projects.slug, name: projects.name })
    .from(projects)
    .where(eq(projects.slug, slug));
  return (row as Project | undefined) ?? null;
}

export async function insertProject(db: Executor, project: Project, now: Date): Promise<void> {
  await db
    .insert(projects)
    .values({ ...project, createdAt: now })
    .onConflictDoNothing();
}

export interface Control {
  isStopped: boolean;
  reason: string | null;
  changedBy: string | null;
  changedAt: Date | null;
}

/** The kill switch of a project; never set means running. */
export async function readControl(db: Executor, projectId: string): Promise<Control> {
  const [row] = await db.select().from(controls).where(eq(controls.projectId, projectId));
  return row ?? { isStopped: false, reason: null, changedBy: null, changedAt: null };
}

export async function writeControl(
  db: Executor,
  projectId: string,
  control: { isStopped: boolean; reason: string | null; changedBy: string; changedAt: Date },
): Promise<void> {
  await db
    .insert(controls)
    .values({ projectId, ...control })
    .onConflictDoUpdate({ target: controls.projectId, set: control });
}
