import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { serveApp } from "../kit/serve.ts";
import { rateLimit, type Tokens } from "./api-auth.ts";
import { mountExplore } from "./api-explore.ts";
import { mountIssues, notFound } from "./api-issues.ts";
import { mountReleases } from "./api-releases.ts";
import { mountSessions } from "./api-sessions.ts";
import { mountIngest } from "./ingest.ts";
import { readStatusChange, type StatusRequest } from "./issue-state.ts";
import type { DemoSentryOptions, Issue, SentryDelivery, StoredEvent } from "./model.ts";
import { createNotifier, type Notifier } from "./notify.ts";
import { mountPages } from "./pages.ts";
import { mountSpanPages } from "./pages-spans.ts";
import { type SentryPlace, sentryPlace } from "./place.ts";
import { BadQuery } from "./search.ts";
import { SentryState } from "./state.ts";
import { createWebhookSender, type WebhookSender } from "./webhooks.ts";

export type { DemoSentryOptions, Issue, SentryDelivery, StoredEvent } from "./model.ts";

export interface DemoSentry {
  /** Web, Web API and ingest in one place, without a trailing slash. */
  url: string;
  dsn: string;
  installationUuid: string;
  projectId: string;
  /** The newest 500 of this process, oldest first. */
  deliveries: readonly SentryDelivery[];
  issues(): Issue[];
  events(issueId: string): StoredEvent[];
  /** What a person does on the issue page; throws on what Sentry would refuse. */
  setStatus(issueId: string, request: StatusRequest): void;
  setWebhookUrl(url: string | null): void;
  /** While true, webhooks are lost on the way. */
  dropWebhooks(isDropping: boolean): void;
  /** Resolves when no webhook is on its way. */
  webhooksSettled(): Promise<void>;
  close(): Promise<void>;
}

/** Starts a Sentry of one organization and project that takes real SDKs, remembers in `dir`, and sends signed webhooks. */
export async function startDemoSentry(options: DemoSentryOptions): Promise<DemoSentry> {
  const state = new SentryState(options.dir, options.project);
  const { identity } = state;
  const { clientSecret, log } = options;
  const sender = createWebhookSender({
    url: options.webhookUrl,
    clientSecret,
    installationUuid: identity.installationUuid,
    log,
  });
  const app = new Hono();
  const served = await serveApp(app, options.port);
  const place = sentryPlace(served.url, options.org, options.project, identity);
  const notifier = createNotifier({
    place,
    state,
    sender,
    alertRule: options.alertRule ?? null,
    sendErrorWebhooks: options.sendErrorWebhooks ?? false,
  });
  mountAll(app, { options, state, place, notifier });
  if (options.sendInstallationWebhook) notifier.afterInstall();
  return {
    url: served.url,
    dsn: `http://${identity.publicKey}@127.0.0.1:${served.port}/${identity.projectId}`,
    installationUuid: identity.installationUuid,
    projectId: identity.projectId,
    ...controls(state, sender, notifier),
    async close() {
      await served.close();
      await sender.settled();
    },
  };
}

function controls(state: SentryState, sender: WebhookSender, notifier: Notifier) {
  return {
    deliveries: sender.deliveries,
    issues: () => [...state.issues.values()],
    events: (issueId: string) => [...(state.issues.get(issueId)?.events ?? [])],
    setStatus(issueId: string, request: StatusRequest) {
      const before = state.issues.get(issueId)?.status;
      if (before === undefined) throw new Error(`no issue ${issueId}`);
      const releases = state.releaseOrder().map((release) => release.version);
      const change = readStatusChange(request, releases, Date.now());
      if (typeof change === "string") throw new Error(change);
      const issue = state.setStatus(issueId, change, Date.now());
      if (issue) notifier.afterStatus(issue, before);
    },
    setWebhookUrl: sender.setUrl,
    dropWebhooks: sender.drop,
    webhooksSettled: sender.settled,
  };
}

function mountAll(
  app: Hono,
  deps: { options: DemoSentryOptions; state: SentryState; place: SentryPlace; notifier: Notifier },
): void {
  const { options, state, place, notifier } = deps;
  const tokens: Tokens = new Map<string, ReadonlySet<string> | "all">([
    [options.orgAuthToken, "all"],
    ...Object.entries(options.tokens ?? {}).map(([token, scopes]): [string, ReadonlySet<string>] => [
      token,
      new Set(scopes),
    ]),
  ]);
  app.onError((error, c) => {
    if (error instanceof BadQuery) return c.json({ detail: error.message }, 400);
    if (error instanceof HTTPException) return error.getResponse();
    options.log("sentry: internal error", { path: c.req.path, error: error.stack });
    return c.json({ detail: "Internal Error", errorId: null }, 500);
  });
  mountIngest(app, { state, notifier, log: options.log });
  app.use("/api/0/*", rateLimit());
  app.use("/api/0/organizations/:org/*", async (c, next) => (c.req.param("org") === place.org ? next() : notFound(c)));
  app.use("/api/0/projects/:org/*", async (c, next) => (c.req.param("org") === place.org ? next() : notFound(c)));
  const api = { state, place, tokens, notifier };
  mountIssues(app, api);
  mountExplore(app, api);
  mountSessions(app, api);
  mountReleases(app, api);
  mountPages(app, { state, place });
  mountSpanPages(app, { state, place });
  app.notFound((c) => notFound(c));
}
