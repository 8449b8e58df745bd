import type { ExceptionValue } from "../sentry/model.ts";
import { getBug } from "../world.ts";
import { alongside, has, waitFor } from "./alongside.ts";
import { allEnded, judgeOne } from "./judge.ts";
import type { Scenario } from "./model.ts";
import { reportEvent } from "./report.ts";

const PARTIAL = new Set(["still_failing", "partial_recovery"]);

/** The first patch meets two of three cases. */
export const halfFixed: Scenario = {
  name: "half-fixed",
  title: "the first patch stops two thirds of the errors; that is no recovery, and the next one is told so",
  stage: { workerMode: "half-first" },
  timeoutSeconds: 420,
  begin: async (stage) => void (await stage.world.breakShop(getBug("coupon-null"))),
  isOver: allEnded,
  judge(stories, effects) {
    const looks = stories[0]?.verifications ?? [];
    const first = looks.find((look) => look.action === "retry" || look.action === "escalate");
    return [
      ...judgeOne(stories, effects, { state: "recovered", attempts: 2, pullRequests: 2, closings: 1 }),
      ...(first && PARTIAL.has(first.reason) ? [] : [`the first verdict's reason is ${first?.reason ?? "missing"}`]),
      ...(first?.since && first.expected !== null && first.since.events < first.expected
        ? []
        : ["the first verdict does not show that the errors became fewer"]),
    ];
  },
};

const EVERY_MS = 700;

/** The exception as an SDK sends it, so that it is grouped with the ones before. */
function toSdk({ type, value, mechanism, frames }: ExceptionValue): Record<string, unknown> {
  const sent = frames?.map((frame) => ({
    filename: frame.filename,
    abs_path: frame.absPath,
    module: frame.module,
    function: frame.function,
    lineno: frame.lineNo,
    colno: frame.colNo,
    in_app: frame.inApp,
    context_line: frame.contextLine,
  }));
  return { type, value, mechanism, ...(sent && { stacktrace: { frames: sent } }) };
}

const oldTabs = alongside(async (stage) => {
  const { sentry, vercel } = stage.world;
  const before = await waitFor(stage, "the repair is merged", has("merged"));
  const [issue] = sentry.issues();
  if (!issue?.latest.release) throw new Error("the error has no release");
  const { release, transaction, exceptions, fingerprint } = issue.latest;
  await waitFor(stage, "the repair is in production", (story) => story.incident.state === "verifying");
  if (vercel.production()?.sha === release) throw new Error("production did not change");
  const straggle = () =>
    reportEvent(stage, {
      release,
      transaction,
      fingerprint,
      environment: "production",
      exception: { values: exceptions.map(toSdk) },
    });
  const timer = setInterval(() => void straggle().catch(() => {}), EVERY_MS);
  await waitFor(stage, "a verdict", (story) => story.incident.state !== "verifying", 200).finally(() =>
    clearInterval(timer),
  );
  return before.incident.events === 0 ? ["the error was never counted"] : [];
});

/** Open tabs run the old code for a while. */
export const stragglers: Scenario = {
  name: "stragglers",
  title: "events of the old release go on after the repair is deployed: they are told, and not counted against it",
  timeoutSeconds: 300,
  async begin(stage) {
    await stage.world.breakShop(getBug("coupon-null"));
    oldTabs.begin(stage);
  },
  isOver: (stories) => allEnded(stories) && oldTabs.isThrough(),
  judge(stories, effects) {
    const close = stories[0]?.verifications.find((look) => look.action === "close");
    return [
      ...judgeOne(stories, effects, { state: "recovered", attempts: 1, pullRequests: 1, closings: 1 }),
      ...((close?.since?.eventsOnOldReleases ?? 0) > 0 ? [] : ["no straggler was seen"]),
      ...(close?.explanation.includes("older releases") ? [] : ["the stragglers are not told"]),
    ];
  },
  examine: () => oldTabs.faults(),
};
