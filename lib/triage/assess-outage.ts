import { changeIncident, type Incident, type IncidentPatch } from "../incidents/index.ts";
import { DONE, type JobOutcome } from "../jobs/model.ts";
import { enqueue } from "../jobs/outbox.ts";
import { readMonitorId } from "../kernel/sources.ts";
import type { HealthProbe } from "../recovery/ports.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import { decideOutage, type OutageStep } from "./decide-outage.ts";
import type { MonitorSource } from "./ports.ts";

export interface OutageOutside {
  /** The source's monitors; null where it is not configured. */
  monitors(source: string): MonitorSource | null;
  health: HealthProbe;
}

const MINUTE_MS = 60_000;

/** Looks whether the site of an outage is down now: asks its monitor and the target itself. A message alone moves nothing. */
export async function assessOutage(ctx: Context, outside: OutageOutside, incident: Incident): Promise<JobOutcome> {
  const monitorId = readMonitorId(incident.sourceIssueId);
  const monitors = outside.monitors(incident.source);
  const monitor = monitors && monitorId !== null ? await monitors.findMonitor(monitorId) : null;
  const health = monitor === null ? null : await outside.health.check();
  const now = ctx.clock.now();
  const openedAt = incident.reopenedAt ?? incident.createdAt;
  const step = decideOutage({
    state: incident.state,
    monitor,
    probe: health?.status ?? "skipped",
    ageMinutes: (now.getTime() - openedAt.getTime()) / MINUTE_MS,
  });
  if (step.command === null && step.lookAgainMinutes === null) return DONE;
  const detail = { monitor, health };
  await inTransaction(ctx, async (tx) => {
    if (step.command !== null && step.reason !== null) {
      const entry = { kind: KINDS[step.command] ?? "triaged", summary: step.reason, detail };
      const patch = patchOf(incident, step, monitor?.since ?? null, now);
      await changeIncident(tx, ctx, incident, { command: step.command, patch, entry });
      if (step.command !== "observe") await enqueue(tx, ctx, "alerts.update-issue", { incidentId: incident.id });
    }
    if (step.lookAgainMinutes === null) return;
    const runAt = new Date(now.getTime() + step.lookAgainMinutes * MINUTE_MS);
    // A key of its own: a look that waits for its time must not hold back the one that an alert asks for.
    const key = `triage.assess-incident:${incident.id}:outage`;
    await enqueue(tx, ctx, "triage.assess-incident", { incidentId: incident.id }, { key, runAt });
  });
  return DONE;
}

const KINDS: Partial<Record<NonNullable<OutageStep["command"]>, string>> = {
  escalate: "escalated",
  recover: "recovered",
  reopen: "reopened",
};

function patchOf(incident: Incident, { command, reason }: OutageStep, since: string | null, now: Date): IncidentPatch {
  switch (command) {
    case "escalate":
      return {
        priority: "P1",
        severity: "high",
        worthRepair: false,
        triage: { reasons: [reason] },
        lastSeenAt: now,
        ...(since !== null && Number.isFinite(Date.parse(since)) && { firstSeenAt: new Date(since) }),
      };
    case "recover":
      return { closedAt: now };
    case "reopen":
      return { closedAt: null, reopenedAt: now, reopenedCount: incident.reopenedCount + 1 };
    default:
      return {};
  }
}
