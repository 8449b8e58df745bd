import type { Issue } from "../sentry/model.ts";
import type { DemoGlitchtipOptions, DemoMonitor, GlitchtipDelivery } from "./model.ts";

/** `MAX_ISSUES_PER_ALERT` of glitchtip-backend's settings. */
const MAX_ISSUES_PER_ALERT = 3;
const TIMEOUT_MS = 10_000;
const DELIVERIES_KEPT = 500;

interface Attachment {
  title: string;
  title_link: string;
  text: string;
  image_url: null;
  color: string | null;
  fields: { title: string; value: string; short: boolean }[] | null;
  mrkdown_in: string[] | null;
}
interface Section {
  activityTitle: string;
  activitySubtitle: string;
}

export interface WebhookSender {
  readonly deliveries: GlitchtipDelivery[];
  sendIssues(issues: readonly Issue[]): void;
  sendUptime(monitor: DemoMonitor, wentDown: boolean): void;
  setUrl(url: string | null): void;
  /** While true every message is lost, as in a network failure. */
  drop(isDropping: boolean): void;
  settled(): Promise<void>;
}

/**
 * GlitchTip's "General (slack-compatible) Webhook" (apps/alerts/webhooks.py, apps/uptime/webhooks.py): unsigned JSON, one
 * attempt of ten seconds, never again.
 */
export function createWebhookSender(options: DemoGlitchtipOptions, siteUrl: () => string): WebhookSender {
  const deliveries: GlitchtipDelivery[] = [];
  let url = options.webhookUrl;
  let isDropping = false;
  let queue: Promise<void> = Promise.resolve();
  const send = (text: string, attachments: Attachment[], sections: Section[]) => {
    if (url === null) return;
    const to = url;
    const payload =
      options.dialect === "older" ? { alias: "GlitchTip", text, attachments, sections } : { text, attachments };
    const delivery: GlitchtipDelivery = {
      text,
      body: JSON.stringify(payload),
      atMs: Date.now(),
      status: null,
      error: null,
    };
    deliveries.push(delivery);
    if (deliveries.length > DELIVERIES_KEPT) deliveries.shift();
    if (isDropping) delivery.error = "dropped";
    else queue = queue.then(() => attempt(delivery, to, options));
  };
  const page = (what: string, id: string) => `${siteUrl()}/${options.org}/${what}/${id}`;
  return {
    deliveries,
    sendIssues(issues) {
      const told = issues.slice(0, MAX_ISSUES_PER_ALERT);
      send(
        issues.length > 1 ? `GlitchTip Alert (${issues.length} issues)` : "GlitchTip Alert",
        told.map((issue) => issueAttachment(issue, page("issues", issue.id), options.project)),
        told.map((issue) => ({
          activityTitle: issue.latest.title,
          activitySubtitle: `[View Issue ${issue.shortId}](${page("issues", issue.id)})`,
        })),
      );
    },
    sendUptime(monitor, wentDown) {
      const text = wentDown ? "The monitored site has gone down." : "The monitored site is back up.";
      const link = { title: monitor.name, title_link: page("uptime-monitors", monitor.id) };
      send(
        "GlitchTip Uptime Alert",
        [{ ...link, text, image_url: null, color: null, fields: null, mrkdown_in: null }],
        [{ activityTitle: monitor.name, activitySubtitle: text }],
      );
    },
    setUrl(next) {
      url = next;
    },
    drop(next) {
      isDropping = next;
    },
    settled: () => queue,
  };
}

function issueAttachment(issue: Issue, link: string, project: string): Attachment {
  const named = (title: string, key: string, short: boolean) => {
    // `issuetag_set.filter(…).first()`: any one of the issue's values, not the newest event's.
    const value = issue.events.flatMap((event) => event.tags).find(([name]) => name === key)?.[1];
    return value === undefined ? [] : [{ title, value, short }];
  };
  return {
    title: issue.latest.title,
    title_link: link,
    text: issue.latest.culprit,
    image_url: null,
    color: hexColor(issue.level),
    fields: [
      { title: "Project", value: project, short: true },
      ...named("Environment", "environment", true),
      ...named("Server Name", "server_name", true),
      ...named("Release", "release", false),
    ],
    mrkdown_in: ["text"],
  };
}

/** A warning has none: the code compares an integer with `is LogLevel.WARNING`. */
function hexColor(level: string): string | null {
  if (level === "info") return "#4b60b4";
  return level === "error" || level === "fatal" ? "#e52b50" : null;
}

async function attempt(delivery: GlitchtipDelivery, url: string, { log }: DemoGlitchtipOptions): Promise<void> {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const headers = { "content-type": "application/json" };
    const answer = await fetch(url, { method: "POST", headers, body: delivery.body, signal, redirect: "manual" });
    delivery.status = answer.status;
    await answer.body?.cancel();
  } catch (cause) {
    delivery.error = cause instanceof Error && cause.name === "TimeoutError" ? "timeout" : "connection failed";
  }
  log("glitchtip webhook", { text: delivery.text, status: delivery.status, error: delivery.error });
}
