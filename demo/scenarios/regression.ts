import { applyEdits } from "../shop/bugs/index.ts";
import { getBug, MAINTAINER, REPOSITORY } from "../world.ts";
import { alongside, has, waitFor } from "./alongside.ts";
import { allEnded, judgeOne } from "./judge.ts";
import type { Scenario } from "./model.ts";

/** The file as it is at the head of the default branch. */
async function readHead(githubUrl: string, token: string, path: string): Promise<string> {
  const answer = await fetch(`${githubUrl}/repos/${REPOSITORY}/contents/${path}`, {
    headers: { authorization: `token ${token}`, accept: "application/vnd.github.raw+json" },
  });
  if (!answer.ok) throw new Error(`${path} cannot be read: ${answer.status}`);
  return answer.text();
}

const script = alongside(async (stage) => {
  const bug = getBug("coupon-null");
  const { github } = stage.world;
  await waitFor(stage, "it recovers", (story) => story.incident.state === "recovered", 200);
  stage.maintainer.pause();
  // Somebody tidies up the guard that the repair had brought back: on top of the repair, so that the release holds it.
  const maintainer = github.person(MAINTAINER);
  const content = await readHead(github.url, maintainer.token, bug.crash.path);
  const broken = applyEdits(bug.change.edits, (path) => (path === bug.crash.path ? content : null));
  await github
    .person(bug.author.login)
    .push({ ...broken, "test/coupon-unknown.test.mjs": null }, "refactor(checkout): one expression again");
  const back = await waitFor(stage, "it reopens", has("reopened"), 120);
  stage.maintainer.resume();
  const said = back.timeline.find(({ kind }) => kind === "reopened")?.summary ?? "";
  return [
    ...(/the repair of pull request #\d+ \([0-9a-f]{7}\) did not hold/.test(said)
      ? []
      : [`it was reopened with: ${said}`]),
    ...(back.incident.reopenedCount === 1 ? [] : [`it was reopened ${back.incident.reopenedCount} times`]),
  ];
});

/** Proved to have stopped, and back on a release that contains the repair. */
export const regression: Scenario = {
  name: "regression",
  title: "the error returns on a release that contains the repair: the same incident reopens, and is repaired again",
  timeoutSeconds: 480,
  async begin(stage) {
    await stage.world.breakShop(getBug("coupon-null"));
    script.begin(stage);
  },
  isOver: (stories) => allEnded(stories) && script.isThrough() && (stories[0]?.incident.reopenedCount ?? 0) > 0,
  judge: (stories, effects) =>
    judgeOne(stories, effects, { state: "recovered", attempts: 2, pullRequests: 2, closings: 2 }),
  examine: () => script.faults(),
};
