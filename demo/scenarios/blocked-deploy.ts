import { getBug } from "../world.ts";
import { allEnded, judgeOne } from "./judge.ts";
import type { Scenario } from "./model.ts";

/** Vercel will not build for an author without a seat: the repair is merged and never reaches production. */
export const blockedDeploy: Scenario = {
  name: "blocked-deploy",
  title: "Vercel blocks the repair's deployment because its author has no seat: a person is told that, and why",
  timeoutSeconds: 170,
  async begin(stage) {
    const { vercel } = stage.world;
    await stage.world.breakShop(getBug("coupon-null"));
    await vercel.idle();
    vercel.blockAuthors("COMMIT_AUTHOR_REQUIRED");
  },
  isOver: allEnded,
  judge(stories, effects) {
    const said = stories[0]?.timeline.findLast(({ kind }) => kind === "escalated")?.summary ?? "";
    return [
      ...judgeOne(stories, effects, { state: "escalated", attempts: 1, pullRequests: 1, closings: 0 }),
      ...(/blocked.*seat.*COMMIT_AUTHOR_REQUIRED/.test(said) ? [] : [`it was escalated with: ${said || "nothing"}`]),
      ...(effects.issues[0]?.labels.includes("patchpilot:needs-human") ? [] : ["nobody is asked on the issue"]),
    ];
  },
};
