/** What GitHub's OIDC token says of the job that carries it. */
export interface WorkflowClaims {
  repository: string;
  /** `owner/name/.github/workflows/file.yml@refs/heads/branch` of the workflow that was started. */
  workflowRef: string;
  ref: string;
  eventName: string;
  runId: string;
}

export interface WorkflowFacts {
  claims: WorkflowClaims;
  /** The one repository, the one file in it and the one branch whose jobs may take runs. */
  repository: string;
  workflow: string;
  branch: string;
}

export type WorkflowJudgement = { ok: true } | { ok: false; reason: string };

/** repository_dispatch always runs the default branch's file; workflow_dispatch is a person who starts it by hand. */
const EVENTS = ["repository_dispatch", "workflow_dispatch"];

/**
 * Whether a job is the repair workflow as it stands on the default branch: whoever may push a branch could change the file
 * there, and a pull request's job runs what its author wrote.
 */
export function decideWorkflow({ claims, repository, workflow, branch }: WorkflowFacts): WorkflowJudgement {
  const no = (reason: string): WorkflowJudgement => ({ ok: false, reason });
  // GitHub's names of owners and repositories are one in any case; paths and branches are not.
  const isOwn = (text: string) => text.toLowerCase() === repository.toLowerCase();
  if (!isOwn(claims.repository)) return no(`its repository is ${claims.repository}, not ${repository}`);
  const ref = `refs/heads/${branch}`;
  const rest = `/${workflow}@${ref}`;
  const [owner, named] = [claims.workflowRef.slice(0, -rest.length), claims.workflowRef.slice(-rest.length)];
  if (!isOwn(owner) || named !== rest) return no(`its workflow is ${claims.workflowRef}, not ${repository}${rest}`);
  if (claims.ref !== ref) return no(`it runs on ${claims.ref}, not ${ref}`);
  if (!EVENTS.includes(claims.eventName))
    return no(`it was started by ${claims.eventName}, not ${EVENTS.join(" or ")}`);
  return { ok: true };
}
