import { decideIssueAuthor } from "./decide-issue-author.ts";
import type { GithubIssueReading, GithubIssueText } from "./issue-text-model.ts";
import { readIssueText } from "./read-issue-text.ts";

/** Labels that name an environment by themselves; any other has to say `environment: x` or `env/x`. */
const ENVIRONMENT_LABEL =
  /^(?:env(?:ironment)?\s*[:/=]\s*([a-z0-9][\w.-]{0,63})|(production|prod|staging|stage|development|dev|preview|test|testing|qa|uat))$/i;
const ENVIRONMENT_LINE = /^[\s>*_|`-]{0,20}environment[*_`\s]{0,10}[:|][*_`|\s]{0,20}([a-z0-9][\w.-]{0,63})/i;

const refused = (reason: string): GithubIssueReading => ({
  accepted: false,
  reason,
  sentry: null,
  environment: null,
  frames: [],
});

/**
 * Whether a GitHub issue tells of a Sentry issue and may be acted on: its text has to be of Sentry's making, and its
 * author one who is believed. Linear in the body's length. Feedback is a user's message, not an error, and is refused as
 * such; the webhook of the same name is ignored for the same reason.
 */
export function readGithubIssue(issue: GithubIssueText): GithubIssueReading {
  const text = readIssueText(issue.body ?? "");
  if ("refused" in text) return refused(text.refused);
  if (text.form === "feedback") return refused("Sentry's user feedback, a person's message and not an error");
  const { believed, reason } = decideIssueAuthor(issue);
  if (!believed) return refused(reason);
  return {
    accepted: true,
    reason,
    sentry: text.sentry,
    environment: readIssueEnvironment(issue),
    frames: text.stack.frames,
  };
}

/** The environment that somebody labelled the issue with or wrote into it (`**Environment:** staging`), or null. `prod` is production. */
export function readIssueEnvironment(issue: Pick<GithubIssueText, "labels" | "body">): string | null {
  const labelled = issue.labels.map((label) => ENVIRONMENT_LABEL.exec(label.trim())).find((match) => match !== null);
  const found = labelled?.[1] ?? labelled?.[2] ?? writtenEnvironment(issue.body ?? "");
  if (found === undefined) return null;
  const name = found.toLowerCase();
  return name === "prod" ? "production" : name;
}

function writtenEnvironment(body: string): string | undefined {
  let isFenced = false;
  for (const line of body.split(/\r?\n/)) {
    if (line.startsWith("```")) isFenced = !isFenced;
    const match = isFenced ? null : ENVIRONMENT_LINE.exec(line);
    if (match) return match[1];
  }
  return undefined;
}
