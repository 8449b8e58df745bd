import type { Source } from "../intake/model.ts";
import type { Context } from "../runtime/context.ts";
import type { Outbound } from "../runtime/outbound.ts";
import { lookAtSource, type ReconcileSettings, type SourcePoll } from "./look-at-source.ts";
import type { SyncReport } from "./model.ts";
import type { DeploymentFeed, FailedDeliveries, Inbox, IssueFeed } from "./ports.ts";
import { pollFailedDeliveries } from "./sync-deliveries.ts";
import { pollDeployments } from "./sync-deployments.ts";
import { pollIssues } from "./sync-issues.ts";

/** Every source that can be polled, as far as it is configured. */
export interface SyncOutside {
  issues: readonly { source: Source; feed: IssueFeed }[];
  deployments: { source: Source; feed: DeploymentFeed } | null;
  failedDeliveries: { source: Source; feed: FailedDeliveries } | null;
  inbox: Inbox;
  outbound: Outbound;
  settings: ReconcileSettings;
}

/**
 * Asks every source that does not repeat a lost webhook what happened, and stores what is not known here as deliveries of
 * its own, found by polling. A source that cannot be asked is told of in its report and keeps its cursor; the others go
 * on. With `apply` false nothing is stored, asked for again or remembered.
 */
export async function syncSources(
  ctx: Context,
  outside: SyncOutside,
  input: { apply: boolean },
): Promise<SyncReport[]> {
  const { settings, inbox, outbound } = outside;
  const reports: SyncReport[] = [];
  const look = async <Item>(poll: SourcePoll<Item>) => {
    reports.push(await lookAtSource(ctx, outside, poll, input));
  };
  for (const { source, feed } of outside.issues) await look(pollIssues(ctx, { source, feed, settings }));
  if (outside.deployments) await look(pollDeployments(ctx, { ...outside.deployments, settings }));
  if (outside.failedDeliveries)
    await look(pollFailedDeliveries(ctx, { ...outside.failedDeliveries, settings, outbound, inbox }));
  return reports;
}

/** A round's counts, for a log line. */
export function countReports(reports: readonly SyncReport[]): Record<string, number> {
  const outcomes = reports.flatMap((report) => report.outcomes);
  return {
    sources: reports.length,
    items: reports.reduce((sum, report) => sum + report.items, 0),
    stored: outcomes.filter((one) => one.outcome === "accepted").length,
    failed: outcomes.filter((one) => one.outcome === "failed").length,
    unread: reports.filter((report) => report.fault !== null).length,
  };
}
