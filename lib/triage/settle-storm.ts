import type { Executor } from "../db/database.ts";
import { checkBreaker, correlateIncident, type Incident, type IncidentPatch } from "../incidents/index.ts";
import type { Signature } from "../incidents/read-signature.ts";
import type { Context } from "../runtime/context.ts";
import type { Assessment } from "./decide-assessment.ts";

/** How storms are told and what they hold up. */
export interface StormPolicy {
  togetherMinutes: number;
  causeGraceSeconds: number;
  breakerIncidents: number;
  breakerMinutes: number;
}

/** Whether an incident is judged for the first time, and so may turn out to be part of a storm. */
export function isNewProblem(incident: Incident): boolean {
  return incident.causeId === null && incident.signature === null;
}

/**
 * Puts a new problem where it belongs: a symptom is watched under its cause, whose issue tells of it; a cause takes its
 * symptoms in. Answers the step and what to write with it.
 */
export async function settleCorrelation(
  tx: Executor,
  ctx: Context,
  input: { incident: Incident; signature: Signature; step: Assessment; policy: StormPolicy },
): Promise<{ step: Assessment; patch: IncidentPatch }> {
  const { incident, signature, step } = input;
  const { togetherMinutes } = input.policy;
  const correlation = await correlateIncident(tx, ctx, { incident, signature, togetherMinutes });
  if (correlation.type !== "joins") return { step, patch: { signature } };
  const { causeId, reason } = correlation;
  const command = incident.state === "new" ? "observe" : null;
  const joined = {
    ...step,
    command,
    isTold: true,
    reason: `a symptom of INC-${correlation.number}: ${reason}`,
  } as const;
  return { step: joined, patch: { signature, causeId, causeReason: reason } };
}

/** After a new problem of its own was written down: is this a storm? */
export async function settleBreaker(
  tx: Executor,
  ctx: Context,
  incident: Incident,
  policy: StormPolicy,
): Promise<void> {
  await checkBreaker(tx, ctx, { projectId: incident.projectId, incidentId: incident.id, policy });
}
