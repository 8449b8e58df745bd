import { afterAll, beforeAll, expect, it } from "vitest";
import { type DemoLlm, startDemoLlm } from "../../demo/llm/index.ts";
import { applyEdits, getBug } from "../../demo/shop/bugs/index.ts";
import { readShopFiles } from "../../demo/shop/index.ts";
import { createLanguageModel } from "../../lib/adapters/llm/index.ts";
import type { Investigation } from "../../lib/investigate/compose-investigation.ts";
import { alert, type Bench, createBench, mustRun } from "../support/context.ts";
import { composeExcerpt } from "../support/error-source.ts";
import { openTestPglite } from "../support/pglite.ts";

const ASK = "investigate.ask-model";

let database: Awaited<ReturnType<typeof openTestPglite>>;
let llm: DemoLlm;

beforeAll(async () => {
  database = await openTestPglite();
  llm = await startDemoLlm({ log: () => {} });
});
afterAll(async () => {
  await llm.close();
  await database.close();
});

/** The shop with this bug in, its error reported as the shop's SDK would. */
async function openBroken(bench: Bench, name: string, frame: { line: string; value: string }): Promise<string> {
  const bug = getBug(name);
  const files = readShopFiles();
  const broken = { ...files, ...applyEdits(bug.change.edits, (path) => files[path] ?? null) };
  const sha = bench.repository.push("main", broken, bug.change.message);
  const line = (broken[bug.crash.path] ?? "").split("\n").findIndex((text) => text.includes(frame.line)) + 1;
  const { frames, ...excerpt } = composeExcerpt({ errorType: bug.error.type, errorMessage: frame.value });
  const [one] = frames;
  if (!one) throw new Error("the excerpt has no frame");
  const event = {
    ...excerpt,
    frames: [{ ...one, filename: `/var/task/${bug.crash.path}`, function: bug.crash.function, line }],
  };
  const now = bench.clock.now();
  bench.errors.reportMany(60, new Date(now.getTime() - 3_600_000), now, sha);
  bench.errors.report(now, sha, "production", event);
  return alert(bench, { release: sha, event });
}

it("the demo's model finds where the missing value is made, by what it read", async () => {
  const bench = await createBench(database);
  bench.useModel(
    createLanguageModel({ provider: "openai-compatible", model: "demo-detective", apiKey: null, baseUrl: llm.baseUrl }),
  );
  const incidentId = await openBroken(bench, "coupon-null", {
    line: "findCoupon(couponCode).percent",
    value: "Cannot read properties of null (reading 'percent')",
  });
  await mustRun(bench, "triage.assess-incident", { incidentId });
  await mustRun(bench, "investigate.investigate-incident", { incidentId });
  const found = async () => (await bench.incident(incidentId)).investigation as unknown as Investigation;
  for (let turns = 0; turns < 10 && !(await found()).inquiry; turns += 1) await mustRun(bench, ASK, { incidentId });
  const { report, inquiry } = await found();
  expect(report).toMatchObject({ confidence: 0.9, needsPerson: false, notes: [] });
  expect(report?.rootCause).toContain("findCoupon can answer null");
  expect(report?.evidence.map(({ path }) => path)).toEqual(["src/checkout/pricing.mjs", "src/checkout/coupons.mjs"]);
  expect(inquiry).toMatchObject({ end: "reported", costUsd: null });
  expect(llm.turns()).toBe(inquiry?.steps);
});
