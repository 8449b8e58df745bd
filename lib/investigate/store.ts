import { and, desc, eq, getTableColumns, lt, type SQL, sql } from "drizzle-orm";
import { type Executor, rowsOf } from "../db/database.ts";
import { lessons, pullRequests, repairRuns, verifications } from "../db/schema/index.ts";
import type { LessonCorrection } from "./lesson-model.ts";
import { readSketch } from "./read-sketch.ts";

export type LessonRow = typeof lessons.$inferSelect;

/** How far one part's lessons are read, newest first. */
const MAX_USES = 300;
/** Parts are taken rarest first until they bring this many entries: what many lessons share tells nothing and costs the most. */
const MAX_ENTRIES = 2_500;
/** So many lessons that share the most and rarest parts are compared in full. */
const MAX_COMPARED = 200;

/**
 * The lessons whose names are most like `tokens` by Jaccard, the likest and then the newest first. What is read is bounded,
 * so the cost does not grow with the store.
 */
export async function findSimilarLessons(
  db: Executor,
  projectId: string,
  tokens: readonly string[],
  limit: number,
): Promise<LessonRow[]> {
  if (tokens.length === 0) return [];
  const names = sql`${sql.param(tokens)}::text[]`;
  const alike = sql`(
    with lists as (
      select key, uses from unnest(${sql.param(readSketch(projectId, tokens))}::int[]) key cross join lateral (
        select count(*) as uses from (select 1 from lesson_keys k where k.key = key.key limit ${MAX_USES}) one) counted
      where uses > 0),
    rare as (
      select key, uses from (select key, uses, sum(uses) over (order by uses, key) as entries from lists) summed
      where entries <= ${MAX_ENTRIES}),
    shared as (
      select entry.seq from rare cross join lateral (
        select k.seq from lesson_keys k where k.key = rare.key order by k.seq desc limit ${MAX_USES}) entry
      group by entry.seq order by sum(1 + ln(${MAX_USES}::float / uses)) desc, entry.seq desc limit ${MAX_COMPARED})
    select l.seq, common::float / (cardinality(l.tokens) + cardinality(${names}) - common) as likeness
    from shared join lessons l on l.seq = shared.seq cross join lateral (
      select count(*) as common from unnest(l.tokens) token where token = any(${names}) offset 0) both_have
    where l.project_id = ${projectId}
    order by likeness desc, l.seq desc limit ${limit}) alike`;
  return db
    .select(getTableColumns(lessons))
    .from(lessons)
    .innerJoin(alike, sql`alike.seq = ${lessons.seq}`)
    .orderBy(sql`alike.likeness desc`, desc(lessons.seq));
}

/** Keeps an incident's lesson; the one that it had is written over, but for what people corrected. Answers its id. */
export async function saveLesson(
  tx: Executor,
  row: Omit<typeof lessons.$inferInsert, "corrections" | "keys" | "seq">,
): Promise<string> {
  await unlistLessons(tx, eq(lessons.incidentId, row.incidentId));
  const { id: _id, incidentId: _incidentId, ...told } = row;
  const set = { ...told, keys: readSketch(row.projectId, row.tokens) };
  const [saved] = await tx
    .insert(lessons)
    .values({ ...row, ...set })
    .onConflictDoUpdate({ target: lessons.incidentId, set })
    .returning({ id: lessons.id });
  const id = saved?.id ?? row.id;
  await listLessonKeys(tx, [id]);
  return id;
}

/** Makes lessons findable by their keys. */
export async function listLessonKeys(tx: Executor, ids: readonly string[]): Promise<void> {
  await tx.execute(sql`
    insert into lesson_keys (key, seq) select distinct key, seq from lessons, unnest(keys) key
    where id = any(${sql.param(ids)}::text[]) order by key on conflict do nothing`);
}

async function unlistLessons(tx: Executor, which: SQL): Promise<void> {
  await tx.execute(sql`
    delete from lesson_keys using ${lessons}, unnest(${lessons.keys}) as part
    where ${which} and lesson_keys.seq = ${lessons.seq} and lesson_keys.key = part`);
}

export async function findLessonOf(db: Executor, incidentId: string): Promise<LessonRow | null> {
  const [row] = await db.select().from(lessons).where(eq(lessons.incidentId, incidentId));
  return row ?? null;
}

export async function findLesson(db: Executor, projectId: string, id: string): Promise<LessonRow | null> {
  const [row] = await db
    .select()
    .from(lessons)
    .where(and(eq(lessons.projectId, projectId), eq(lessons.id, id)));
  return row ?? null;
}

/** The newest first, from below `beforeSeq`. */
export async function listLessonRows(
  db: Executor,
  projectId: string,
  { beforeSeq, limit }: { beforeSeq: number | null; limit: number },
): Promise<LessonRow[]> {
  const before = beforeSeq === null ? sql`true` : lt(lessons.seq, beforeSeq);
  return db
    .select()
    .from(lessons)
    .where(and(eq(lessons.projectId, projectId), before))
    .orderBy(desc(lessons.seq))
    .limit(limit);
}

/** Adds a correction to those that the lesson has, in one statement: two people at once lose nothing. */
export async function addCorrection(tx: Executor, id: string, correction: LessonCorrection): Promise<LessonRow | null> {
  const corrections = sql`${lessons.corrections} || ${JSON.stringify([correction])}::jsonb`;
  const [row] = await tx.update(lessons).set({ corrections }).where(eq(lessons.id, id)).returning();
  return row ?? null;
}

/** Removes lessons with their keys; answers how many were there. */
export async function removeLessons(tx: Executor, ids: readonly string[]): Promise<number> {
  const which = sql`${lessons.id} = any(${sql.param(ids)}::text[])`;
  await unlistLessons(tx, which);
  return (await tx.delete(lessons).where(which).returning({ id: lessons.id })).length;
}

/** The oldest lessons of a project: what was written before `before`, and what is more than `most` in number. */
export async function listOverdueLessons(
  db: Executor,
  projectId: string,
  { before, most, limit }: { before: Date; most: number; limit: number },
): Promise<string[]> {
  const result = await db.execute(sql`
    select id from ${lessons} where project_id = ${projectId} and (created_at < ${before.toISOString()}::timestamptz
      or created_at < (select created_at from ${lessons} where project_id = ${projectId}
        order by created_at desc offset ${most - 1} limit 1))
    order by created_at limit ${limit}`);
  return rowsOf<{ id: string }>(result).map(({ id }) => id);
}

/** How the incident's repairs went: its runs, its pull requests, the one that was merged last, and the last verdict. */
export async function readOutcome(db: Executor, incidentId: string) {
  const runs = await db
    .select()
    .from(repairRuns)
    .where(eq(repairRuns.incidentId, incidentId))
    .orderBy(repairRuns.attempt);
  const pulls = await db
    .select()
    .from(pullRequests)
    .where(eq(pullRequests.incidentId, incidentId))
    .orderBy(pullRequests.mergedAt, pullRequests.number);
  const merged = pulls.findLast((pull) => pull.state === "merged");
  const [verdict] = await db
    .select()
    .from(verifications)
    .where(eq(verifications.incidentId, incidentId))
    .orderBy(desc(verifications.at))
    .limit(1);
  return { runs, pulls, merged: merged ?? null, verdict: verdict ?? null };
}
