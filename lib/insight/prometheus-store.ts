import { type SQL, sql } from "drizzle-orm";
import { type Executor, rowsOf } from "../db/database.ts";
import {
  type BucketFigures,
  type DeliveryFigures,
  type FindingFigures,
  type IncidentFigures,
  type JobFigures,
  type ModelFigures,
  type PullRequestFigures,
  type ReviewFigures,
  type RunFigures,
  SECONDS,
} from "./figures-model.ts";

/*
 * Sums are made of `numeric`, and groups come in one order: a sum of floats depends on theirs, and a counter that is a hair
 * smaller than at the last scrape is taken for one that began again.
 */

/** The first bucket whose bound is not below the seconds. Negated, because `width_bucket` leaves its upper bounds out. */
function bucketOf(bounds: readonly number[]): SQL {
  const negated = bounds.toReversed().map((bound) => -bound);
  return sql`${sql.raw(String(bounds.length))} - width_bucket(-seconds::float8, array[${sql.raw(negated.join(","))}]::float8[])`;
}

const between = (from: SQL, to: SQL): SQL => sql`extract(epoch from ${to} - ${from})`;

/** Clocks of two machines can disagree by a little: never less than nothing. */
const SECONDS_SUM = sql`coalesce(sum(greatest(seconds, 0)), 0)::float8 as seconds`;

const sumOf = (value: SQL): SQL => sql`coalesce(sum(${value}), 0)::float8`;

export async function countDeliveries(db: Executor, projectId: string): Promise<DeliveryFigures[]> {
  return rowsOf(
    await db.execute(sql`
      select source, outcome, via, count(*)::float8 as count from deliveries
      where project_id = ${projectId} group by 1, 2, 3 order by 1, 2, 3`),
  );
}

/**
 * Jobs carry no project: these are all of the installation. The time that `job_runs` has is written once; a job's own
 * end is written again when a broker delivers a done job a second time.
 */
export async function countJobs(db: Executor, now: Date): Promise<JobFigures[]> {
  const seconds = between(sql`j.run_at`, sql`coalesce(r.finished_at, j.finished_at)`);
  const isDue = sql`j.state in ('pending', 'published') and j.run_at <= ${now.toISOString()}::timestamptz`;
  return rowsOf(
    await db.execute(sql`
      select job, state, ${bucketOf(SECONDS.job)} as bucket, count(*)::float8 as count,
        ${SECONDS_SUM}, ${sumOf(sql`retries`)} as retries,
        count(due)::float8 as due, extract(epoch from min(due))::float8 as "dueSince"
      from (
        select j.name as job, case when j.state not in ('pending', 'published') then j.state
            when j.attempts > 0 then 'retrying' else 'waiting' end as state,
          case when j.state = 'done' then ${seconds} end as seconds,
          greatest(j.attempts - 1, 0) as retries, case when ${isDue} then j.run_at end as due
        from jobs j left join job_runs r on r.job_id = j.id offset 0) j
      group by 1, 2, 3 order by 1, 2, 3`),
  );
}

export async function countIncidents(db: Executor, projectId: string): Promise<IncidentFigures[]> {
  return rowsOf(
    await db.execute(sql`
      select source, kind, state, priority, cause_id is not null as "isSymptom", count(*)::float8 as count
      from incidents where project_id = ${projectId} group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5`),
  );
}

/**
 * The start of an occurrence: the first alert, or the first move after the incident had ended. `isBefore` bounds a row of
 * the timeline by the moment in question, so that what happens later changes nothing.
 */
const beganBefore = (isBefore: (row: SQL) => SQL): SQL => sql`coalesce(
  case when i.reopened_count > 0 then (
    select o.at from timeline o where o.incident_id = i.id and o.detail ? 'from' and ${isBefore(sql`o`)} and o.seq > (
      select max(e.seq) from timeline e where e.incident_id = i.id and ${isBefore(sql`e`)}
        and e.detail->>'to' in ('recovered', 'done', 'ignored'))
    order by o.seq limit 1) end,
  i.created_at)`;

