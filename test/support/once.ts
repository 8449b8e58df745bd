import { expect } from "vitest";
import type { JobName, JobPayload } from "../../lib/jobs/catalog.ts";
import type { Bench } from "./context.ts";

/** What stands outside, as far as it can be made twice. */
function outsideOf({ repository, reviews, reviewed, issues, errors }: Bench) {
  return structuredClone({
    branches: [...repository.branches],
    pulls: repository.pulls,
    checkRuns: repository.checkRuns,
    dispatches: repository.dispatches,
    said: reviews.remarks,
    answers: { threads: reviews.threads, replies: reviews.replies, comments: reviews.comments },
    reviewed: { ...reviewed },
    issues: issues.all,
    changes: issues.log,
    resolved: errors.resolvedIn,
  });
}

async function stateOf(bench: Bench) {
  return { inside: await bench.effects(), outside: outsideOf(bench) };
}

/** The job does its work, and comes once more as if its end had never been filed: nothing changes, here or outside. */
export async function expectOnce<N extends JobName>(bench: Bench, name: N, payload: JobPayload<N>): Promise<void> {
  const before = await stateOf(bench);
  expect(await bench.run(name, payload)).toEqual({ type: "done" });
  const once = await stateOf(bench);
  expect(once).not.toEqual(before);
  expect(await bench.redeliver(name)).toEqual({ type: "done" });
  expect(await stateOf(bench)).toEqual(once);
}

const withoutJobs = (effects: object) => ({ ...effects, jobs: null });

/** The process dies after this call of a port: nothing is written. Then the job comes again and does its work. */
export async function expectCrashSafe<N extends JobName>(
  bench: Bench,
  name: N,
  payload: JobPayload<N>,
  method: string,
): Promise<void> {
  const before = withoutJobs(await bench.effects());
  bench.script.crashAfter(method);
  expect(await bench.run(name, payload)).toMatchObject({ type: "retry", reason: `the process died after ${method}` });
  expect(withoutJobs(await bench.effects())).toEqual(before);
  expect(await bench.runWaiting(name, payload)).toEqual({ type: "done" });
}

/** Somebody changes the incident during this call of a port: the verb writes nothing, and is asked to come again. */
export async function expectConflict<N extends JobName>(
  bench: Bench,
  input: { name: N; payload: JobPayload<N>; incidentId: string; method: string },
): Promise<void> {
  let before: unknown;
  bench.script.during(input.method, async () => {
    await bench.touch(input.incidentId);
    before = withoutJobs(await bench.effects());
  });
  const outcome = await bench.run(input.name, input.payload);
  expect(outcome).toMatchObject({
    type: "retry",
    reason: `incident ${input.incidentId}: it changed since it was read`,
    afterMs: 500,
  });
  expect(before).toBeDefined();
  expect(withoutJobs(await bench.effects())).toEqual(before);
}
