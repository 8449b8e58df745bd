import type { IncidentStory } from "../../lib/insight/model.ts";
import type { DemoStage } from "../stage.ts";
import { DEMO_POLICY, getBug, MAINTAINER, REPOSITORY } from "../world.ts";
import { alongside, has, waitFor } from "./alongside.ts";
import { allEnded, judgeOne } from "./judge.ts";
import type { Scenario } from "./model.ts";

const OUTSIDER = "passing-stranger";
/** Long enough for a person of the demo, short enough to see one expire. */
const OFFER_SECONDS = 20;

const offered = (story: IncidentStory) => story.approvals.find((one) => one.state === "offered");
const many = (story: IncidentStory, kind: string) => story.timeline.filter((entry) => entry.kind === kind).length;

/** The token as a person reads it: in the issue's comment, under the words that say what it does. */
async function readToken(stage: DemoStage, story: IncidentStory, known: readonly string[]): Promise<string> {
  const issueNumber = story.incident.issueNumber ?? 0;
  for (let look = 0; look < 60; look += 1) {
    const texts = stage.world.github.comments(issueNumber).map((comment) => comment.body);
    const found = texts.flatMap((text) => text.match(/(?<=\/patchpilot rollback )apr_\S+/g) ?? []);
    const fresh = found.find((token) => !known.includes(token));
    if (fresh) return fresh;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error("the issue shows no token");
}

const script = alongside(async (stage) => {
  const { github, vercel } = stage.world;
  const first = await waitFor(
    stage,
    "a rollback is offered",
    (story) => offered(story) !== undefined && has("issue_opened")(story),
  );
  const number = first.incident.issueNumber ?? 0;
  const say = (text: string, login = MAINTAINER) => github.person(login, REPOSITORY).comment(number, text);
  const [bad, faults] = [vercel.production()?.sha, [] as string[]];
  const early = await readToken(stage, first, []);
  github.addUser({ login: OUTSIDER, permission: "none" });
  await say(`/patchpilot rollback ${early}`, OUTSIDER);
  await waitFor(stage, "the outsider is refused", has("command_refused"));
  await waitFor(stage, "the offer expires", has("rollback_expired"), OFFER_SECONDS + 30);
  await say(`/patchpilot rollback ${early}`);
  await waitFor(stage, "the expired approval is refused", has("approval_refused"));
  if (vercel.production()?.sha !== bad) faults.push("production was moved without an approval that counts");
  await say("/patchpilot rollback");
  const again = await waitFor(stage, "it is offered again", (story) => many(story, "rollback_offered") === 2);
  const token = await readToken(stage, again, [early]);
  const forged = `${token.slice(0, -1)}${token.endsWith("0") ? "1" : "0"}`;
  await say(`/patchpilot rollback ${forged}`);
  await waitFor(stage, "the forged approval is refused", (story) => many(story, "approval_refused") === 2);
  await say(`/patchpilot rollback ${token}`);
  await waitFor(stage, "production is rolled back", has("rolled_back"));
  if (vercel.production()?.sha === bad) faults.push("production still serves the failing deployment");
  await say(`/patchpilot rollback ${token}`);
  await waitFor(stage, "the replayed approval is refused", (story) => many(story, "approval_refused") === 3);
  await waitFor(stage, "the rollback is verified", has("rollback_worked"), 150);
  // The repair takes its usual way; production follows when a person says so.
  stage.maintainer.resume();
  await waitFor(stage, "the repair waits to be promoted", (story) => story.incident.state === "deploying");
  await vercel.idle();
  await say("/patchpilot rollback");
  const forward = await waitFor(stage, "a promotion is offered", (story) => {
    const one = offered(story);
    const repaired = vercel.deployments().at(-1)?.sha?.slice(0, 7) ?? "?";
    return one?.kind === "promote" && one.says.includes(`to ${repaired}`);
  });
  await say(`/patchpilot rollback ${await readToken(stage, forward, [early, token, forged])}`);
  await waitFor(stage, "the repair is promoted", has("promoted"));
  return faults;
});

/** Mitigate first: what a deployment broke can be taken back before it is repaired. */
export const rollback: Scenario = {
  name: "rollback",
  title:
    "a rollback is offered; expired, forged and replayed approvals are refused; approved, verified, and undone by promoting the repair",
  timeoutSeconds: 480,
  stage: { policy: { recovery: { ...DEMO_POLICY.recovery, rollback: { offerMinutes: OFFER_SECONDS / 60 } } } },
  async begin(stage) {
    stage.maintainer.pause();
    stage.world.vercel.changeVariable("PAYMENT_URL");
    await stage.world.breakShop(getBug("coupon-null"));
    script.begin(stage);
  },
  isOver: (stories) => allEnded(stories) && script.isThrough(),
  judge(stories, effects) {
    const approvals = stories[0]?.approvals ?? [];
    const moved = approvals.filter((one) => one.servedAt !== null);
    const back = moved.find((one) => one.kind === "rollback");
    return [
      ...judgeOne(stories, effects, { state: "recovered", attempts: 1, pullRequests: 1, closings: 1 }),
      ...(moved.length === 2 ? [] : [`production was moved ${moved.length} times by approvals`]),
      ...(back?.lines.some((line) => line.includes("PAYMENT_URL")) ? [] : ["the changed variable is not told"]),
    ];
  },
  examine: () => script.faults(),
};