/** One observation a recovery, by what the timeline keeps of it: it stays when the incident comes back. */
export async function countRecoveries(db: Executor, projectId: string): Promise<BucketFigures[]> {
  const seconds = between(
    beganBefore((row) => sql`${row}.seq < t.seq`),
    sql`t.at`,
  );
  return rowsOf(
    await db.execute(sql`
      select ${bucketOf(SECONDS.incident)} as bucket, count(*)::float8 as count, ${SECONDS_SUM}
      from (
        select ${seconds} as seconds from timeline t join incidents i on i.id = t.incident_id
        where t.kind = 'recovered' and i.project_id = ${projectId} offset 0) t
      group by 1 order by 1`),
  );
}

/** The seconds are those from the alert to the merge. */
export async function countPullRequests(db: Executor, projectId: string): Promise<PullRequestFigures[]> {
  const seconds = between(
    beganBefore((row) => sql`${row}.at <= p.merged_at`),
    sql`p.merged_at`,
  );
  return rowsOf(
    await db.execute(sql`
      select state, ${bucketOf(SECONDS.incident)} as bucket, count(*)::float8 as count, ${SECONDS_SUM}
      from (
        select p.state, case when p.state = 'merged' then ${seconds} end as seconds
        from pull_requests p join incidents i on i.id = p.incident_id
        where p.project_id = ${projectId} offset 0) p
      group by 1, 2 order by 1, 2`),
  );
}

/** What a run cost is written once, with its report. A patch that was denied can still be approved: not its end yet. */
export async function countRuns(db: Executor, projectId: string): Promise<RunFigures[]> {
  return rowsOf(
    await db.execute(sql`
      select profile, "taskKind", state, ${bucketOf(SECONDS.run)} as bucket, count(*)::float8 as count, ${SECONDS_SUM},
        ${sumOf(sql`cost_usd::numeric`)} as "costUsd"
      from (
        select profile, task_kind as "taskKind", state, cost_usd,
          case when state in ('published', 'failed') or (state = 'denied' and task_kind = 'plan')
            then ${between(sql`claimed_at`, sql`finished_at`)} end as seconds
        from repair_runs where project_id = ${projectId} offset 0) r
      group by 1, 2, 3, 4 order by 1, 2, 3, 4`),
  );
}

/** A posted review stays posted; what was begun, failed or became stale can be asked for again. */
export async function countReviews(db: Executor, projectId: string): Promise<ReviewFigures[]> {
  return rowsOf(
    await db.execute(sql`
      select state, ${bucketOf(SECONDS.review)} as bucket, count(*)::float8 as count, ${SECONDS_SUM},
        count(begun_at)::float8 as begun, count(posted_at)::float8 as posted
      from (
        select state, begun_at, posted_at, ${between(sql`head_seen_at`, sql`posted_at`)} as seconds
        from reviews where project_id = ${projectId} offset 0) r
      group by 1, 2 order by 1, 2`),
  );
}

export async function countFindings(db: Executor, projectId: string): Promise<FindingFigures[]> {
  return rowsOf(
    await db.execute(sql`
      select state, kind, severity, count(*)::float8 as count from review_findings
      where project_id = ${projectId} group by 1, 2, 3 order by 1, 2, 3`),
  );
}

/** Once settled, a call is never written again. What it cost is counted as budgets count it: see lib/llm/store.ts. */
export async function countModelCalls(db: Executor, projectId: string): Promise<ModelFigures[]> {
  return rowsOf(
    await db.execute(sql`
      select model, purpose, outcome, finish, ${bucketOf(SECONDS.model)} as bucket, count(*)::float8 as count, ${SECONDS_SUM},
        ${sumOf(sql`input_tokens`)} as "inputTokens", ${sumOf(sql`cache_read_tokens`)} as "cacheReadTokens",
        ${sumOf(sql`cache_write_tokens`)} as "cacheWriteTokens", ${sumOf(sql`output_tokens`)} as "outputTokens",
        ${sumOf(sql`case when is_paid and input_tokens is null then reserved_tokens end`)} as "untoldTokens",
        ${sumOf(sql`case when is_paid then usd::numeric end`)} as "costUsd",
        count(*) filter (where is_paid and usd is null)::float8 as unpriced
      from (
        select *, latency_ms / 1000.0 as seconds, coalesce(cost_usd, reserved_usd) as usd,
          settled_at is not null and state <> 'refused' as is_paid,
          case when settled_at is null then 'open' when state = 'settled' then 'answered'
            when state = 'refused' then 'refused' else 'lost' end as outcome
        from model_calls where project_id = ${projectId} offset 0) m
      group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5`),
  );
}
