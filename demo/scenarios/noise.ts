import { createHmac } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { DemoStage } from "../stage.ts";
import { REPOSITORY } from "../world.ts";
import type { Scenario } from "./model.ts";
import { reportEvent } from "./report.ts";

const OUTSIDER = "passing-stranger";

/** An error of the staging environment, as the SDK sends it. */
function reportFromStaging(stage: DemoStage): Promise<void> {
  const error = { type: "TypeError", value: "only on staging", mechanism: { type: "generic", handled: false } };
  return reportEvent(stage, { environment: "staging", exception: { values: [error] } });
}

/** The same signed delivery three times. */
async function sendDuplicates(stage: DemoStage): Promise<void> {
  const staging = {
    event_id: "f".repeat(32),
    issue_id: "999",
    title: "TypeError: only on staging",
    level: "error",
    environment: "staging",
    tags: [["environment", "staging"]],
  };
  const body = JSON.stringify({
    action: "triggered",
    installation: { uuid: crypto.randomUUID() },
    data: { event: staging, triggered_rule: "r" },
    actor: { type: "application", id: "sentry", name: "Sentry" },
  });
  const signature = createHmac("sha256", stage.world.identity.sentryClientSecret).update(body).digest("hex");
  for (let time = 0; time < 3; time += 1) {
    const answer = await fetch(`${stage.url}/api/webhooks/sentry`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "sentry-hook-resource": "event_alert",
        "sentry-hook-signature": signature,
      },
      body,
    });
    if (answer.status !== 202) throw new Error(`a delivery was answered with ${answer.status}`);
  }
}

async function openFakeIssue(stage: DemoStage): Promise<void> {
  const { github } = stage.world;
  github.addUser({ login: OUTSIDER, permission: "none" });
  const person = github.person(OUTSIDER, REPOSITORY);
  const number = await person.openIssue(
    "TypeError: UTF-8 issue in checkout",
    "Sentry Issue: [SHOP-1](https://sentry.io/organizations/x/issues/1/?referrer=github_integration)\n\n```\nTypeError: x\n```",
  );
  await person.comment(number, "/patchpilot fix");
}

/** What looks like an alert and is none. */
export const noise: Scenario = {
  name: "noise",
  title: "staging, duplicates and an outsider's fake issue: nothing happens",
  timeoutSeconds: 25,
  async begin(stage) {
    await reportFromStaging(stage);
    await sendDuplicates(stage);
    await openFakeIssue(stage);
    await sleep(6_000);
  },
  isOver: () => true,
  judge(stories, effects) {
    const ours = effects.branches.filter((branch) => branch.startsWith("patchpilot/"));
    return [
      ...stories
        .filter(({ incident }) => !["new", "observed"].includes(incident.state) || incident.issueNumber !== null)
        .map(({ incident }) => `INC-${incident.number} is ${incident.state}: ${incident.title}`),
      ...(effects.issues.length === 1 ? [] : [`${effects.issues.length} issues, and only the outsider's was expected`]),
      ...(effects.issues[0]?.comments === 1 ? [] : ["somebody answered the outsider"]),
      ...effects.pullRequests.map((pull) => `pull request #${pull.number} was opened`),
      ...ours.map((branch) => `branch ${branch} was made`),
    ];
  },
};
