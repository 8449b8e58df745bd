import { composeDiagnosis, type DiagnosedFacts } from "./compose-diagnosis.ts";
import type { Brief } from "./model.ts";

/** What the investigation left on the incident, as far as a worker needs it. */
export interface InvestigationFacts extends DiagnosedFacts {
  errorType: string | null;
  errorMessage: string | null;
  stack: string[];
  request: string | null;
  suspects: { path: string; score: number; reasons: string[] }[];
  lessons: { outcome: string; summary: string; lines?: string[] }[];
}

export interface PriorRun {
  attempt: number;
  state: string;
  reason: string | null;
  diff: string | null;
  pullRequestUrl: string | null;
}

const MAX_PRIOR_DIFF = 8_000;

/** The worker's brief: what is known and what has failed before, nothing else. */
export function composeRunBrief(facts: {
  incident: {
    id: string;
    number: number;
    title: string;
    issueUrl: string | null;
    environment: string | null;
    release: string | null;
  };
  investigation: InvestigationFacts | null;
  priorRuns: readonly PriorRun[];
}): Brief {
  const { incident, investigation } = facts;
  return {
    incidentId: incident.id,
    incidentNumber: incident.number,
    title: incident.title,
    issueUrl: incident.issueUrl,
    environment: incident.environment,
    release: incident.release,
    errorType: investigation?.errorType ?? null,
    errorMessage: investigation?.errorMessage ?? null,
    stack: investigation?.stack ?? [],
    request: investigation?.request ?? null,
    suspects: investigation?.suspects ?? [],
    diagnosis: investigation && composeDiagnosis(investigation),
    priorAttempts: composePriorAttempts(facts.priorRuns),
    lessons: (investigation?.lessons ?? []).map(
      ({ outcome, summary, lines }) => lines?.join(". ") ?? `${outcome}: ${summary}`,
    ),
  };
}

/** Attempts that did not help, as the next one is told of them. */
export function composePriorAttempts(runs: readonly PriorRun[]): Brief["priorAttempts"] {
  return runs.map((run) => ({
    attempt: run.attempt,
    outcome: run.state,
    detail: run.reason ?? "no reason was recorded",
    pullRequestUrl: run.pullRequestUrl,
    diff: run.diff ? run.diff.slice(0, MAX_PRIOR_DIFF) : null,
  }));
}
