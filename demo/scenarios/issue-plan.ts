import { setTimeout as sleep } from "node:timers/promises";
import { shippingNote } from "../shop/requests.ts";
import type { DemoStage } from "../stage.ts";
import { MAINTAINER, REPOSITORY } from "../world.ts";
import { allEnded } from "./judge.ts";
import type { Scenario } from "./model.ts";
import { untilStory } from "./until.ts";

const CUSTOMER = "rita-customer";
const PLAN_SECONDS = 90;
/** Long enough for a comment's webhook to be taken and its job to be done. */
const NOTHING_MS = 4_000;

/** What was seen on the way, by stage. */
const seen = new WeakMap<DemoStage, { comment: string; stateAfterOthers: string }>();

async function stateOf(stage: DemoStage): Promise<string> {
  const { items } = await stage.ask<{ items: { state: string }[] }>("/api/admin/incidents?limit=1");
  return items[0]?.state ?? "none";
}

/** A customer asks for something; the maintainer wants a plan first, and has it done in plain words. */
export const issuePlan: Scenario = {
  name: "issue-plan",
  title: "an issue is handed over: planned first, approved in plain words, done as a verified draft, in production",
  stage: { hasTraffic: false },
  timeoutSeconds: 150,
  async begin(stage) {
    const { github } = stage.world;
    github.addUser({ login: CUSTOMER, permission: "none" });
    const customer = github.person(CUSTOMER, REPOSITORY);
    const number = await customer.openIssue(shippingNote.title, shippingNote.body);
    const maintainer = github.person(MAINTAINER);
    await maintainer.comment(number, "/patchpilot fix");
    await untilStory(stage, "the plan waits", ({ incident }) => incident.state === "planned", PLAN_SECONDS);
    await sleep(NOTHING_MS);
    const comment = github
      .comments(number)
      .map(({ body }) => body)
      .join("\n");
    await customer.comment(number, "please go ahead");
    await maintainer.comment(number, "Could you explain the plan?");
    await maintainer.comment(number, "先别实现，我再看看");
    await sleep(NOTHING_MS);
    seen.set(stage, { comment, stateAfterOthers: await stateOf(stage) });
    await maintainer.comment(number, "> could you explain the plan?\n\nNever mind the question above.");
    await maintainer.comment(number, "LGTM, go ahead");
  },
  isOver: allEnded,
  judge(stories, effects) {
    const [story, ...others] = stories;
    const [issue] = effects.issues;
    const [pull] = effects.pullRequests;
    const kinds = story?.runs.map((run) => run.state).join(", ");
    const expect = (isSo: boolean, otherwise: string) => (isSo ? [] : [otherwise]);
    return [
      ...expect(others.length === 0 && story?.incident.state === "done", `it is ${story?.incident.state}`),
      ...expect(kinds === "published, published", `the runs are ${kinds}`),
      ...expect(effects.issues.length === 1 && issue?.state === "closed", "the issue is not closed"),
      ...expect(issue?.title === shippingNote.title, "somebody changed the issue's title"),
      ...expect(pull?.isDraftOpened === true && pull.isMerged, "there is no draft that was merged"),
      ...effects.commits.filter((commit) => !commit.isVerified).map(({ sha }) => `commit ${sha} is not verified`),
    ];
  },
  async examine(stage, tell) {
    const { comment = "", stateAfterOthers } = seen.get(stage) ?? {};
    const home = await (await fetch(stage.world.vercel.productionUrl)).text();
    const isShown = home.includes(shippingNote.shows);
    tell(isShown ? `production says: ${shippingNote.shows}` : "production says nothing of it yet");
    const expect = (isSo: boolean, otherwise: string) => (isSo ? [] : [otherwise]);
    return [
      ...expect(comment.includes("A plan waits for you") && comment.includes("it is a feature"), "no plan was told"),
      ...expect(stateAfterOthers === "planned", `what was no approval moved it to ${stateAfterOthers}`),
      ...expect(isShown, "the home page does not show what was asked for"),
    ];
  },
};
