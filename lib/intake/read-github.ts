import * as z from "zod";
import type { ReadDelivery } from "./model.ts";
import {
  deliveryKeyOf,
  fieldsOf,
  optionalFields,
  optionalText,
  refusedField,
  refusedShape,
  requiredId,
  requiredText,
  textOf,
} from "./read-fields.ts";
import { FEEDBACK_READERS } from "./read-github-feedback.ts";
import {
  account,
  type EventReader,
  isFollowed,
  loginOf,
  notFollowed,
  number,
  type Outcome,
  repository,
  typeOf,
} from "./read-github-fields.ts";
import type { HeaderReader } from "./read-headers.ts";
import { readIssueText } from "./read-issue-text.ts";

const state = z.enum(["open", "closed"]);

const PULL_REQUEST_ACTIONS = [
  "opened",
  "reopened",
  "edited",
  "synchronize",
  "closed",
  "ready_for_review",
  "converted_to_draft",
];
const ISSUE_ACTIONS = ["opened", "edited", "closed", "reopened", "labeled", "unlabeled", "deleted", "transferred"];

const pullRequestSchema = z.object({
  action: requiredText(100),
  repository,
  pull_request: z.object({
    number,
    state,
    merged: z.boolean().nullish(),
    merge_commit_sha: optionalText(64),
    head: z.object({ sha: requiredText(64), ref: requiredText(300) }),
    user: account,
  }),
});

function readPullRequest(body: unknown): Outcome {
  if (!isFollowed(body, PULL_REQUEST_ACTIONS)) return notFollowed("pull_request", body);
  const parsed = pullRequestSchema.safeParse(body);
  if (!parsed.success) return { fault: parsed.error };
  const { action, repository: repo, pull_request: pull } = parsed.data;
  const merged = pull.merged === true;
  return {
    kind: "pull_request",
    action,
    repository: repo.full_name,
    number: pull.number,
    state: pull.state,
    merged,
    // Before the merge this field holds GitHub's own test merge, which is on no branch.
    mergeSha: merged ? pull.merge_commit_sha : null,
    headSha: pull.head.sha,
    headRef: pull.head.ref,
    author: loginOf(pull.user),
  };
}

const issuesSchema = z.object({
  action: requiredText(100),
  repository,
  // GitHub's own schema lets an issue's state be missing.
  issue: z.object({ number, state: state.nullish(), body: optionalText(65_536) }),
  sender: account,
  label: z.object({ name: optionalText(100) }).nullish(),
});

function readIssues(body: unknown): Outcome {
  if (!isFollowed(body, ISSUE_ACTIONS)) return notFollowed("issues", body);
  const parsed = issuesSchema.safeParse(body);
  if (!parsed.success) return { fault: parsed.error };
  const { action, repository: repo, issue, sender, label } = parsed.data;
  return {
    kind: "github_issue",
    textRefusal: textRefusalOf(issue.body),
    action,
    repository: repo.full_name,
    issueNumber: issue.number,
    state: issue.state ?? (action === "closed" ? "closed" : "open"),
    sender: loginOf(sender),
    senderType: typeOf(sender),
    ...(label?.name && { label: label.name }),
  };
}

/** Whether the issue may be one that Sentry made is told from its text; by whom it is written is asked of the API. */
function textRefusalOf(body: string | null): string | null {
  const read = readIssueText(body ?? "");
  return "refused" in read ? read.refused : null;
}

const commentSchema = z.object({
  action: requiredText(100),
  repository,
  issue: z.object({ number, pull_request: optionalFields, user: account }),
  comment: z.object({ id: number, body: optionalText(16_000), user: account }),
});

function readIssueComment(body: unknown): Outcome {
  const parsed = commentSchema.safeParse(body);
  if (!parsed.success) return { fault: parsed.error };
  const { action, repository: repo, issue, comment } = parsed.data;
  if (action !== "created")
    return { ignored: `issue_comment ${action}: only a new comment is read, so that no command runs twice` };
  return {
    kind: "comment",
    repository: repo.full_name,
    issueNumber: issue.number,
    isPullRequest: issue.pull_request !== null,
    openedByBot: typeOf(issue.user) === "Bot",
    commentId: comment.id,
    author: loginOf(comment.user),
    authorType: typeOf(comment.user),
    text: comment.body ?? "",
  };
}

const pushSchema = z.object({
  repository,
  ref: requiredText(300),
  after: requiredText(64),
  deleted: z.boolean().nullish(),
});

function readPush(body: unknown): Outcome {
  const parsed = pushSchema.safeParse(body);
  if (!parsed.success) return { fault: parsed.error };
  const { repository: repo, ref, after, deleted } = parsed.data;
  if (deleted === true || /^0+$/.test(after)) return { ignored: "push: the ref was deleted, it has no commit" };
  return { kind: "push", repository: repo.full_name, ref, headSha: after };
}

const installationSchema = z.object({
  action: requiredText(100),
  installation: z.object({ id: requiredId, account: optionalFields }),
});

function readInstallation(body: unknown): Outcome {
  const parsed = installationSchema.safeParse(body);
  if (!parsed.success) return { fault: parsed.error };
  const { action, installation } = parsed.data;
  // An enterprise account has a slug and no login.
  const organization = textOf(installation.account?.login, 100) ?? textOf(installation.account?.slug, 100);
  return { kind: "installation", action, installationId: installation.id, organization };
}

const pingSchema = z.object({ zen: optionalText(300), hook_id: number });

function readPing(body: unknown): Outcome {
  const parsed = pingSchema.safeParse(body);
  return parsed.success ? { ignored: "ping: GitHub tells that the webhook is set up" } : { fault: parsed.error };
}

const READERS = new Map<string, EventReader>([
  ["pull_request", readPullRequest],
  ["issues", readIssues],
  ["issue_comment", readIssueComment],
  ...FEEDBACK_READERS,
  ["push", readPush],
  ["installation", readInstallation],
  ["ping", readPing],
]);

/**
 * A delivery of GitHub's. Verified bytes only. The event is the header's, which the signature does not cover, so the
 * body must have its shape. The key is X-GitHub-Delivery, the same on a redelivery (formats.md 5).
 */
export function readGithub(headers: HeaderReader, body: unknown): ReadDelivery {
  const event = textOf(headers.get("x-github-event"), 100);
  if (event === null) return refusedField("X-GitHub-Event", "expected a header that names the event");
  const guid = textOf(headers.get("x-github-delivery"), 200);
  if (guid === null) return refusedField("X-GitHub-Delivery", "expected a header with the delivery's id");
  const deliveryKey = deliveryKeyOf("github", guid);
  const envelope = fieldsOf(body);
  if (envelope === null) return refusedField("body", "expected an object");
  const read = READERS.get(event)?.(body) ?? { ignored: `event ${event} is not one that Patchpilot follows` };
  if ("fault" in read) return refusedShape(read.fault);
  if ("ignored" in read)
    return { outcome: "ignored", reason: read.ignored, deliveryKey, resource: event, signal: null };
  const action = textOf(envelope.action, 100);
  const reason = action === null ? event : `${event} ${action}`;
  return { outcome: "accepted", reason, deliveryKey, resource: event, signal: read };
}
