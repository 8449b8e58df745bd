import * as z from "zod";
import type { AlertSignal, ReadDelivery, Signal } from "./model.ts";
import {
  deliveryKeyOf,
  type Fields,
  fieldsOf,
  optionalCount,
  optionalText,
  optionalTime,
  optionalUrl,
  refusedShape,
  requiredId,
  textOf,
} from "./read-fields.ts";

const issueSchema = z.object({
  id: requiredId,
  shortId: optionalText(100),
  title: optionalText(500),
  culprit: optionalText(500),
  level: optionalText(32),
  substatus: optionalText(64),
  issueCategory: optionalText(64),
  permalink: optionalUrl,
  web_url: optionalUrl,
  project: z.unknown().optional(),
  count: optionalCount,
  userCount: optionalCount,
  firstSeen: optionalTime,
  lastSeen: optionalTime,
});
type Issue = z.infer<typeof issueSchema>;

/** `ignored` is the older name of `archived`; Sentry sends both for one click (receivers/sentry_apps.py), so they share a key. */
const STATUS_OF = new Map<string, "resolved" | "archived" | "assigned">([
  ["resolved", "resolved"],
  ["archived", "archived"],
  ["ignored", "archived"],
  ["assigned", "assigned"],
]);

/**
 * `issue.*`: the issue without any event. created, and unresolved by Sentry itself (a regression, an escalation), are
 * alerts; what a person does to the issue is a status. Key: id, action and the raw lastSeen (formats.md 1.4).
 */
export function readSentryIssue(action: string, data: Fields, actor: Fields | null): ReadDelivery {
  const parsed = issueSchema.safeParse(data.issue);
  if (!parsed.success) return refusedShape(parsed.error, "data.issue");
  const issue = parsed.data;
  const lastSeen = textOf(fieldsOf(data.issue)?.lastSeen, 64);
  const deliveryKey = deliveryKeyOf("sentry", "issue", issue.id, STATUS_OF.get(action) ?? action, lastSeen);
  const resource = "issue";
  const accepted = (reason: string, signal: Signal): ReadDelivery => {
    return { outcome: "accepted", reason, deliveryKey, resource, signal };
  };
  const ignored = (reason: string): ReadDelivery => ({
    outcome: "ignored",
    reason,
    deliveryKey,
    resource,
    signal: null,
  });

  if (issue.issueCategory === "feedback")
    return ignored("an issue of category feedback is a user's message, not an error");
  const by = textOf(actor?.name, 200);
  const status = STATUS_OF.get(action);
  if (status !== undefined) {
    return accepted(`the issue was ${status} in Sentry`, { kind: "issue_status", issueId: issue.id, status, by });
  }
  if (action === "created") return accepted("a new issue was created", alertOf(issue));
  if (action !== "unresolved") return ignored(`action ${action} of resource issue is not one that Patchpilot acts on`);
  if (isByPerson(issue, actor)) {
    return accepted("a person unresolved the issue", {
      kind: "issue_status",
      issueId: issue.id,
      status: "unresolved",
      by,
    });
  }
  return accepted("the issue came back after it was resolved or archived", { ...alertOf(issue), regression: true });
}

/** A regression may name the user whose event or click caused it, so Sentry's own substatus decides first. */
function isByPerson(issue: Issue, actor: Fields | null): boolean {
  return issue.substatus !== "regressed" && issue.substatus !== "escalating" && actor?.type === "user";
}

function alertOf(issue: Issue): AlertSignal {
  const project = fieldsOf(issue.project);
  return {
    kind: "alert",
    issueId: issue.id,
    shortId: issue.shortId,
    title: issue.title ?? `Sentry issue ${issue.shortId ?? issue.id}`,
    culprit: issue.culprit,
    level: issue.level ?? "error",
    environment: null,
    release: null,
    url: issue.permalink ?? issue.web_url,
    sourceProject: textOf(project?.slug, 200) ?? textOf(project?.id, 200),
    events: issue.count,
    users: issue.userCount,
    firstSeenAt: issue.firstSeen,
    lastSeenAt: issue.lastSeen,
    rule: null,
    event: null,
  };
}
