import type { DemoStage } from "../stage.ts";
import { getBug } from "../world.ts";
import { judgeOne } from "./judge.ts";
import type { Scenario } from "./model.ts";
import { reportEvent } from "./report.ts";

/** Who calls the shop, and fails with it. */
const CALLERS = ["storefront", "mobile-bff", "partner-api"];
const SYMPTOMS = 200;
const EVENTS_EACH = 25;
const AT_ONCE = 50;

/** One of the callers' errors: each in another place of its code, so that Sentry makes an issue of each. */
function symptom(number: number): Record<string, unknown> {
  const service = CALLERS[number % CALLERS.length] ?? "storefront";
  const handler = `handler${number}`;
  return {
    environment: "production",
    release: `${service}@1.4.0`,
    tags: { service },
    fingerprint: [`symptom-${number}`],
    exception: {
      values: [
        {
          type: "UpstreamError",
          value: `POST http://shop.internal/checkout responded 502 Bad Gateway, in ${handler}`,
          mechanism: { type: "generic", handled: false },
          stacktrace: {
            frames: [
              { filename: `/var/task/${service}/src/${handler}.mjs`, function: handler, lineno: 12, in_app: true },
            ],
          },
        },
      ],
    },
  };
}

async function sendStorm(stage: DemoStage): Promise<void> {
  const events = Array.from({ length: SYMPTOMS * EVENTS_EACH }, (_, index) => symptom(index % SYMPTOMS));
  for (let at = 0; at < events.length; at += AT_ONCE) {
    await Promise.all(events.slice(at, at + AT_ONCE).map((event) => reportEvent(stage, event)));
    await stage.world.sentry.webhooksSettled();
  }
}

/** One cause, and all that it drags along. */
export const storm: Scenario = {
  name: "storm",
  title: "one cause, 200 symptoms in three services, 5,000 alerts: one incident and one repair",
  stage: { alertEveryMs: 0 },
  timeoutSeconds: 720,
  async begin(stage) {
    // Nobody merges in the middle of a storm; what its callers report stops with it.
    stage.maintainer.pause();
    await stage.world.breakShop(getBug("coupon-null"));
    await sendStorm(stage);
    stage.maintainer.resume();
  },
  isOver: (stories) =>
    stories.length > 0 && stories.every((story) => ["recovered", "escalated"].includes(story.incident.state)),
  judge(stories, effects) {
    const symptoms = stories[0]?.symptoms.length ?? 0;
    return [
      ...judgeOne(stories, effects, { state: "recovered", attempts: 1, pullRequests: 1, closings: 1 }),
      ...(symptoms === SYMPTOMS ? [] : [`${symptoms} symptoms are known, and ${SYMPTOMS} were expected`]),
    ];
  },
};
