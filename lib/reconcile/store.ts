import { and, desc, eq, inArray, isNull, sql } from "drizzle-orm";
import { type Executor, rowsOf } from "../db/database.ts";
import { cursors, deliveries, incidents, timeline } from "../db/schema/index.ts";
import type { IncidentState } from "../incidents/model.ts";
import type { KnownIncident } from "./model.ts";

export type CursorRow = typeof cursors.$inferSelect;

export async function findCursor(db: Executor, projectId: string, source: string): Promise<CursorRow | null> {
  const [row] = await db
    .select()
    .from(cursors)
    .where(and(eq(cursors.projectId, projectId), eq(cursors.source, source)));
  return row ?? null;
}

export async function listCursors(db: Executor, projectId: string): Promise<CursorRow[]> {
  return db.select().from(cursors).where(eq(cursors.projectId, projectId)).orderBy(cursors.source);
}

/** Writes a source's cursor, unless another look has moved it since it was read (`read` null: there was none). */
export async function saveCursor(tx: Executor, row: CursorRow, read: CursorRow | null): Promise<void> {
  const isUnmoved = read === null ? sql`false` : eq(cursors.position, read.position);
  await tx
    .insert(cursors)
    .values(row)
    .onConflictDoUpdate({
      target: [cursors.projectId, cursors.source],
      set: { position: row.position, retryAt: row.retryAt, fault: row.fault, updatedAt: row.updatedAt },
      setWhere: isUnmoved,
    });
}

interface IncidentRow {
  id: string;
  sourceIssueId: string | null;
  state: string;
  lastSeenAt: Date;
  closedAt: Date | null;
}
const incidentFields = {
  id: incidents.id,
  sourceIssueId: incidents.sourceIssueId,
  state: incidents.state,
  lastSeenAt: incidents.lastSeenAt,
  closedAt: incidents.closedAt,
};

/** The incidents of these identities (`source:issue:environment`), by the source's issue id. */
export async function listKnownIncidents(
  db: Executor,
  projectId: string,
  identityKeys: readonly string[],
): Promise<Map<string, KnownIncident>> {
  if (identityKeys.length === 0) return new Map();
  const rows = await db
    .select(incidentFields)
    .from(incidents)
    .where(and(eq(incidents.projectId, projectId), inArray(incidents.identityKey, [...identityKeys])));
  return withStatus(db, rows);
}

/** The error incidents of a source that are in one of these states, by the source's issue id. */
export async function listOpenIncidents(
  db: Executor,
  projectId: string,
  source: string,
  states: readonly IncidentState[],
): Promise<Map<string, KnownIncident>> {
  const rows = await db
    .select(incidentFields)
    .from(incidents)
    .where(
      and(
        eq(incidents.projectId, projectId),
        eq(incidents.source, source),
        eq(incidents.kind, "error"),
        inArray(incidents.state, [...states]),
        isNull(incidents.causeId),
      ),
    )
    .orderBy(incidents.number);
  return withStatus(db, rows);
}

async function withStatus(db: Executor, rows: readonly IncidentRow[]): Promise<Map<string, KnownIncident>> {
  const statuses = await listSourceStatuses(
    db,
    rows.map((row) => row.id),
  );
  const known = rows.flatMap((row): [string, KnownIncident][] => {
    const { id, sourceIssueId: issueId, state, lastSeenAt, closedAt } = row;
    if (issueId === null) return [];
    const times = { lastSeenAt: lastSeenAt.toISOString(), closedAt: closedAt?.toISOString() ?? null };
    const sourceStatus = statuses.get(id) ?? null;
    return [[issueId, { incidentId: id, issueId, state: state as IncidentState, ...times, sourceStatus }]];
  });
  return new Map(known);
}

/** The status at the source that each incident's timeline told last. */
async function listSourceStatuses(db: Executor, incidentIds: readonly string[]): Promise<Map<string, string>> {
  if (incidentIds.length === 0) return new Map();
  const rows = await db
    .selectDistinctOn([timeline.incidentId], { incidentId: timeline.incidentId, detail: timeline.detail })
    .from(timeline)
    .where(and(inArray(timeline.incidentId, [...incidentIds]), eq(timeline.kind, "source_status")))
    .orderBy(timeline.incidentId, desc(timeline.seq));
  return new Map(
    rows.flatMap(({ incidentId, detail }) =>
      typeof detail.status === "string" ? [[incidentId, detail.status] as const] : [],
    ),
  );
}

