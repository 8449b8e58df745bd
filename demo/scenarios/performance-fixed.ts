import { slowSearch } from "../shop/bugs/index.ts";
import { allEnded, judgeOne } from "./judge.ts";
import type { Scenario } from "./model.ts";
import { HEALTHY_SAMPLES, runSchedule, SLOW, SLOW_SAMPLES, seedEarlierWeeks, waitForSamples } from "./performance.ts";

const WORDS =
  /^\d+ of \d+ calls took over [\d.]+ m?s since the repair, where [\d.]+ were expected .*p95 .* before, .* since; p99 .* It is as fast again\./;

/** Nothing crashes, so there is no error whose silence could be waited for: the same requests are measured before and since. */
export const performanceFixed: Scenario = {
  name: "performance-fixed",
  title: "searches became slow; the repair is proved by the durations of the same request, not by an error's silence",
  stage: { hasTracing: true, policy: { performance: { repairs: true, windowHours: 0.05 } } },
  timeoutSeconds: 300,
  async begin(stage) {
    await waitForSamples(stage, `transaction:"${SLOW}"`, HEALTHY_SAMPLES);
    await seedEarlierWeeks(stage);
    const sha = await stage.world.breakShop(slowSearch);
    await waitForSamples(stage, `transaction:"${SLOW}" release:${sha}`, SLOW_SAMPLES);
    await runSchedule(stage);
  },
  isOver: allEnded,
  judge(stories, effects) {
    const look = stories[0]?.verifications.find((one) => one.action === "close");
    return [
      ...judgeOne(stories, effects, { state: "recovered", attempts: 1, pullRequests: 1, closings: 1 }),
      ...(stories[0]?.incident.kind === "performance" ? [] : [`the incident is of kind ${stories[0]?.incident.kind}`]),
      ...(look && WORDS.test(look.explanation) ? [] : [`the verdict says: ${look?.explanation}`]),
    ];
  },
};
