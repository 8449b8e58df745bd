import { setTimeout as sleep } from "node:timers/promises";
import { getBug, MAINTAINER } from "../world.ts";
import { alongside, waitFor } from "./alongside.ts";
import { allEnded, judgeOne } from "./judge.ts";
import type { Scenario } from "./model.ts";

const RECOVERED = { state: "recovered", attempts: 1, pullRequests: 1, closings: 1 } as const;

const FAILING_SECONDS = 100;

/** While it is watched, work goes on: each release on top of the repair is looked at anew, and starts nothing over. */
const work = alongside(async (stage) => {
  const person = stage.world.github.person(MAINTAINER);
  for (const [index, line] of ["Opening hours.", "Opening hours, and where we are."].entries()) {
    await waitFor(stage, "it is being watched", (story) => story.verifications.length > index, 300);
    await person.push({ "NEWS.md": `${line}\n` }, `docs: news, part ${index + 1}`);
  }
  return [];
});

/** An error that comes now and then: ten quiet minutes, or here ten quiet seconds, would say nothing. */
export const slowBurn: Scenario = {
  name: "slow-burn",
  title: "a rare error: quiet is waited for until it says something, with the time of each next look",
  timeoutSeconds: 420,
  async begin(stage) {
    stage.world.traffic.change({ unusualShare: 0.06 });
    // The failing period has to be long enough to know a rare error's rate at all.
    stage.maintainer.pause();
    setTimeout(() => stage.maintainer.resume(), FAILING_SECONDS * 1_000);
    await stage.world.breakShop(getBug("coupon-null"));
    work.begin(stage);
  },
  isOver: allEnded,
  examine: () => work.faults(),
  judge(stories, effects) {
    const looks = (stories[0]?.verifications ?? []).toReversed();
    const waits = looks.filter((look) => look.action === "wait");
    const close = looks.at(-1);
    const watchedMinutes = (close?.since?.hours ?? 0) * 60;
    return [
      ...judgeOne(stories, effects, RECOVERED),
      ...(waits.length >= 2 ? [] : [`${waits.length} waits before the verdict`]),
      ...waits.flatMap((look) =>
        look.recheckAt !== null && look.recheckAt > look.at ? [] : [`the wait of ${look.at} has no next look`],
      ),
      ...(watchedMinutes > 0.5 ? [] : [`closed after ${watchedMinutes.toFixed(1)} minutes`]),
      ...((close?.expected ?? 0) >= 5 ? [] : [`closed where only ${close?.expected} events were expected`]),
    ];
  },
};

const NIGHT_SECONDS = 45;
/** A handful before would be little to prove anything by, night or not. */
const EVENTS_BEFORE = 40;

const night = alongside(async (stage) => {
  const { traffic } = stage.world;
  stage.maintainer.pause();
  await waitFor(
    stage,
    "the repair waits for a person, and the error is known well",
    ({ incident }) => incident.state === "in_review" && (incident.events ?? 0) >= EVENTS_BEFORE,
    120,
  );
  traffic.pause(true);
  stage.maintainer.resume();
  await waitFor(stage, "the repair is in production", (story) => story.incident.state === "verifying");
  await sleep(NIGHT_SECONDS * 1_000);
  const story = await waitFor(stage, "the story", () => true);
  traffic.pause(false);
  const [look] = story.verifications;
  return [
    ...(story.incident.state === "verifying" ? [] : [`after a night without customers it was ${story.incident.state}`]),
    ...(look?.action === "wait" ? [] : ["nothing was said of the night"]),
    ...(look?.since?.sessions !== null ? [] : ["sessions were not looked at"]),
  ];
});

/** Nobody comes after the deployment: no error, and no proof. */
export const quietNight: Scenario = {
  name: "quiet-night",
  title: "customers go home as the repair is deployed: quiet proves nothing, and it recovers after they came back",
  timeoutSeconds: 420,
  async begin(stage) {
    await stage.world.breakShop(getBug("coupon-null"));
    night.begin(stage);
  },
  isOver: (stories) => allEnded(stories) && night.isThrough(),
  judge: (stories, effects) => judgeOne(stories, effects, RECOVERED),
  examine: () => night.faults(),
};
