import { and, asc, desc, eq, inArray, isNull, notInArray, or, type SQL, sql } from "drizzle-orm";
import { type Executor, rowsOf } from "../db/database.ts";
import {
  approvals,
  deliveries,
  deployments,
  feedbackItems,
  incidents,
  jobs,
  pullRequests,
  repairRuns,
  timeline,
  verifications,
} from "../db/schema/index.ts";

export type IncidentRow = typeof incidents.$inferSelect;
export type PullRequestRow = typeof pullRequests.$inferSelect;
export type RunRow = typeof repairRuns.$inferSelect;
export type VerificationRow = typeof verifications.$inferSelect;
export type DeploymentRow = typeof deployments.$inferSelect;
export type ApprovalRow = typeof approvals.$inferSelect;
export type FeedbackRow = typeof feedbackItems.$inferSelect;
export type PausedRow = { id: string; number: number; title: string; pausedAt: Date; pausedBy: string | null };
export type JobRow = typeof jobs.$inferSelect;
export type DeliveryRow = typeof deliveries.$inferSelect;

/** Rows of one page and one more, which tells whether there is another page. */
const withOneMore = (limit: number) => limit + 1;

export async function listIncidentRows(
  db: Executor,
  projectId: string,
  input: { limit: number; beforeNumber: number | null },
): Promise<IncidentRow[]> {
  const before = input.beforeNumber === null ? sql`true` : sql`${incidents.number} < ${input.beforeNumber}`;
  return db
    .select()
    .from(incidents)
    .where(and(eq(incidents.projectId, projectId), isNull(incidents.causeId), before))
    .orderBy(desc(incidents.number))
    .limit(withOneMore(input.limit));
}

export async function listPullRequestRows(db: Executor, incidentIds: readonly string[]): Promise<PullRequestRow[]> {
  if (incidentIds.length === 0) return [];
  return db
    .select()
    .from(pullRequests)
    .where(inArray(pullRequests.incidentId, [...incidentIds]))
    .orderBy(pullRequests.number);
}

export async function countIncidentStates(
  db: Executor,
  projectId: string,
): Promise<{ state: string; count: number }[]> {
  const result = await db.execute(
    sql`select state, count(*)::int as count from ${incidents} where project_id = ${projectId} group by state`,
  );
  return rowsOf(result);
}

export async function countJobStates(db: Executor): Promise<{ state: string; count: number }[]> {
  return rowsOf(await db.execute(sql`select state, count(*)::int as count from ${jobs} group by state`));
}

export async function findLastDeliveryAt(db: Executor, projectId: string): Promise<Date | null> {
  const [row] = await db
    .select({ at: deliveries.receivedAt })
    .from(deliveries)
    .where(eq(deliveries.projectId, projectId))
    .orderBy(desc(deliveries.receivedAt))
    .limit(1);
  return row?.at ?? null;
}

export async function listRunRows(db: Executor, incidentId: string): Promise<RunRow[]> {
  return db.select().from(repairRuns).where(eq(repairRuns.incidentId, incidentId)).orderBy(repairRuns.attempt);
}

export async function listVerificationRows(
  db: Executor,
  incidentId: string,
  limit: number,
): Promise<VerificationRow[]> {
  return db
    .select()
    .from(verifications)
    .where(eq(verifications.incidentId, incidentId))
    .orderBy(desc(verifications.at))
    .limit(limit);
}

/** Deployments by their provider's id or by their commit, newest first. */
export async function listDeploymentRows(
  db: Executor,
  projectId: string,
  by: { deploymentIds: readonly string[]; shas: readonly string[] },
): Promise<DeploymentRow[]> {
  const matches: SQL[] = [];
  if (by.deploymentIds.length > 0) matches.push(inArray(deployments.deploymentId, [...by.deploymentIds]));
  if (by.shas.length > 0) matches.push(inArray(deployments.sha, [...by.shas]));
  if (matches.length === 0) return [];
  return db
    .select()
    .from(deployments)
    .where(and(eq(deployments.projectId, projectId), or(...matches)))
    .orderBy(desc(deployments.createdAt))
    .limit(20);
}

