import { and, asc, desc, eq, gt, type SQL, sql } from "drizzle-orm";
import { type Executor, rowsOf } from "../db/database.ts";
import { deliveries, incidents, pullRequests, timeline } from "../db/schema/index.ts";
import type { IncidentState } from "./model.ts";

export type Incident = Omit<typeof incidents.$inferSelect, "state"> & { state: IncidentState };
export type IncidentPatch = Partial<Omit<typeof incidents.$inferInsert, "id" | "version" | "state" | "projectId">>;
export type TimelineRow = typeof timeline.$inferSelect;

export async function findIncident(db: Executor, id: string): Promise<Incident | null> {
  const [row] = await db.select().from(incidents).where(eq(incidents.id, id));
  return (row as Incident | undefined) ?? null;
}

export async function findIncidentByNumber(db: Executor, number: number): Promise<Incident | null> {
  const [row] = await db.select().from(incidents).where(eq(incidents.number, number));
  return (row as Incident | undefined) ?? null;
}

export async function findIncidentByIssue(
  db: Executor,
  projectId: string,
  issueNumber: number,
): Promise<Incident | null> {
  const [row] = await db
    .select()
    .from(incidents)
    .where(and(eq(incidents.projectId, projectId), eq(incidents.issueNumber, issueNumber)));
  return (row as Incident | undefined) ?? null;
}

/** Issue ids are the source's own: two sources can have the same. */
export async function listIncidentsBySourceIssue(
  db: Executor,
  { projectId, source }: { projectId: string; source: string },
  issueId: string,
): Promise<Incident[]> {
  const rows = await db
    .select()
    .from(incidents)
    .where(and(eq(incidents.projectId, projectId), eq(incidents.source, source), eq(incidents.sourceIssueId, issueId)));
  return rows as Incident[];
}

export async function listIncidentsInStates(
  db: Executor,
  projectId: string,
  states: readonly IncidentState[],
): Promise<Incident[]> {
  const rows = await db
    .select()
    .from(incidents)
    .where(and(eq(incidents.projectId, projectId), sql`${incidents.state} = any(${sql.param(states)}::text[])`));
  return rows as Incident[];
}

/** Adds an incident unless there is one of its id; answers it, or null. */
export async function insertIncident(tx: Executor, row: typeof incidents.$inferInsert): Promise<Incident | null> {
  const [inserted] = await tx.insert(incidents).values(row).onConflictDoNothing().returning();
  return (inserted as Incident | undefined) ?? null;
}

/** Writes only where the version is still the one that was read; answers null when it is not. */
export async function updateIncident(
  tx: Executor,
  read: { id: string; version: number },
  state: IncidentState,
  patch: IncidentPatch,
  now: Date,
): Promise<Incident | null> {
  const [row] = await tx
    .update(incidents)
    .set({ ...patch, state, version: read.version + 1, updatedAt: now })
    .where(and(eq(incidents.id, read.id), eq(incidents.version, read.version)))
    .returning();
  return (row as Incident | undefined) ?? null;
}

/** Refreshes what the source says of the incident. Decides nothing, so it neither needs nor raises the version. */
export async function refreshFacts(tx: Executor, id: string, facts: IncidentPatch): Promise<void> {
  await tx.update(incidents).set(facts).where(eq(incidents.id, id));
}

/** Remembers the incident's issue. A fact of its own: it neither needs nor raises the version. Answers whether it was news. */
export async function setIssue(tx: Executor, id: string, issue: { number: number; url: string }): Promise<boolean> {
  const rows = await tx
    .update(incidents)
    .set({ issueNumber: issue.number, issueUrl: issue.url })
    .where(and(eq(incidents.id, id), sql`${incidents.issueNumber} is null`))
    .returning({ id: incidents.id });
  return rows.length > 0;
}

export async function insertTimeline(tx: Executor, row: Omit<TimelineRow, "seq">): Promise<void> {
  await tx.insert(timeline).values(row);
}

/** Oldest first, from after `afterSeq`. */
export async function listTimeline(
  db: Executor,
  incidentId: string,
  afterSeq = 0,
  limit = 1_000,
): Promise<TimelineRow[]> {
  return db
    .select()
    .from(timeline)
    .where(and(eq(timeline.incidentId, incidentId), gt(timeline.seq, afterSeq)))
    .orderBy(asc(timeline.seq))
    .limit(limit);
}

