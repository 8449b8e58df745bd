import { setTimeout as sleep } from "node:timers/promises";
import { startSentryTickets } from "../sentry-tickets.ts";
import type { DemoStage } from "../stage.ts";
import { getBug, ORG, REPOSITORY } from "../world.ts";
import { allEnded, judgeOne } from "./judge.ts";
import type { Scenario } from "./model.ts";

const OUTSIDER = "passing-stranger";
/** What Sentry's integration would write, to the letter, but for who writes it. */
const LOOK_ALIKE = {
  title: "TypeError: everything is on fire",
  body: (sentryUrl: string) =>
    `Sentry Issue: [SHOP-9](${sentryUrl}/organizations/${ORG}/issues/999/?referrer=github_integration)\n\n\`\`\`\nTypeError: fire\n  at burn (src/fire.mjs:1:1)\n\`\`\``,
};
const REFUSED = `${OUTSIDER} has read permission, and write is needed`;
const LOOKS = 40;
const LOOK_MS = 250;
/** The alert rule's "seen more than" condition: enough for a first look at how bad it is. */
const MIN_EVENTS = 5;

/** An outsider's issue of exactly Sentry's form; resolves when its refusal is on record, throws when it is not. */
async function openLookAlike(stage: DemoStage): Promise<void> {
  const { github, sentry } = stage.world;
  github.addUser({ login: OUTSIDER, permission: "none" });
  await github.person(OUTSIDER, REPOSITORY).openIssue(LOOK_ALIKE.title, LOOK_ALIKE.body(sentry.url));
  for (let look = 0; look < LOOKS; look += 1) {
    const { items } = await stage.ask<{ items: { outcome: string; reason: string }[] }>(
      "/api/admin/deliveries?limit=100",
    );
    if (items.some(({ outcome, reason }) => outcome === "ignored" && reason.includes(REFUSED))) return;
    await sleep(LOOK_MS);
  }
  throw new Error("the outsider's issue was not refused with its reason");
}

/** Sentry's webhooks do not reach us: its GitHub issue does. */
export const watch: Scenario = {
  name: "watch",
  title:
    "an issue that Sentry's GitHub integration made is taken up, repaired and closed; an outsider's copy is refused",
  timeoutSeconds: 200,
  async begin(stage) {
    const { sentry, github } = stage.world;
    sentry.dropWebhooks(true);
    await openLookAlike(stage);
    const tickets = startSentryTickets({ sentry, github, org: ORG, minEvents: MIN_EVENTS, log: () => {} });
    await stage.world.breakShop(getBug("coupon-null"));
    const close = stage.close.bind(stage);
    stage.close = async () => {
      tickets.stop();
      await close();
    };
  },
  isOver: allEnded,
  judge(stories, effects) {
    const copy = effects.issues.find((issue) => issue.title === LOOK_ALIKE.title);
    const others = { ...effects, issues: effects.issues.filter((issue) => issue !== copy) };
    const [made] = others.issues;
    const incident = stories[0]?.incident;
    const told = stories[0]?.timeline.map(({ kind }) => kind) ?? [];
    return [
      ...judgeOne(stories, others, { state: "recovered", attempts: 1, pullRequests: 1, closings: 1 }),
      ...(made?.number === incident?.issueNumber ? [] : [`the incident's issue is #${incident?.issueNumber}`]),
      ...(made?.title.startsWith("[") ? ["the title of Sentry's issue was changed"] : []),
      ...(told.includes("issue_adopted") && !told.includes("issue_opened")
        ? []
        : [`it was told as ${told.join(", ")}`]),
      ...(copy?.state === "open" && copy.comments === 0 ? [] : ["somebody answered the outsider"]),
    ];
  },
};
