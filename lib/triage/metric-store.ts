import { and, desc, eq, inArray, isNull, sql } from "drizzle-orm";
import type { Executor } from "../db/database.ts";
import { deliveries, incidents } from "../db/schema/index.ts";
import type { IncidentState } from "../incidents/model.ts";
import type { AnomalySignal, MetricAlertSignal } from "../intake/model.ts";

/** What was said last about a number, by the time at which it was said. */
export async function findNewestReading(
  db: Executor,
  incidentId: string,
): Promise<MetricAlertSignal | AnomalySignal | null> {
  const [row] = await db
    .select({ signal: deliveries.signal })
    .from(deliveries)
    .where(
      and(
        eq(deliveries.incidentId, incidentId),
        eq(deliveries.outcome, "accepted"),
        sql`${deliveries.signal}->>'kind' in ('metric_alert', 'anomaly')`,
      ),
    )
    .orderBy(
      sql`coalesce((${deliveries.signal}->>'occurredAt')::timestamptz, ${deliveries.receivedAt}) desc`,
      desc(deliveries.receivedAt),
    )
    .limit(1);
  const signal = row?.signal;
  return signal?.kind === "metric_alert" || signal?.kind === "anomaly" ? signal : null;
}

/** Incidents of their own in these states and this environment, the one that failed last first. */
export async function listOpenIncidents(
  tx: Executor,
  input: { projectId: string; environment: string; states: readonly IncidentState[]; limit: number },
) {
  return tx
    .select({ id: incidents.id })
    .from(incidents)
    .where(
      and(
        eq(incidents.projectId, input.projectId),
        eq(incidents.environment, input.environment),
        inArray(incidents.state, [...input.states]),
        isNull(incidents.causeId),
      ),
    )
    .orderBy(desc(incidents.lastSeenAt))
    .limit(input.limit);
}
