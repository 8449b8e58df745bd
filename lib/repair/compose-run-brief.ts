import type { Brief } from "./model.ts";

/** What the investigation left on the incident, as far as a worker needs it. */
export interface InvestigationFacts {
  errorType: string | null;
  errorMessage: string | null;
  stack: string[];
  request: string | null;
  suspects: { path: string; score: number; reasons: string[] }[];
  lessons: { outcome: string; summary: string }[];
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
    priorAttempts: facts.priorRuns.map((run) => ({
      attempt: run.attempt,
      outcome: run.state,
      detail: run.reason ?? "no reason was recorded",
      pullRequestUrl: run.pullRequestUrl,
      diff: run.diff ? run.diff.slice(0, MAX_PRIOR_DIFF) : null,
    })),
    lessons: (investigation?.lessons ?? []).map((lesson) => `${lesson.outcome}: ${lesson.summary}`),
  };
}
