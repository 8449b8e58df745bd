import { getBug } from "../world.ts";
import { allEnded, judgeOne } from "./judge.ts";
import type { Scenario } from "./model.ts";

const FORGED_ISSUE = "6507376999";

/** Whoever learnt the webhook's address can say anything in it: here, that an issue is on fire which GlitchTip has not. */
async function forgeAlert(url: string, token: string): Promise<void> {
  const title_link = `https://glitchtip.example/pine-and-co/issues/${FORGED_ISSUE}`;
  const fields = [{ title: "Environment", value: "production", short: true }];
  const attachment = {
    title: "FatalError: everything is on fire",
    title_link,
    text: "checkout",
    color: "#e52b50",
    fields,
  };
  const answer = await fetch(`${url}/api/webhooks/glitchtip/${token}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ text: "GlitchTip Alert", attachments: [attachment] }),
  });
  if (answer.status !== 202) throw new Error(`the forged alert was answered with ${answer.status}`);
}

/** The crash scenario where the shop reports to GlitchTip, and a forged alert beside it. */
export const glitchtip: Scenario = {
  name: "glitchtip",
  title: "a crash that GlitchTip reports is repaired, proved by GlitchTip's own events; a forged alert does nothing",
  stage: { tracker: "glitchtip" },
  timeoutSeconds: 200,
  async begin(stage) {
    await forgeAlert(stage.url, stage.world.identity.glitchtipWebhookToken);
    await stage.world.breakShop(getBug("coupon-null"));
  },
  isOver(stories) {
    const real = stories.filter(({ incident }) => incident.state !== "observed");
    return allEnded(real);
  },
  judge(stories, effects) {
    const isForged = (title: string) => title.includes("on fire");
    const forged = stories.find(({ incident }) => isForged(incident.title));
    const real = stories.filter(({ incident }) => !isForged(incident.title));
    const verdict = real[0]?.verifications.at(-1) ?? real[0]?.verifications[0];
    const told = forged?.timeline.map(({ summary }) => summary) ?? [];
    return [
      ...judgeOne(real, effects, { state: "recovered", attempts: 1, pullRequests: 1, closings: 1 }),
      ...(verdict?.since && verdict.expected !== null ? [] : ["the verdict has no numbers"]),
      ...(forged?.incident.state === "observed" && told.includes("GlitchTip does not know this issue")
        ? []
        : [`the forged alert is ${forged?.incident.state ?? "not there"}: ${told.join("; ")}`]),
      ...(effects.sourceIssues.length === 1 && effects.sourceIssues[0]?.status === "resolved"
        ? []
        : [`GlitchTip's issues: ${JSON.stringify(effects.sourceIssues)}`]),
    ];
  },
};
