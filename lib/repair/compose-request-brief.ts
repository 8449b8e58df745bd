import { redact } from "../kernel/redact.ts";
import { boundedText, proseText } from "../kernel/untrusted-text.ts";
import type { Brief } from "./model.ts";
import type { HandedIssue, Plan } from "./plan-model.ts";
import type { IssueComment, RequestedIssue } from "./ports.ts";

const MAX_COMMENTS = 20;

const clean = (text: string, limit: number) => boundedText(redact(proseText(text)).text, limit - 40);

/** The issue as a worker is told it: as people see it, without secrets, each text within its limit. */
export function composeHandedIssue(issue: RequestedIssue, comments: readonly IssueComment[]): HandedIssue {
  return {
    number: issue.number,
    url: issue.url,
    title: clean(issue.title, 300),
    author: clean(issue.author?.login ?? "ghost", 100),
    body: clean(issue.body, 16_000),
    comments: comments
      .filter((comment) => !comment.isBot && comment.isTrusted)
      .slice(-MAX_COMMENTS)
      .map(({ author, text }) => ({ author: clean(author, 100), text: clean(text, 2_000) })),
  };
}

/** The brief of a run for an issue that a person handed over; `plan` is what holds, null before there is one. */
export function composeRequestBrief(facts: {
  incident: { id: string; number: number; title: string };
  issue: HandedIssue;
  plan: Plan | null;
  priorAttempts: Brief["priorAttempts"];
}): Brief {
  const { incident, issue, plan } = facts;
  return {
    incidentId: incident.id,
    incidentNumber: incident.number,
    title: issue.title,
    issueUrl: issue.url,
    environment: null,
    release: null,
    errorType: null,
    errorMessage: null,
    stack: [],
    request: null,
    suspects: [],
    diagnosis: null,
    priorAttempts: facts.priorAttempts,
    lessons: [],
    issue,
    ...(plan && { plan }),
  };
}
