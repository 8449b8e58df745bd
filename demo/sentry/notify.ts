import type { AlertRule, Issue, StoredEvent } from "./model.ts";
import type { SentryPlace } from "./place.ts";
import { renderGroup } from "./render-issue.ts";
import { renderWebhookEvent } from "./render-webhook-event.ts";
import type { Ingested, SentryState } from "./state.ts";
import type { WebhookSender } from "./webhooks.ts";

export interface Notifier {
  afterEvent(ingested: Ingested, nowMs: number): void;
  afterStatus(issue: Issue, before: Issue["status"]): void;
  afterInstall(): void;
}

/** Turns what happened to an issue into the webhooks that an internal integration is sent for it. */
export function createNotifier(deps: {
  place: SentryPlace;
  state: SentryState;
  sender: WebhookSender;
  alertRule: AlertRule | null;
  sendErrorWebhooks: boolean;
}): Notifier {
  const { place, state, sender, alertRule } = deps;
  const alert = (event: StoredEvent, nowMs: number) => {
    if (!alertRule || !state.claimAlert(event.issueId, alertRule.everyMs, nowMs)) return;
    const data = { event: renderWebhookEvent(event, place), triggered_rule: alertRule.name };
    sender.send({ resource: "event_alert", action: "triggered", data });
  };
  return {
    afterEvent({ issue, event, outcome }, nowMs) {
      if (outcome === "duplicate") return;
      if (deps.sendErrorWebhooks)
        sender.send({ resource: "error", action: "created", data: { error: renderWebhookEvent(event, place) } });
      if (outcome === "new")
        sender.send({ resource: "issue", action: "created", data: { issue: createdIssue(issue, place) } });
      if (outcome === "regressed" || outcome === "unsnoozed") {
        sender.send({ resource: "issue", action: "unresolved", data: { issue: renderGroup(issue, place) } });
      }
      if (issue.status === "unresolved") alert(event, nowMs);
    },
    afterStatus(issue, before) {
      if (issue.status === before) return;
      const data: Record<string, unknown> = { issue: renderGroup(issue, place) };
      if (issue.status === "resolved") data.resolution_type = resolutionType(issue);
      const action = issue.status === "ignored" ? "archived" : issue.status;
      sender.send({ resource: "issue", action, data, byPerson: true });
    },
    afterInstall() {
      const installation = {
        status: "installed",
        organization: { slug: place.org },
        app: { uuid: state.identity.installationUuid, slug: "patchpilot-demo" },
        code: null,
        uuid: state.identity.installationUuid,
      };
      sender.send({ resource: "installation", action: "created", data: { installation }, byPerson: true });
    },
  };
}

// Only issue.created carries the three links; project_url is a web page despite its name (docs, webhooks/issues.mdx).
function createdIssue(issue: Issue, place: SentryPlace): Record<string, unknown> {
  return {
    ...renderGroup(issue, place),
    url: place.issueApi(issue.id),
    web_url: place.issuePage(issue.id),
    project_url: `${place.url}/organizations/${place.org}/issues/?project=${place.projectId}`,
  };
}

function resolutionType(issue: Issue): string {
  if (issue.statusDetails.inNextRelease === true) return "in_next_release";
  if (issue.statusDetails.inRelease !== undefined) return "in_release";
  return issue.statusDetails.inCommit === undefined ? "now" : "in_commit";
}
