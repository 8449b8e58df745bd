import type { RawQuery } from "../db/database.ts";
import type { Signal } from "./model.ts";

interface OpenedIncident {
  id: string;
  identityKey: string;
  kind: string;
  title: string;
  culprit: string | null;
  level: string;
  environment: string;
  release: string | null;
  sourceIssueId: string;
  sourceShortId: string | null;
  sourceUrl: string | null;
  events: number | null;
  users: number | null;
  firstSeenAt: string;
  lastSeenAt: string;
}

/** One delivery with all that it sets going; ids are already known, see `idFrom`. */
export interface IntakeRow {
  deliveryId: string;
  projectId: string;
  source: string;
  dedupeKey: string;
  resource: string;
  outcome: "accepted" | "ignored";
  reason: string;
  signal: Signal | null;
  /** How we learnt of it; a webhook unless it says otherwise. */
  via?: "webhook" | "poll";
  /** The incident that it opens; of one that is stored already its id is enough. */
  incident: OpenedIncident | { id: string } | null;
  /** An incident that the delivery is about and does not open. */
  incidentId?: string;
  job: { id: string; name: string; payload: Record<string, unknown>; key: string; maxAttempts: number } | null;
  /** The installation that sent it, and the organisation that is watched: of another one's it is ignored. */
  installation?: string;
  organization?: string;
}

/** How a new delivery was stored: ignored where its installation is another organisation's. */
export interface StoredDelivery {
  outcome: "accepted" | "ignored";
  reason: string;
}

const INSERT_DELIVERIES = `
  with input as materialized (
    select "deliveryId", "projectId", x.source, "dedupeKey", resource, signal, via,
      case when s.organization is null then outcome else 'ignored' end as outcome,
      case when s.organization is null then reason else 'installation ' || installation || ' belongs to organization '
        || s.organization || ', and ' || x.organization || ' is watched' end as reason,
      case when s.organization is null then incident end as incident,
      case when s.organization is null then job end as job
    from jsonb_to_recordset($1::jsonb) as x(
      "deliveryId" text, "projectId" text, source text, "dedupeKey" text, resource text, outcome text, reason text,
      signal jsonb, via text, incident jsonb, job jsonb, installation text, organization text)
    left join installations s on s.project_id = "projectId" and s.source = x.source
      and s.installation_id = installation and lower(s.organization) <> lower(x.organization)
  ), confirmed as (
    update deliveries d set via = 'webhook' from (
      select p.id from deliveries p where p.via = 'poll'
        and p.id = any(array(select "deliveryId" from input where coalesce(via, 'webhook') = 'webhook'))
      order by p.id for update) polled
    where d.id = polled.id
  ), opened as (
    insert into incidents (id, project_id, identity_key, source, kind, state, title, culprit, level, environment, release,
      source_issue_id, source_short_id, source_url, events, users, first_seen_at, last_seen_at, created_at, updated_at)
    select distinct on (incident->>'id') incident->>'id', "projectId", incident->>'identityKey', source, incident->>'kind', 'new',
      incident->>'title', incident->>'culprit', incident->>'level', incident->>'environment', incident->>'release',
      incident->>'sourceIssueId', incident->>'sourceShortId', incident->>'sourceUrl',
      (incident->>'events')::int, (incident->>'users')::int,
      (incident->>'firstSeenAt')::timestamptz, (incident->>'lastSeenAt')::timestamptz, $2::timestamptz, $2::timestamptz
    from input where incident ? 'identityKey'
      and not exists (select 1 from incidents i where i.id = incident->>'id')
    order by incident->>'id' on conflict do nothing
  ), fresh as (
    insert into deliveries (id, project_id, source, dedupe_key, resource, outcome, reason, signal, incident_id, via, received_at)
    select distinct on ("deliveryId") "deliveryId", "projectId", source, "dedupeKey", resource, outcome, reason,
      nullif(signal, 'null'::jsonb), incident->>'id', coalesce(via, 'webhook'), $2::timestamptz
    from input order by "deliveryId" on conflict do nothing
    returning id, outcome, reason
  ), queued as (
    insert into jobs (id, name, payload, key, state, run_at, max_attempts, created_at)
    select distinct on (job->>'key') job->>'id', job->>'name', job->'payload', job->>'key', 'pending',
      $2::timestamptz, (job->>'maxAttempts')::int, $2::timestamptz
    from input join fresh on fresh.id = "deliveryId" where jsonb_typeof(job) = 'object'
    order by job->>'key' on conflict do nothing
  )
  select id, outcome, reason from fresh`;

/**
 * Stores deliveries, the incidents that they open and their first jobs, in one statement and so in one round trip,
 * all or nothing. Answers those that were new, by id; the others are duplicates and set nothing going.
 *
 * An existing incident is neither read nor touched, so a storm on one incident has no hot row. `not exists` spares the
 * incidents' number sequence, which a conflict would advance too. All rows are locked in the order of their keys, so that
 * two doors on the same rows wait for each other and never in a circle. What polling had stored, and a webhook then brings after
 * all, counts as brought by the webhook. Of an incident that `isStored` already, only the id is sent. Of what another organisation's
 * installation sent (sentry.io has slugs in lower case, people write them as they like) nothing is set going.
 */
export async function insertDeliveries(
  query: RawQuery,
  rows: readonly IntakeRow[],
  now: Date,
  isStored: (incidentId: string) => boolean = () => false,
): Promise<Map<string, StoredDelivery>> {
  const sent = rows.map((row) => {
    const id = row.incident && isStored(row.incident.id) ? row.incident.id : row.incidentId;
    return id === undefined ? row : { ...row, incident: { id } };
  });
  const fresh = await query(INSERT_DELIVERIES, [JSON.stringify(sent), now.toISOString()]);
  return new Map(
    fresh.map(({ id, outcome, reason }) => {
      const stored = { outcome: outcome === "ignored" ? "ignored" : "accepted", reason: String(reason) } as const;
      return [String(id), stored];
    }),
  );
}

/** An alert that counted issues without naming them, and when the source's alert before it came. */
export async function findUnnamedAlert(query: RawQuery, deliveryId: string) {
  const [row] = await query(
    `select d.project_id as "projectId", d.source, floor(extract(epoch from d.received_at) * 1000)::text as "receivedMs",
      (select floor(extract(epoch from max(p.received_at)) * 1000)::text from deliveries p
        where p.project_id = d.project_id and p.source = d.source and p.resource = 'issue_alert'
          and p.received_at < d.received_at) as "previousMs"
    from deliveries d where d.id = $1`,
    [deliveryId],
  );
  if (row === undefined) return null;
  return {
    projectId: String(row.projectId),
    source: String(row.source),
    receivedMs: Number(row.receivedMs),
    previousMs: row.previousMs === null ? null : Number(row.previousMs),
  };
}

/** Which of these incidents there are. */
export async function listKnownIncidents(query: RawQuery, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const rows = await query("select id from incidents where id = any($1::text[])", [ids]);
  return new Set(rows.map((row) => String(row.id)));
}
