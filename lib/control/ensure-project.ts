import type { ProjectId } from "../kernel/ids.ts";
import type { Context } from "../runtime/context.ts";
import { findProjectBySlug, insertProject, type Project } from "./store.ts";

/** The project that the environment describes; its row is made at the first start. */
export async function ensureProject(ctx: Context, input: { slug: string; name: string }): Promise<Project> {
  const found = await findProjectBySlug(ctx.db.db, input.slug);
  if (found) return found;
  await insertProject(ctx.db.db, { id: defaultProjectId(input.slug), ...input }, ctx.clock.now());
  return { id: defaultProjectId(input.slug), ...input };
}

/** The environment's project has an id that every function instance knows without asking. */
export function defaultProjectId(slug: string): ProjectId {
  return `prj_${slug
    .toLowerCase()
    .replace(/[^0-9a-z]/g, "0")
    .padEnd(10, "0")
    .slice(0, 40)}`;
}
