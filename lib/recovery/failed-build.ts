import type { Executor } from "../db/database.ts";
import { changeIncident, findIncident, insertIncident, recordTimeline } from "../incidents/index.ts";
import type { DeploymentSignal } from "../intake/model.ts";
import { enqueue } from "../jobs/outbox.ts";
import type { Id } from "../kernel/ids.ts";
import type { Context } from "../runtime/context.ts";
import { idFrom } from "../runtime/ids.ts";

export interface FailedBuild {
  projectId: string;
  incidentId: Id<"inc">;
  signal: DeploymentSignal;
  at: Date;
}

const IDENTITY = "vercel:production-build";

/** Failed builds of production are one incident, until one succeeds. */
export function buildIncidentId(projectId: string): Promise<Id<"inc">> {
  return idFrom("inc", [projectId, IDENTITY]);
}

function failedEntry({ signal }: FailedBuild) {
  const commit = signal.sha ? ` of ${signal.sha.slice(0, 12)}` : "";
  return {
    kind: "escalated",
    summary: `the production deployment${commit} failed; production goes on with the one before`,
    detail: { deploymentId: signal.deploymentId, sha: signal.sha },
    url: signal.url ? `https://${signal.url.replace(/^https?:\/\//, "")}` : null,
  };
}

/** A production build failed: a person has to look. There is no stack to repair from, and what runs still runs. */
export async function openFailedBuild(tx: Executor, ctx: Context, build: FailedBuild): Promise<void> {
  const { projectId, incidentId, signal, at } = build;
  const now = ctx.clock.now();
  const told = {
    title: `Production deployment failed${signal.ref ? ` (${signal.ref})` : ""}`,
    release: signal.sha,
    lastSeenAt: at,
  };
  const opened = await insertIncident(tx, {
    ...told,
    id: incidentId,
    projectId,
    identityKey: IDENTITY,
    source: "vercel",
    kind: "deployment",
    state: "new",
    level: "error",
    environment: "production",
    sourceIssueId: signal.deploymentId,
    priority: "P1",
    severity: "high",
    worthRepair: false,
    events: 1,
    firstSeenAt: at,
    createdAt: now,
    updatedAt: now,
  });
  const incident = opened ?? (await findIncident(tx, incidentId));
  if (incident === null) return;
  const entry = failedEntry(build);
  if (incident.state === "recovered" || incident.state === "ignored") {
    const patch = { ...told, closedAt: null, reopenedAt: now, reopenedCount: incident.reopenedCount + 1 };
    const reopened = await changeIncident(tx, ctx, incident, { command: "reopen", patch, entry: null });
    await changeIncident(tx, ctx, reopened, { command: "escalate", entry });
  } else if (incident.state === "new") await changeIncident(tx, ctx, incident, { command: "escalate", entry });
  else await recordTimeline(tx, ctx, incidentId, entry);
  await enqueue(tx, ctx, "alerts.update-issue", { incidentId });
}

/** A later production build succeeded: that is the proof for this kind of incident. */
export async function closeFailedBuild(tx: Executor, ctx: Context, build: FailedBuild): Promise<void> {
  const { incidentId, signal, at } = build;
  const incident = await findIncident(tx, incidentId);
  if (incident?.state !== "escalated" || at.getTime() < incident.lastSeenAt.getTime()) return;
  const entry = { kind: "recovered", summary: `deployment ${signal.deploymentId} is ready: production builds again` };
  await changeIncident(tx, ctx, incident, { command: "recover", patch: { closedAt: ctx.clock.now() }, entry });
  await enqueue(tx, ctx, "alerts.update-issue", { incidentId });
}
