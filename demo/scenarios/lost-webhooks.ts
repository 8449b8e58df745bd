import type { GapReport } from "../../lib/reconcile/model.ts";
import { getBug } from "../world.ts";
import { allEnded, judgeOne } from "./judge.ts";
import type { Scenario } from "./model.ts";

/** Every webhook of this world, as the providers sent it and nobody got it, that polling has to make up for. */
const LOST_SOURCES = ["github", "sentry", "vercel"];

/** Nobody hears anything: Sentry, GitHub and Vercel are asked, and the loop ends as if they had been heard. */
export const lostWebhooks: Scenario = {
  name: "lost-webhooks",
  title: "every webhook is lost from the start; polling alone ends recovered, and the gap report says what was missed",
  stage: { losesWebhooks: true, policy: { reconcile: { everySeconds: 2, graceMinutes: 0.1 } } },
  timeoutSeconds: 200,
  async begin(stage) {
    await stage.world.breakShop(getBug("coupon-null"));
  },
  isOver: allEnded,
  judge: (stories, effects) =>
    judgeOne(stories, effects, { state: "recovered", attempts: 1, pullRequests: 1, closings: 1 }),
  async examine(stage, tell) {
    const { world } = stage;
    const report = await stage.ask<GapReport>("/api/admin/gaps");
    for (const { source, summary } of report.gaps) tell(`missed by webhook: ${source}: ${summary}`);
    const { items } = await stage.ask<{ items: { via: string; resource: string }[] }>(
      "/api/admin/deliveries?limit=100",
    );
    const heard = items.filter((one) => one.via !== "poll");
    const came = [
      ...world.sentry.deliveries.filter((one) => one.status !== null),
      ...world.github.deliveries().filter((one) => one.statusCode < 400),
      ...world.vercel.deliveries.filter((one) => one.isDelivered),
    ];
    return [
      ...LOST_SOURCES.filter((source) => !report.bySource[source]).map((source) => `no gap of ${source} is reported`),
      ...(heard.length === 0 ? [] : [`${heard.length} deliveries came by webhook`]),
      ...(came.length === 0 ? [] : [`${came.length} webhooks got through`]),
    ];
  },
};
