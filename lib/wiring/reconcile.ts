import type { Config } from "../config/read-config.ts";
import { createReceiver } from "../intake/index.ts";
import { findGaps, type SyncOutside, type SyncReport, syncSources } from "../reconcile/index.ts";
import { resourceOf } from "../reconcile/model.ts";
import type { Inbox } from "../reconcile/ports.ts";
import type { Context } from "../runtime/context.ts";
import { intakeFacts } from "./intake-settings.ts";
import { DEFAULT_PROJECT_ID, GAP_HOURS } from "./project.ts";
import { createProviders, type Providers } from "./providers.ts";

/** What polling found, on its way in by the statement that stores webhooks too. */
export function createInbox(config: Config, ctx: Context): Inbox {
  const receive = createReceiver({ query: ctx.db.query, clock: ctx.clock, newId: ctx.newId });
  return {
    receive({ source, kind, summary, deliveryKey, signal }) {
      const told = { deliveryKey, resource: resourceOf(kind), reason: summary };
      return receive({
        projectId: DEFAULT_PROJECT_ID,
        source,
        via: "poll",
        facts: { ...intakeFacts(config), source },
        delivery: signal === null ? { ...told, outcome: "ignored", signal } : { ...told, outcome: "accepted", signal },
      });
    },
  };
}

/** Every source that can be polled, as far as it is configured. */
export function reconcileOutside(config: Config, ctx: Context, providers: Providers): SyncOutside {
  const { sentry, glitchtip, github, deploymentFeed, outbound } = providers;
  const { overlapMinutes, firstLookHours, graceMinutes } = config.policy.reconcile;
  return {
    issues: [
      ...(sentry ? [{ source: "sentry" as const, feed: sentry.issueFeed }] : []),
      ...(glitchtip ? [{ source: "glitchtip" as const, feed: glitchtip.issueFeed }] : []),
    ],
    deployments: deploymentFeed && { source: "vercel", feed: deploymentFeed },
    failedDeliveries: github && { source: "github", feed: github.failedDeliveries },
    inbox: createInbox(config, ctx),
    outbound,
    settings: {
      projectId: DEFAULT_PROJECT_ID,
      environment: config.sentry.environment,
      overlapMinutes,
      firstLookHours,
      graceMinutes,
    },
  };
}

/** Looks at every configured source once. */
export function syncOnce(config: Config, ctx: Context, input: { apply: boolean }): Promise<SyncReport[]> {
  return syncSources(ctx, reconcileOutside(config, ctx, createProviders(config, ctx)), input);
}

/** What only polling brought in the last day. */
export function findRecentGaps(config: Config, ctx: Context) {
  const { graceMinutes } = config.policy.reconcile;
  return findGaps(ctx, { projectId: DEFAULT_PROJECT_ID, graceMinutes, hours: GAP_HOURS });
}