export async function listJobRows(
  db: Executor,
  input: { limit: number; state: string | null; beforeId: string | null },
): Promise<JobRow[]> {
  const state = input.state === null ? sql`true` : eq(jobs.state, input.state);
  // Ids begin with their time, so they are an order by age.
  const before = input.beforeId === null ? sql`true` : sql`${jobs.id} < ${input.beforeId}`;
  return db.select().from(jobs).where(and(state, before)).orderBy(desc(jobs.id)).limit(withOneMore(input.limit));
}

export async function listDeliveryRows(
  db: Executor,
  projectId: string,
  input: { limit: number; before: { at: string; id: string } | null },
): Promise<Omit<DeliveryRow, "signal" | "dedupeKey">[]> {
  const before =
    input.before === null
      ? sql`true`
      : sql`(${deliveries.receivedAt}, ${deliveries.id}) < (${input.before.at}::timestamptz, ${input.before.id})`;
  return db
    .select({
      id: deliveries.id,
      projectId: deliveries.projectId,
      source: deliveries.source,
      resource: deliveries.resource,
      outcome: deliveries.outcome,
      reason: deliveries.reason,
      incidentId: deliveries.incidentId,
      via: deliveries.via,
      receivedAt: deliveries.receivedAt,
    })
    .from(deliveries)
    .where(and(eq(deliveries.projectId, projectId), before))
    .orderBy(desc(deliveries.receivedAt), desc(deliveries.id))
    .limit(withOneMore(input.limit));
}

/** What changes when anything about the incident does: its version, its newest timeline entry, and its runs' progress. */
export async function readPulseRow(db: Executor, incidentId: string): Promise<string | null> {
  const result = await db.execute(sql`
    select i.version::text || ':' || coalesce((select max(seq) from ${timeline} where incident_id = i.id), 0)::text
      || ':' || coalesce((select string_agg(r.state || coalesce(r.phase, ''), ',' order by r.attempt)
        from ${repairRuns} r where r.incident_id = i.id), '') as pulse
    from ${incidents} i where i.id = ${incidentId}`);
  const [row] = rowsOf<{ pulse: string }>(result);
  return row?.pulse ?? null;
}

/** Moves of production that people were offered, newest first. */
export async function listApprovalRows(db: Executor, incidentId: string): Promise<ApprovalRow[]> {
  return db
    .select()
    .from(approvals)
    .where(eq(approvals.incidentId, incidentId))
    .orderBy(desc(approvals.createdAt), desc(approvals.id));
}

/** What was said of the incident's pull requests, oldest first. */
export async function listFeedbackRows(db: Executor, incidentId: string): Promise<FeedbackRow[]> {
  return db
    .select()
    .from(feedbackItems)
    .where(eq(feedbackItems.incidentId, incidentId))
    .orderBy(asc(feedbackItems.saidAt), asc(feedbackItems.id));
}

/** Incidents that are not over and whose repairs are held by people, longest held first. */
export async function listPausedRows(db: Executor, projectId: string, limit: number): Promise<PausedRow[]> {
  const { id, number, title, pausedAt, pausedBy } = incidents;
  const rows = await db
    .select({ id, number, title, pausedAt, pausedBy })
    .from(incidents)
    .where(
      and(
        eq(incidents.projectId, projectId),
        sql`${pausedAt} is not null`,
        notInArray(incidents.state, ["recovered", "done", "ignored"]),
      ),
    )
    .orderBy(asc(pausedAt))
    .limit(limit);
  return rows.flatMap((row) => (row.pausedAt === null ? [] : [{ ...row, pausedAt: row.pausedAt }]));
}

/** How many incidents were last told that their repair waits for the storm breaker; see lib/repair/hold-repair.ts. */
export async function countHeldByStorm(db: Executor, projectId: string): Promise<number> {
  const result = await db.execute(sql`
    select count(*)::int as found from ${incidents} i
    where i.project_id = ${projectId} and i.cause_id is null and i.state in ('investigating', 'repairing')
      and (select t.kind = 'held' and t.detail->>'reason' = 'storm' from ${timeline} t
        where t.incident_id = i.id and t.kind in ('held', 'repair_queued') order by t.seq desc limit 1)`);
  return rowsOf<{ found: number }>(result)[0]?.found ?? 0;
}
