import { sql } from "drizzle-orm";
import { type Executor, rowsOf } from "../db/database.ts";

/** One figure over the incidents that have it: how many those are, and their median in seconds (null: none). */
export interface MedianRow {
  count: number;
  medianSeconds: number | null;
}

/** Symptoms of another incident are not counted, they have no life of their own; nor is what people asked for. */
const OWN = sql`i.cause_id is null and i.kind <> 'request'`;

/** From the first event to the first alert, from there to the merged repair, and from the first event to proven recovery. */
export async function readMedians(db: Executor, projectId: string, since: Date) {
  const median = (seconds: ReturnType<typeof sql>) =>
    sql`percentile_cont(0.5) within group (order by extract(epoch from ${seconds})) filter (where ${seconds} is not null and ${seconds} >= interval '0')`;
  const detect = sql`(i.created_at - i.first_seen_at)`;
  const repair = sql`(p.merged_at - i.created_at)`;
  const recover = sql`(case when i.state = 'recovered' then i.closed_at - coalesce(i.reopened_at, i.first_seen_at) end)`;
  const count = (seconds: ReturnType<typeof sql>) => sql`count(*) filter (where ${seconds} >= interval '0')::int`;
  const result = await db.execute(sql`
    select ${count(detect)} as detected, ${median(detect)}::float as detect,
      ${count(repair)} as repaired, ${median(repair)}::float as repair,
      ${count(recover)} as recovered, ${median(recover)}::float as recover
    from incidents i left join lateral (
      select max(merged_at) as merged_at from pull_requests where incident_id = i.id and state = 'merged') p on true
    where i.project_id = ${projectId} and ${OWN} and i.created_at >= ${since.toISOString()}::timestamptz`);
  const [row] =
    rowsOf<Record<"detected" | "detect" | "repaired" | "repair" | "recovered" | "recover", number | null>>(result);
  const of = (count: number | null | undefined, seconds: number | null | undefined): MedianRow => ({
    count: count ?? 0,
    medianSeconds: seconds ?? null,
  });
  return {
    detect: of(row?.detected, row?.detect),
    repair: of(row?.repaired, row?.repair),
    recover: of(row?.recovered, row?.recover),
  };
}

/** How many incidents triage judged to be of each priority, and what people made of them; null: nobody said anything else. */
export async function countJudgements(
  db: Executor,
  projectId: string,
  since: Date,
): Promise<{ priority: string; corrected: string | null; isWorthCorrected: boolean; count: number }[]> {
  const result = await db.execute(sql`
    select coalesce(c.automatic_priority, i.priority) as priority, c.priority as corrected,
      coalesce(c.worth_repair <> c.automatic_worth_repair, false) as "isWorthCorrected", count(*)::int as count
    from incidents i left join lateral (
      select * from triage_corrections where incident_id = i.id order by seq desc limit 1) c on true
    where i.project_id = ${projectId} and ${OWN} and i.priority is not null
      and i.created_at >= ${since.toISOString()}::timestamptz
    group by 1, 2, 3`);
  return rowsOf(result);
}

export async function countStates(
  db: Executor,
  projectId: string,
  since: Date,
): Promise<{ state: string; count: number }[]> {
  const result = await db.execute(sql`
    select i.state, count(*)::int as count from incidents i
    where i.project_id = ${projectId} and ${OWN} and i.created_at >= ${since.toISOString()}::timestamptz group by 1`);
  return rowsOf(result);
}
