import { and, eq, gte, sql } from "drizzle-orm";
import type { Executor } from "../db/database.ts";
import { controls, modelCalls } from "../db/schema/index.ts";
import type { Spent } from "./model.ts";

type ModelCallRow = typeof modelCalls.$inferSelect;

/** One reservation at a time a project, until the transaction ends: two must not both take the last of the day's money. */
export async function lockLedger(tx: Executor, projectId: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtext(${`patchpilot:ledger:${projectId}`}))`);
}

/** Whether the project's kill switch is on, read afresh; a missing row means that it is not. */
export async function readStop(db: Executor, projectId: string): Promise<{ reason: string | null } | null> {
  const [row] = await db
    .select({ isStopped: controls.isStopped, reason: controls.reason })
    .from(controls)
    .where(eq(controls.projectId, projectId));
  return row?.isStopped ? { reason: row.reason } : null;
}

const tokens = sql<number>`coalesce(${modelCalls.inputTokens} + ${modelCalls.cacheReadTokens} + ${modelCalls.cacheWriteTokens} + ${modelCalls.outputTokens}, ${modelCalls.reservedTokens})`;
/** Where the provider told no usage, or the process died before it could be written, the reservation is what counts. */
const cost = sql<number>`coalesce(${modelCalls.costUsd}, ${modelCalls.reservedUsd}, 0)`;

/** What this session, and this project since `since`, spent or may have spent. Refused calls cost nothing, and are no step. */
export async function readSpent(db: Executor, of: { projectId: string; session: string; since: Date }): Promise<Spent> {
  const [session] = await db
    .select({
      steps: sql<number>`count(*)::int`,
      tokens: sql<number>`coalesce(sum(${tokens}), 0)::float8`,
      costUsd: sql<number>`coalesce(sum(${cost}), 0)::float8`,
    })
    .from(modelCalls)
    .where(and(eq(modelCalls.session, of.session), sql`${modelCalls.state} <> 'refused'`));
  const [day] = await db
    .select({ dailyUsd: sql<number>`coalesce(sum(${cost}), 0)::float8` })
    .from(modelCalls)
    .where(
      and(
        eq(modelCalls.projectId, of.projectId),
        gte(modelCalls.createdAt, of.since),
        sql`${modelCalls.state} <> 'refused'`,
      ),
    );
  return {
    steps: Number(session?.steps ?? 0),
    tokens: Number(session?.tokens ?? 0),
    costUsd: Number(session?.costUsd ?? 0),
    dailyUsd: Number(day?.dailyUsd ?? 0),
  };
}

export async function insertCall(tx: Executor, row: typeof modelCalls.$inferInsert): Promise<void> {
  await tx.insert(modelCalls).values(row);
}

export async function updateCall(
  db: Executor,
  id: string,
  set: Partial<typeof modelCalls.$inferInsert>,
): Promise<void> {
  await db.update(modelCalls).set(set).where(eq(modelCalls.id, id));
}

/** The calls of one session, oldest first. */
export async function listCalls(db: Executor, session: string): Promise<ModelCallRow[]> {
  return db.select().from(modelCalls).where(eq(modelCalls.session, session)).orderBy(modelCalls.id);
}
