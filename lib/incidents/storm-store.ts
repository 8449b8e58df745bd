import { and, asc, count, eq, gte, inArray, isNull, ne, sql } from "drizzle-orm";
import type { Executor } from "../db/database.ts";
import { breakers, incidents } from "../db/schema/index.ts";
import type { Candidate } from "./decide-correlation.ts";
import type { Incident } from "./store.ts";

/** One correlation at a time a project, until the transaction ends: two first symptoms must not both become the cause. */
export async function lockCorrelation(tx: Executor, projectId: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtext(${`patchpilot:correlate:${projectId}`}))`);
}

/** Live problems with a signature that are no symptoms themselves and were opened since `since`, oldest first. */
export async function listCandidates(tx: Executor, projectId: string, since: Date): Promise<Candidate[]> {
  const rows = await tx
    .select({
      id: incidents.id,
      number: incidents.number,
      signature: incidents.signature,
      firstSeenAt: incidents.firstSeenAt,
    })
    .from(incidents)
    .where(
      and(
        eq(incidents.projectId, projectId),
        gte(incidents.createdAt, since),
        isNull(incidents.causeId),
        sql`${incidents.signature} is not null`,
        sql`${incidents.state} not in ('recovered', 'ignored')`,
      ),
    )
    .orderBy(asc(incidents.createdAt))
    .limit(500);
  return rows.flatMap(({ id, number, signature, firstSeenAt }) =>
    signature === null ? [] : [{ id, number, signature, firstSeenAt: firstSeenAt.toISOString() }],
  );
}

export async function listMembers(db: Executor, causeId: string): Promise<Incident[]> {
  const rows = await db.select().from(incidents).where(eq(incidents.causeId, causeId)).orderBy(asc(incidents.number));
  return rows as Incident[];
}

export async function countMembers(db: Executor, causeId: string): Promise<number> {
  const [row] = await db.select({ found: count() }).from(incidents).where(eq(incidents.causeId, causeId));
  return row?.found ?? 0;
}

/** Makes these incidents symptoms of another, unless they are already; their symptoms follow them. Answers their ids. */
export async function setCause(
  tx: Executor,
  ids: readonly string[],
  causeId: string,
  reason: string,
): Promise<string[]> {
  if (ids.length === 0) return [];
  await tx
    .update(incidents)
    .set({ causeId })
    .where(inArray(incidents.causeId, [...ids]));
  const rows = await tx
    .update(incidents)
    .set({ causeId, causeReason: reason })
    .where(and(inArray(incidents.id, [...ids]), ne(incidents.id, causeId)))
    .returning({ id: incidents.id });
  return rows.map((row) => row.id);
}

export async function clearCause(tx: Executor, id: string): Promise<void> {
  await tx.update(incidents).set({ causeId: null, causeReason: null }).where(eq(incidents.id, id));
}

/** Incidents of their own that were opened since `since` and are not ignored. */
export async function countNewIncidents(db: Executor, projectId: string, since: Date): Promise<number> {
  const [row] = await db
    .select({ found: count() })
    .from(incidents)
    .where(
      and(
        eq(incidents.projectId, projectId),
        gte(incidents.createdAt, since),
        isNull(incidents.causeId),
        ne(incidents.state, "ignored"),
        // Not judged yet: a symptom may turn out to be one.
        sql`${incidents.priority} is not null`,
      ),
    );
  return row?.found ?? 0;
}

export interface Breaker {
  openedAt: Date;
  closedAt: Date | null;
  reason: string;
  incidents: number;
  trippedBy: string;
  closedBy: string | null;
}

export async function readBreaker(db: Executor, projectId: string): Promise<Breaker | null> {
  const [row] = await db.select().from(breakers).where(eq(breakers.projectId, projectId));
  return row ?? null;
}

export async function openBreaker(
  tx: Executor,
  row: { projectId: string; openedAt: Date; reason: string; incidents: number; trippedBy: string },
): Promise<void> {
  const set = { ...row, closedAt: null, closedBy: null };
  await tx.insert(breakers).values(set).onConflictDoUpdate({ target: breakers.projectId, set });
}

export async function closeBreaker(tx: Executor, projectId: string, at: Date, by: string): Promise<boolean> {
  const rows = await tx
    .update(breakers)
    .set({ closedAt: at, closedBy: by })
    .where(and(eq(breakers.projectId, projectId), isNull(breakers.closedAt)))
    .returning({ id: breakers.projectId });
  return rows.length > 0;
}
