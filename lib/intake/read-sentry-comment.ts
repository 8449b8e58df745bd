import * as z from "zod";
import type { ReadDelivery } from "./model.ts";
import { deliveryKeyOf, digestOf, type Fields, optionalText, refusedShape, requiredId, textOf } from "./read-fields.ts";

const ACTIONS = ["created", "updated", "deleted"] as const;

const commentSchema = z.object({
  comment_id: requiredId,
  issue_id: requiredId,
  comment: optionalText(2_000),
  project_slug: optionalText(200),
  timestamp: optionalText(64),
});

/**
 * `comment.*`: somebody wrote, changed or deleted a comment on an issue in Sentry (getsentry/sentry-docs
 * webhooks/comments.mdx). Key: the comment and the action; a comment can be changed more than once, to another text.
 */
export function readSourceComment(action: string, data: Fields, actor: Fields | null): ReadDelivery {
  const parsed = commentSchema.safeParse(data);
  if (!parsed.success) return refusedShape(parsed.error, "data");
  const { comment_id: commentId, issue_id: issueId, comment, project_slug: sourceProject, timestamp } = parsed.data;
  const own = deliveryKeyOf("sentry", "comment", commentId, action);
  const resource = "comment";
  const known = ACTIONS.find((one) => one === action);
  if (known === undefined) {
    const reason = `action ${action} of resource comment is not one that Patchpilot acts on`;
    return { outcome: "ignored", reason, deliveryKey: own, resource, signal: null };
  }
  return {
    outcome: "accepted",
    reason: `a comment was ${known} in Sentry`,
    deliveryKey: known === "updated" ? `${own}:${digestOf(`${timestamp} ${comment}`)}` : own,
    resource,
    signal: {
      kind: "source_comment",
      action: known,
      issueId,
      commentId,
      sourceProject,
      by: textOf(actor?.name, 200),
      text: known === "deleted" ? null : comment,
    },
  };
}
