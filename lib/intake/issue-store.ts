import type { RawQuery } from "../db/database.ts";
import type { GithubIssueSignal, Signal } from "./model.ts";
import type { IntakeRow } from "./store.ts";

/** An alert that stands in an issue of the code host, with what makes that issue its incident's own. */
export interface IssueAlertRow extends IntakeRow {
  issue: { number: number; url: string };
  /** The timeline's entry, by what the statement finds: the issue is taken over, the incident has another, or it changed. */
  entry: { id: string; actor: string; adopted: string; other: string; changed: string | null };
}

const STORE_ISSUE_ALERT = `
  with input as materialized (
    select * from jsonb_to_record($1::jsonb) as x(
      "deliveryId" text, "projectId" text, source text, "dedupeKey" text, resource text, outcome text, reason text,
      signal jsonb, via text, incident jsonb, job jsonb, issue jsonb, entry jsonb)
  ), opened as (
    insert into incidents (id, project_id, identity_key, source, kind, state, title, culprit, level, environment, release,
      source_issue_id, source_short_id, source_url, events, users, first_seen_at, last_seen_at, created_at, updated_at,
      issue_number, issue_url, is_issue_foreign)
    select incident->>'id', "projectId", incident->>'identityKey', source, incident->>'kind', 'new',
      incident->>'title', incident->>'culprit', incident->>'level', incident->>'environment', incident->>'release',
      incident->>'sourceIssueId', incident->>'sourceShortId', incident->>'sourceUrl',
      (incident->>'events')::int, (incident->>'users')::int,
      (incident->>'firstSeenAt')::timestamptz, (incident->>'lastSeenAt')::timestamptz, $2::timestamptz, $2::timestamptz,
      (issue->>'number')::int, issue->>'url', true
    from input where not exists (select 1 from incidents i where i.id = incident->>'id')
    on conflict do nothing returning id
  ), adopted as (
    update incidents i set issue_number = (issue->>'number')::int, issue_url = issue->>'url', is_issue_foreign = true
    from input where i.id = incident->>'id' and i.issue_number is null returning i.id
  ), fresh as (
    insert into deliveries (id, project_id, source, dedupe_key, resource, outcome, reason, signal, incident_id, via, received_at)
    select "deliveryId", "projectId", source, "dedupeKey", resource, outcome, reason, signal, incident->>'id',
      coalesce(via, 'webhook'), $2::timestamptz
    from input on conflict do nothing returning id
  ), told as (
    select id, 'issue_adopted' as kind, entry->>'adopted' as summary from input, (table opened union all table adopted) taken
    union all
    select i.id, 'issue_other', entry->>'other' from input join incidents i on i.id = incident->>'id'
      where i.issue_number <> (issue->>'number')::int and exists (select 1 from fresh)
    union all
    select i.id, 'issue_changed', entry->>'changed' from input join incidents i on i.id = incident->>'id'
      where i.issue_number = (issue->>'number')::int and entry->>'changed' is not null
  ), written as (
    insert into timeline (id, incident_id, at, actor, kind, summary, detail, url)
    select entry->>'id', told.id, $2::timestamptz, entry->>'actor', told.kind, told.summary,
      jsonb_build_object('number', issue->'number'), issue->>'url'
    from input, told
  ), queued as (
    insert into jobs (id, name, payload, key, state, run_at, max_attempts, created_at)
    select job->>'id', job->>'name', job->'payload', job->>'key', 'pending', $2::timestamptz,
      (job->>'maxAttempts')::int, $2::timestamptz
    from input where exists (select 1 from fresh) on conflict do nothing
  )
  select exists (select 1 from opened) as opened, exists (select 1 from adopted) as adopted`;

/**
 * Stores one such alert, its incident and the triage job, and makes the issue the incident's own, in one statement:
 * nothing can look at the incident before it has its issue, and open a second one.
 */
export async function storeIssueAlert(
  query: RawQuery,
  row: IssueAlertRow,
  now: Date,
): Promise<{ opened: boolean; adopted: boolean }> {
  const [found] = await query(STORE_ISSUE_ALERT, [JSON.stringify(row), now.toISOString()]);
  return { opened: found?.opened === true, adopted: found?.adopted === true };
}

/** The incident's number and issue, or null where there is no such incident. */
export async function findIssueOf(query: RawQuery, incidentId: string) {
  const [row] = await query("select number, issue_number from incidents where id = $1", [incidentId]);
  if (row === undefined) return null;
  return { number: Number(row.number), issueNumber: row.issue_number === null ? null : Number(row.issue_number) };
}

/** A delivery's project and the issue that it tells of; null for any other delivery. */
export async function findIssueDelivery(
  query: RawQuery,
  id: string,
): Promise<{ projectId: string; signal: GithubIssueSignal } | null> {
  const [row] = await query("select project_id, signal from deliveries where id = $1", [id]);
  const signal = row?.signal as Signal | null | undefined;
  return row && signal?.kind === "github_issue" ? { projectId: String(row.project_id), signal } : null;
}

/** Says on a stored delivery what came of it. */
export async function noteOutcome(
  query: RawQuery,
  deliveryId: string,
  outcome: { outcome: "accepted" | "ignored"; reason: string },
): Promise<void> {
  await query("update deliveries set outcome = $2, reason = $3 where id = $1", [
    deliveryId,
    outcome.outcome,
    outcome.reason,
  ]);
}
