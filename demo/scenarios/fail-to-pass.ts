import { getBug } from "../world.ts";
import { allEnded, judgeOne } from "./judge.ts";
import type { Scenario } from "./model.ts";

/** A repair counts only with a test that the broken code fails: the first worker brings one that proves nothing. */
export const failToPass: Scenario = {
  name: "fail-to-pass",
  title: "a patch whose test passes on the broken code too is refused; then comes one that is proved",
  stage: { workerMode: "unproven-first" },
  timeoutSeconds: 230,
  begin: async (stage) => {
    await stage.world.breakShop(getBug("coupon-null"));
  },
  isOver: allEnded,
  judge: (stories, effects) => {
    const [first, second] = [...(stories[0]?.runs ?? [])].sort((a, b) => a.attempt - b.attempt);
    const isRefused = first?.state === "failed" && /passes on the broken code/.test(first.reason ?? "");
    const exitCodeOf = (name: string) => second?.commands.find((command) => command.name === name)?.exitCode;
    const isProved = exitCodeOf("new-test-on-patch") === 0 && Boolean(exitCodeOf("new-test-on-base"));
    return [
      ...judgeOne(stories, effects, { state: "recovered", attempts: 2, pullRequests: 1, closings: 1 }),
      ...(isRefused ? [] : [`attempt 1 is ${first?.state} (${first?.reason}), and was to be refused for its test`]),
      ...(isProved ? [] : ["attempt 2 has no test that fails on the broken code and passes on the patch"]),
    ];
  },
};
