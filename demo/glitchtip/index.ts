import { Hono } from "hono";
import { serveApp } from "../kit/serve.ts";
import type { Tokens } from "../sentry/api-auth.ts";
import { mountIngest } from "../sentry/ingest.ts";
import { readStatusChange } from "../sentry/issue-state.ts";
import type { Issue, StoredEvent } from "../sentry/model.ts";
import type { Notifier } from "../sentry/notify.ts";
import { sentryPlace } from "../sentry/place.ts";
import { SentryState } from "../sentry/state.ts";
import { AlertWatch } from "./alerts.ts";
import { mountApi, notFound } from "./api.ts";
import type { DemoGlitchtipOptions, DemoMonitor, GlitchtipDelivery } from "./model.ts";
import { mountPages } from "./pages.ts";
import { createWebhookSender } from "./webhooks.ts";

export type { DemoGlitchtipOptions, GlitchtipDelivery } from "./model.ts";

export interface DemoGlitchtip {
  /** Pages, API and ingest in one place, without a trailing slash. */
  url: string;
  dsn: string;
  projectId: string;
  /** The newest 500 of this process, oldest first. */
  deliveries: readonly GlitchtipDelivery[];
  issues(): Issue[];
  events(issueId: string): StoredEvent[];
  /** What a person does on the issue page. */
  setStatus(issueId: string, status: Issue["status"]): void;
  /** A check of the monitor of this id had this result; a change is told. */
  checkMonitor(id: string, name: string, isUp: boolean): void;
  /** What the scheduler does by itself every `alert.everyMs`. */
  processAlerts(): void;
  setWebhookUrl(url: string | null): void;
  /** While true, webhooks are lost on the way. */
  dropWebhooks(isDropping: boolean): void;
  webhooksSettled(): Promise<void>;
  close(): Promise<void>;
}

const NO_ALERT = { quantity: 1, timespanMinutes: 1, everyMs: 0 };

/** Starts a GlitchTip of one organization and project that takes real SDKs, remembers in `dir`, and sends its alerts. */
export async function startDemoGlitchtip(options: DemoGlitchtipOptions): Promise<DemoGlitchtip> {
  const state = new SentryState(options.dir, options.project);
  const app = new Hono();
  const served = await serveApp(app, options.port);
  const sender = createWebhookSender(options, () => served.url);
  const watch = new AlertWatch(state, options.alert ?? NO_ALERT);
  const monitors = new Map<string, DemoMonitor>();
  const place = sentryPlace(served.url, options.org, options.project, state.identity);
  mountAll(app, { options, state, place, monitors, watch });
  const processAlerts = () => {
    const due = watch.takeDue(Date.now());
    if (due.length > 0) sender.sendIssues(due);
  };
  const timer = options.alert && setInterval(processAlerts, options.alert.everyMs);
  return {
    url: served.url,
    dsn: `http://${state.identity.publicKey}@127.0.0.1:${served.port}/${state.identity.projectId}`,
    projectId: state.identity.projectId,
    deliveries: sender.deliveries,
    issues: () => [...state.issues.values()],
    events: (issueId) => [...(state.issues.get(issueId)?.events ?? [])],
    setStatus(issueId, status) {
      const change = readStatusChange({ status }, [], Date.now());
      if (typeof change !== "string") state.setStatus(issueId, change, Date.now());
    },
    checkMonitor(id, name, isUp) {
      const before = monitors.get(id)?.isUp ?? null;
      const lastChangeMs = before === isUp ? (monitors.get(id)?.lastChangeMs ?? null) : Date.now();
      const monitor = { id, name, isUp, lastChangeMs };
      monitors.set(id, monitor);
      if (before !== isUp && !(before === null && isUp)) sender.sendUptime(monitor, !isUp);
    },
    processAlerts,
    setWebhookUrl: sender.setUrl,
    dropWebhooks: sender.drop,
    webhooksSettled: sender.settled,
    async close() {
      if (timer) clearInterval(timer);
      await served.close();
      await sender.settled();
    },
  };
}

function mountAll(
  app: Hono,
  deps: {
    options: DemoGlitchtipOptions;
    state: SentryState;
    place: ReturnType<typeof sentryPlace>;
    monitors: ReadonlyMap<string, DemoMonitor>;
    watch: AlertWatch;
  },
): void {
  const { options, state, watch } = deps;
  const tokens: Tokens = new Map<string, ReadonlySet<string> | "all">([
    [options.authToken, "all"],
    ...Object.entries(options.tokens ?? {}).map(([token, scopes]): [string, ReadonlySet<string>] => [
      token,
      new Set(scopes),
    ]),
  ]);
  const notifier: Notifier = {
    afterEvent: ({ issue, outcome }) => {
      if (outcome !== "duplicate") watch.noteEvent(issue.id);
    },
    afterStatus() {},
    afterInstall() {},
  };
  app.onError((error, c) => {
    options.log("glitchtip: internal error", { path: c.req.path, error: error.stack });
    return c.text("Server Error", 500);
  });
  mountIngest(app, { state, notifier, log: options.log });
  mountApi(app, { ...deps, tokens });
  mountPages(app, deps);
  app.notFound((c) => notFound(c));
}