/** The newest entries, oldest of them first: what a verb looks back on, however long the story is. */
export async function listRecentTimeline(db: Executor, incidentId: string, limit = 1_000): Promise<TimelineRow[]> {
  const rows = await db
    .select()
    .from(timeline)
    .where(eq(timeline.incidentId, incidentId))
    .orderBy(desc(timeline.seq))
    .limit(limit);
  return rows.reverse();
}

/** The entry that tells how the incident came into this state last, or null. */
export async function findMoveInto(
  db: Executor,
  incidentId: string,
  state: IncidentState,
): Promise<TimelineRow | null> {
  const [row] = await db
    .select()
    .from(timeline)
    .where(and(eq(timeline.incidentId, incidentId), sql`${timeline.detail}->>'to' = ${state}`))
    .orderBy(desc(timeline.seq))
    .limit(1);
  return row ?? null;
}

/** How many alerts of this incident were stored, and when the last one came. */
export async function countAlerts(db: Executor, incidentId: string): Promise<{ alerts: number; lastAt: Date | null }> {
  const result = await db.execute(
    sql`select count(*)::int as alerts, max(received_at) as "lastAt" from ${deliveries} where incident_id = ${incidentId}`,
  );
  const [row] = rowsOf<{ alerts: number; lastAt: string | Date | null }>(result);
  return { alerts: row?.alerts ?? 0, lastAt: row?.lastAt ? new Date(row.lastAt) : null };
}

/**
 * The newest alert of this incident. Where it was stored without its event, as most alerts of a storm are (see
 * lib/intake/receive-delivery.ts), it has the newest event that was stored.
 */
export async function findLatestAlert(db: Executor, incidentId: string) {
  const alerts = (further: SQL) =>
    db
      .select()
      .from(deliveries)
      .where(and(eq(deliveries.incidentId, incidentId), eq(deliveries.outcome, "accepted"), further))
      .orderBy(desc(deliveries.receivedAt))
      .limit(1);
  const [latest] = await alerts(sql`true`);
  if (latest?.signal?.kind !== "alert" || latest.signal.event !== null) return latest ?? null;
  const [whole] = await alerts(sql`jsonb_typeof(${deliveries.signal}->'event') = 'object'`);
  const event = whole?.signal?.kind === "alert" ? whole.signal.event : null;
  return { ...latest, signal: { ...latest.signal, event } };
}

/** The incidents that a delivery is about: its own, its issue's at the source, or those of the issue or pull request it names. */
export async function listIncidentsOfDelivery(
  db: Executor,
  delivery: typeof deliveries.$inferSelect,
): Promise<Incident[]> {
  const { projectId, incidentId, signal } = delivery;
  const listed = (found: Incident | null) => (found === null ? [] : [found]);
  if (incidentId !== null) return listed(await findIncident(db, incidentId));
  if (signal === null) return [];
  switch (signal.kind) {
    case "comment":
      return signal.isPullRequest
        ? listIncidentsOfPullRequest(db, projectId, signal.issueNumber)
        : listed(await findIncidentByIssue(db, projectId, signal.issueNumber));
    case "github_issue":
      return listed(await findIncidentByIssue(db, projectId, signal.issueNumber));
    case "pull_request":
      return listIncidentsOfPullRequest(db, projectId, signal.number);
    default:
      return "issueId" in signal ? listIncidentsBySourceIssue(db, delivery, signal.issueId) : [];
  }
}

async function listIncidentsOfPullRequest(db: Executor, projectId: string, number: number): Promise<Incident[]> {
  const rows = await db
    .select({ incident: incidents })
    .from(pullRequests)
    .innerJoin(incidents, eq(incidents.id, pullRequests.incidentId))
    .where(and(eq(pullRequests.projectId, projectId), eq(pullRequests.number, number)));
  return rows.map((row) => row.incident as Incident);
}

/** Files a delivery under the incident that it turned out to be about. */
export async function linkDelivery(tx: Executor, id: string, incidentId: string): Promise<void> {
  await tx.update(deliveries).set({ incidentId }).where(eq(deliveries.id, id));
}

/** A delivery that was taken turned out to be nothing for us; it stays, with the reason. */
export async function ignoreDelivery(tx: Executor, id: string, reason: string): Promise<void> {
  await tx.update(deliveries).set({ outcome: "ignored", reason }).where(eq(deliveries.id, id));
}

export async function findDelivery(db: Executor, id: string) {
  const [row] = await db.select().from(deliveries).where(eq(deliveries.id, id));
  return row ?? null;
}
