import type { Executor } from "../db/database.ts";
import { countAlerts, findIncident, findIncidentByNumber, listMembers, listTimeline } from "../incidents/index.ts";
import type { IncidentStory, TimelineView } from "./model.ts";
import {
  type IncidentRow,
  listApprovalRows,
  listDeploymentRows,
  listFeedbackRows,
  listPullRequestRows,
  listRunRows,
  listVerificationRows,
  type PullRequestRow,
  readPulseRow,
  type VerificationRow,
} from "./store.ts";
import {
  viewApproval,
  viewDeployment,
  viewFeedback,
  viewIncident,
  viewInvestigation,
  viewPullRequest,
  viewRun,
  viewTimeline,
  viewTriage,
  viewVerification,
} from "./views.ts";

const VERIFICATIONS_SHOWN = 50;

/** The incident of this project by its id or its number, or null. */
export async function findIncidentByName(db: Executor, projectId: string, name: string): Promise<IncidentRow | null> {
  // A number of more than nine digits is out of the column's range, and no incident.
  const found = /^\d{1,9}$/.test(name) ? await findIncidentByNumber(db, Number(name)) : await findIncident(db, name);
  return found?.projectId === projectId ? found : null;
}

/** Everything about one incident, by its id or number: facts, evidence, runs, proof and timeline. Null: there is none. */
export async function findIncidentStory(db: Executor, projectId: string, name: string): Promise<IncidentStory | null> {
  const row = await findIncidentByName(db, projectId, name);
  if (row === null) return null;
  const pulls = await listPullRequestRows(db, [row.id]);
  const runs = await listRunRows(db, row.id);
  const looks = await listVerificationRows(db, row.id, VERIFICATIONS_SHOWN);
  const entries = await listTimeline(db, row.id);
  const members = await listMembers(db, row.id);
  const alerts = await countAlerts(db, row.id);
  const served = entries.flatMap(({ detail }) =>
    typeof detail.deploymentId === "string" ? [detail.deploymentId] : [],
  );
  const deployments = await listDeploymentRows(db, projectId, deploymentsOf(pulls, looks, served));
  return {
    incident: viewIncident(row, pulls.at(-1) ?? null),
    alerts: { count: alerts.alerts, lastAt: alerts.lastAt?.toISOString() ?? null },
    triage: viewTriage(row.triage),
    investigation: viewInvestigation(row.investigation),
    runs: runs.map(viewRun),
    pullRequests: pulls.map(viewPullRequest),
    feedback: (await listFeedbackRows(db, row.id)).map(viewFeedback),
    deployments: deployments.map(viewDeployment),
    verifications: looks.map(viewVerification),
    approvals: (await listApprovalRows(db, row.id)).map(viewApproval),
    timeline: entries.map(viewTimeline),
    symptoms: members.map(({ id, number, title, causeReason }) => ({ id, number, title, reason: causeReason ?? "" })),
  };
}

/** A deployment belongs to an incident when it was of a merged repair, or was looked at for it. */
function deploymentsOf(pulls: readonly PullRequestRow[], looks: readonly VerificationRow[], served: readonly string[]) {
  const looked = looks.flatMap(({ facts }) => (typeof facts.deploymentId === "string" ? [facts.deploymentId] : []));
  const shas = pulls.flatMap((pull) => (pull.mergeSha === null ? [] : [pull.mergeSha]));
  return { deploymentIds: [...new Set([...looked, ...served])], shas };
}

/** The timeline from after entry `afterSeq` on, oldest first; null: there is no such incident. */
export async function findTimelineAfter(
  db: Executor,
  projectId: string,
  name: string,
  afterSeq: number,
  limit: number,
): Promise<TimelineView[] | null> {
  const row = await findIncidentByName(db, projectId, name);
  if (row === null) return null;
  return (await listTimeline(db, row.id, afterSeq, limit)).map(viewTimeline);
}

/** A text that changes whenever anything about the incident does, and its newest entries; null: there is none. */
export async function findPulse(
  db: Executor,
  incidentId: string,
  afterSeq: number,
): Promise<{ pulse: string; entries: TimelineView[] } | null> {
  const pulse = await readPulseRow(db, incidentId);
  if (pulse === null) return null;
  return { pulse, entries: (await listTimeline(db, incidentId, afterSeq, 100)).map(viewTimeline) };
}
