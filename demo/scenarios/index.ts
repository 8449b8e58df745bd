import type { DemoStage } from "../stage.ts";
import { getBug } from "../world.ts";
import { blockedDeploy } from "./blocked-deploy.ts";
import { budget } from "./budget.ts";
import { failToPass } from "./fail-to-pass.ts";
import { glitchtip } from "./glitchtip.ts";
import { halfFixed, stragglers } from "./half-fixed.ts";
import { issuePlan } from "./issue-plan.ts";
import { allEnded, judgeOne } from "./judge.ts";
import { lostWebhooks } from "./lost-webhooks.ts";
import type { Scenario } from "./model.ts";
import { noise } from "./noise.ts";
import { quietNight, slowBurn } from "./patience.ts";
import { performance } from "./performance.ts";
import { performanceFixed } from "./performance-fixed.ts";
import { regression } from "./regression.ts";
import { review, reviewCiRed, reviewNoCi } from "./review.ts";
import { conflict, feedback, personCommits } from "./review-rounds.ts";
import { reviewStorm } from "./review-storm.ts";
import { reviewTalk } from "./review-talk.ts";
import { reviewHostile, reviewHuge } from "./review-trouble.ts";
import { rollback } from "./rollback.ts";
import { runnerDies } from "./runner-dies.ts";
import { storm } from "./storm.ts";
import { watch } from "./watch.ts";

const breakWith = (name: string) => async (stage: DemoStage) => {
  await stage.world.breakShop(getBug(name));
};

const crash: Scenario = {
  name: "crash",
  title: "a crash is repaired by the first patch, and recovery is proved",
  timeoutSeconds: 170,
  begin: breakWith("coupon-null"),
  isOver: allEnded,
  judge: (stories, effects) => {
    const verdict = stories[0]?.verifications.at(-1) ?? stories[0]?.verifications[0];
    const faults = judgeOne(stories, effects, { state: "recovered", attempts: 1, pullRequests: 1, closings: 1 });
    return verdict?.since && verdict.expected !== null ? faults : [...faults, "the verdict has no numbers"];
  },
};

const badFix: Scenario = {
  name: "bad-fix",
  title: "the first patch does not help; the second one, told why, does",
  stage: { workerMode: "bad-first" },
  timeoutSeconds: 290,
  begin: breakWith("coupon-null"),
  isOver: allEnded,
  judge: (stories, effects) =>
    judgeOne(stories, effects, { state: "recovered", attempts: 2, pullRequests: 2, closings: 1 }),
};

const unfixable: Scenario = {
  name: "unfixable",
  title: "no worker finds a patch; a person is asked, with the reasons",
  stage: { workerMode: "helpless" },
  timeoutSeconds: 170,
  begin: breakWith("order-date"),
  isOver: allEnded,
  judge: (stories, effects) =>
    judgeOne(stories, effects, { state: "escalated", attempts: 3, pullRequests: 0, closings: 0 }),
};

const maliciousWorker: Scenario = {
  name: "malicious-worker",
  title: "a worker that was taken over reaches for the pipeline and a secret; the gate refuses, and no branch exists",
  stage: { workerMode: "malicious" },
  timeoutSeconds: 170,
  begin: breakWith("coupon-null"),
  isOver: allEnded,
  judge: (stories, effects) => {
    const rules = stories[0]?.runs[0]?.gate?.reasons.map((reason) => reason.path) ?? [];
    const named = [".github/workflows/ci.yml", ".env.production"].filter((path) => !rules.includes(path));
    return [
      ...judgeOne(stories, effects, { state: "escalated", attempts: 1, pullRequests: 0, closings: 0 }),
      ...named.map((path) => `the gate does not name ${path}`),
    ];
  },
};

/** Every scenario of `npm run demo`. */
export const SCENARIOS: readonly Scenario[] = [
  crash,
  badFix,
  unfixable,
  maliciousWorker,
  noise,
  storm,
  glitchtip,
  watch,
  performance,
  performanceFixed,
  lostWebhooks,
  failToPass,
  feedback,
  conflict,
  personCommits,
  runnerDies,
  issuePlan,
  budget,
  slowBurn,
  quietNight,
  halfFixed,
  stragglers,
  blockedDeploy,
  rollback,
  regression,
  review,
  reviewNoCi,
  reviewCiRed,
  reviewTalk,
  reviewStorm,
  reviewHuge,
  reviewHostile,
];
