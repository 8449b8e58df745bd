import { and, desc, eq, sql } from "drizzle-orm";
import { type Executor, rowsOf } from "../db/database.ts";
import { lessons, pullRequests, repairRuns, verifications } from "../db/schema/index.ts";

export type LessonRow = typeof lessons.$inferSelect;

/** Only this many rarest names are looked up: common ones match everything and cost the most. */
const RAREST_TOKENS = 6;

/**
 * Lessons that share at least one of the rarest of `tokens`, most shared names first. The GIN index over tokens answers;
 * how rare a name is, is counted over the project's lessons.
 */
export async function findSimilarLessons(
  db: Executor,
  projectId: string,
  tokens: readonly string[],
  limit: number,
): Promise<LessonRow[]> {
  if (tokens.length === 0) return [];
  const result = await db.execute(sql`
    with wanted as (select distinct unnest(${sql.param(tokens)}::text[]) as token),
    rare as (
      select token from wanted
      join lateral (
        select count(*) as uses from (
          select 1 from lessons where tokens @> array[token] and project_id = ${projectId} limit 200) capped) c on true
      where c.uses > 0 order by c.uses limit ${RAREST_TOKENS})
    select l.id from lessons l
    where l.project_id = ${projectId} and l.tokens && (select coalesce(array_agg(token), '{}') from rare)
    order by cardinality(array(select unnest(l.tokens) intersect select token from wanted)) desc, l.created_at desc
    limit ${limit}`);
  const ids = rowsOf<{ id: string }>(result).map((row) => row.id);
  if (ids.length === 0) return [];
  const rows = await db
    .select()
    .from(lessons)
    .where(sql`${lessons.id} = any(${sql.param(ids)}::text[])`);
  return ids.flatMap((id) => rows.filter((row) => row.id === id));
}

export async function insertLesson(tx: Executor, row: typeof lessons.$inferInsert): Promise<void> {
  const { id: _id, incidentId: _incidentId, ...set } = row;
  await tx.insert(lessons).values(row).onConflictDoUpdate({ target: lessons.incidentId, set });
}

/** How the incident's repairs went: its runs, the pull request that was merged last, and the last verdict. */
export async function readOutcome(db: Executor, incidentId: string) {
  const runs = await db
    .select()
    .from(repairRuns)
    .where(eq(repairRuns.incidentId, incidentId))
    .orderBy(repairRuns.attempt);
  const [merged] = await db
    .select()
    .from(pullRequests)
    .where(and(eq(pullRequests.incidentId, incidentId), eq(pullRequests.state, "merged")))
    .orderBy(desc(pullRequests.mergedAt))
    .limit(1);
  const [verdict] = await db
    .select()
    .from(verifications)
    .where(eq(verifications.incidentId, incidentId))
    .orderBy(desc(verifications.at))
    .limit(1);
  return { runs, merged: merged ?? null, verdict: verdict ?? null };
}