/** The ends of these deployments that any delivery since then told of, as `[deploymentId, event]`. */
export async function listToldDeployments(
  db: Executor,
  input: { projectId: string; source: string; since: Date; deploymentIds: readonly string[] },
): Promise<[deploymentId: string, event: string][]> {
  if (input.deploymentIds.length === 0) return [];
  const result = await db.execute(sql`
    select distinct signal->>'deploymentId' as "deploymentId", signal->>'event' as event from ${deliveries}
    where project_id = ${input.projectId} and source = ${input.source}
      and received_at >= ${input.since.toISOString()}::timestamptz
      and signal->>'deploymentId' = any(${sql.param(input.deploymentIds)}::text[])`);
  return rowsOf<{ deploymentId: string; event: string }>(result).map((row) => [row.deploymentId, row.event]);
}

/** Which of these deliveries are stored. */
export async function listStoredDeliveries(db: Executor, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const rows = await db
    .select({ id: deliveries.id })
    .from(deliveries)
    .where(sql`${deliveries.id} = any(${sql.param(ids)}::text[])`);
  return new Set(rows.map((row) => row.id));
}

export interface GapRow {
  id: string;
  source: string;
  resource: string;
  reason: string;
  signalKind: string | null;
  subject: string | null;
  title: string | null;
  /** The status or the deployment's end that was told. */
  told: string | null;
  incidentId: string | null;
  receivedAt: string | Date;
}

/**
 * What polling stored in `[since, until]` and no webhook told of within `graceMs` before or after, newest first, with
 * how many there are. A webhook tells of the same thing when it is on the same incident, or says the same of the same
 * issue or deployment.
 */
export async function listGapRows(
  db: Executor,
  input: {
    projectId: string;
    resources: readonly string[];
    /** `source:resource` of what that source has no webhook for. */
    neverTold: readonly string[];
    since: Date;
    until: Date;
    graceMs: number;
    limit: number;
  },
): Promise<{ rows: GapRow[]; counts: Map<string, number> }> {
  const grace = sql`make_interval(secs => ${input.graceMs / 1_000}::double precision)`;
  const gaps = sql`
    with gaps as (
      select d.id, d.source, d.resource, d.reason, d.incident_id as "incidentId", d.received_at as "receivedAt",
        d.signal->>'kind' as "signalKind", d.signal->>'title' as title,
        coalesce(d.signal->>'shortId', d.signal->>'issueId', d.signal->>'deploymentId') as subject,
        case when d.signal->>'kind' = 'alert' then null else coalesce(d.signal->>'status', d.signal->>'event') end as told
      from ${deliveries} d
      where d.project_id = ${input.projectId} and d.via = 'poll'
        and d.received_at between ${input.since.toISOString()}::timestamptz and ${input.until.toISOString()}::timestamptz
        and d.resource = any(${sql.param(input.resources)}::text[])
        and d.source || ':' || d.resource <> all(${sql.param(input.neverTold)}::text[])
        and (d.outcome = 'accepted' or d.signal is null)
        and not exists (
          select 1 from ${deliveries} w where w.incident_id = d.incident_id and w.via = 'webhook'
            and w.received_at between d.received_at - ${grace} and d.received_at + ${grace})
        and (d.incident_id is not null or not exists (
          select 1 from ${deliveries} w where w.project_id = d.project_id and w.source = d.source and w.via = 'webhook'
            and w.received_at between d.received_at - ${grace} and d.received_at + ${grace}
            and w.signal->>'kind' = d.signal->>'kind'
            and coalesce(w.signal->>'issueId', w.signal->>'deploymentId')
              = coalesce(d.signal->>'issueId', d.signal->>'deploymentId')
            and coalesce(w.signal->>'status', w.signal->>'event') = coalesce(d.signal->>'status', d.signal->>'event')))
    )`;
  const newest = await db.execute(sql`${gaps} select * from gaps order by "receivedAt" desc limit ${input.limit}`);
  const counted = await db.execute(sql`${gaps} select source, count(*)::int as count from gaps group by source`);
  const counts = rowsOf<{ source: string; count: number }>(counted).map((row) => [row.source, row.count] as const);
  return { rows: rowsOf<GapRow>(newest), counts: new Map(counts) };
}
