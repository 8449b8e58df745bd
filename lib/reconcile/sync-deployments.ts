import type { Source } from "../intake/model.ts";
import type { Context } from "../runtime/context.ts";
import { decideDeployment, endKey } from "./decide-deployment.ts";
import type { Judged, ReconcileSettings, SourcePoll } from "./look-at-source.ts";
import type { PolledDeployment } from "./model.ts";
import type { DeploymentFeed } from "./ports.ts";
import { listToldDeployments } from "./store.ts";

/** A build that takes longer is not waited for. */
const LONGEST_BUILD_MS = 24 * 3_600_000;
/** How far a host's clock and ours may be apart. */
const SKEW_MS = 10 * 60_000;

/** How deployments are looked at. One that is still being built keeps the cursor, until it has an end. */
export function pollDeployments(
  ctx: Context,
  input: { source: Source; feed: DeploymentFeed; settings: ReconcileSettings },
): SourcePoll<PolledDeployment> {
  const { source, feed, settings } = input;
  return {
    source,
    list: (request) => feed.listDeployments(request),
    async judge(deployments, look) {
      const rows = await listToldDeployments(ctx.db.db, {
        projectId: settings.projectId,
        source,
        since: new Date(look.since.getTime() - SKEW_MS),
        deploymentIds: deployments.map((one) => one.deploymentId),
      });
      // Vercel's `succeeded` is a `ready` after its checks.
      const told = new Set(rows.map(([id, event]) => endKey(id, event === "succeeded" ? "ready" : event)));
      const judged: Judged = { findings: [], underWay: [] };
      for (const deployment of deployments) {
        const step = decideDeployment(deployment, told);
        const at = deployment.createdAt;
        if (step.type === "under_way" && look.until.getTime() - Date.parse(at) < LONGEST_BUILD_MS)
          judged.underWay.push(at);
        if (step.type !== "deliver") continue;
        const { type: _, ...finding } = step;
        judged.findings.push({ ...finding, kind: look.isFirst ? "first_look" : "deployment", source, at });
      }
      return judged;
    },
  };
}
