import { eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { jobs, modelCalls } from "../../lib/db/schema/index.ts";
import type { Investigation } from "../../lib/investigate/compose-investigation.ts";
import { AppError } from "../../lib/kernel/errors.ts";
import type { LanguageModel } from "../../lib/llm/ports.ts";
import { type Bench, createBench, MINUTE_MS, mustRun, openIncident } from "../support/context.ts";
import { openTestPglite } from "../support/pglite.ts";
import { ProcessDied } from "../support/port-script.ts";
import { answers, MODEL_NAME, scriptedModel, turn } from "../support/scripted-model.ts";

const INVESTIGATE = "investigate.investigate-incident";
const ASK = "investigate.ask-model";
const REPAIR = "repair.start-repair";
const OFFER = "recovery.offer-rollback";

const REPORT = {
  rootCause: "cart.coupon is null for carts without a coupon, and total reads its percent.",
  confidence: 0.9,
  evidence: [{ path: "src/cart.js", line: 2, quote: "- cart.coupon.percent;" }],
  ruledOut: ["items being empty: reduce has a start value"],
  suggestedFix: "Treat a missing coupon as zero percent.",
  testCases: ["a cart without a coupon has a total"],
  needsPerson: false,
};
const READ: [string, unknown] = ["read_file", { path: "src/cart.js", from: 1, to: 3 }];

let database: Awaited<ReturnType<typeof openTestPglite>>;
let bench: Bench;

beforeAll(async () => {
  database = await openTestPglite();
});
afterAll(() => database.close());
beforeEach(async () => {
  bench = await createBench(database);
});

/** An incident whose facts are gathered, with this model configured. */
async function openInvestigated(model: LanguageModel | null): Promise<string> {
  bench.useModel(model);
  const incidentId = await openIncident(bench);
  await mustRun(bench, "triage.assess-incident", { incidentId });
  await bench.forgetJobs();
  await mustRun(bench, INVESTIGATE, { incidentId });
  return incidentId;
}

const foundOn = async (id: string) => (await bench.incident(id)).investigation as unknown as Investigation;
const ledger = () => database.db.select().from(modelCalls).orderBy(modelCalls.id);
const waiting = async () => Object.keys(await bench.waitingJobs()).sort();

/** Runs turns until none waits that is due. */
async function goOn(incidentId: string): Promise<number> {
  for (let turns = 0; turns < 40; turns += 1) {
    if ((await bench.incident(incidentId)).state !== "investigating") return turns;
    if ((await foundOn(incidentId)).inquiry) return turns;
    await bench.run(ASK, { incidentId });
  }
  throw new Error("the inquiry does not end");
}

describe("a model's look at an incident", () => {
  it("takes a turn a job, reads what it asked for, and its report is kept where the repair finds it", async () => {
    const { model, prompts } = scriptedModel(({ turn: at }) => (at === 1 ? turn({ calls: [READ] }) : answers(REPORT)));
    const incidentId = await openInvestigated(model);
    expect(await waiting()).toEqual(["alerts.update-issue", ASK, OFFER]);
    await mustRun(bench, ASK, { incidentId });
    expect(await waiting()).toContain(ASK);
    await mustRun(bench, ASK, { incidentId });
    const found = await foundOn(incidentId);
    expect(found.report).toMatchObject({
      rootCause: REPORT.rootCause,
      confidence: 0.9,
      evidence: [{ path: "src/cart.js", line: 2 }],
      notes: [],
    });
    expect(found.inquiry).toMatchObject({ end: "reported", model: MODEL_NAME, steps: 2, tokens: 2_100 });
    expect(prompts[1]).toContain("2|   return cart.items.reduce");
    expect(await waiting()).toEqual(["alerts.update-issue", ASK, OFFER, REPAIR]);
    expect(await bench.kinds(incidentId)).toEqual(["triaged", "investigated", "inquired"]);
  });

  it("is paid for by the provider's own figures, with prompt and sections kept", async () => {
    const { model } = scriptedModel(() => answers(REPORT));
    await goOn(await openInvestigated(model));
    const [call] = await ledger();
    expect(call).toMatchObject({
      state: "settled",
      purpose: "investigate",
      prompt: "investigate",
      inputTokens: 200,
      cacheReadTokens: 700,
      cacheWriteTokens: 100,
      outputTokens: 50,
    });
    expect(call?.promptSections).toEqual(["role", "data", "method", "tools", "answer"]);
    expect(call?.costUsd).toBeCloseTo((200 * 1 + 700 * 0.1 + 100 * 1.25 + 50 * 5) / 1e6, 9);
  });

  it("is not asked for where no model is configured, and everything goes on as before", async () => {
    const incidentId = await openInvestigated(null);
    expect(await waiting()).toEqual(["alerts.update-issue", OFFER, REPAIR]);
    expect((await foundOn(incidentId)).inquiry).toBeUndefined();
  });

  it("ends in watching where the stage ends with investigating", async () => {
    bench.configure({ stage: "investigate" });
    const { model } = scriptedModel(() => answers(REPORT));
    const incidentId = await openInvestigated(model);
    expect((await bench.incident(incidentId)).state).toBe("investigating");
    await goOn(incidentId);
    expect((await bench.incident(incidentId)).state).toBe("observed");
    expect(await waiting()).not.toContain(REPAIR);
  });

  it("is made once for an occurrence, however often its facts are gathered", async () => {
    const { model, prompts } = scriptedModel(() => answers(REPORT));
    const incidentId = await openInvestigated(model);
    await goOn(incidentId);
    await mustRun(bench, INVESTIGATE, { incidentId });
    expect((await foundOn(incidentId)).report).toBeNull();
    await goOn(incidentId);
    expect((await foundOn(incidentId)).report?.rootCause).toBe(REPORT.rootCause);
    expect(prompts).toHaveLength(1);
  });
});

describe("a process that dies", () => {
  it("between the call and its turn repeats the turn, and what it may have cost stays counted", async () => {
    let isDying = true;
    const { model, prompts } = scriptedModel(() => answers(REPORT));
    const mortal: LanguageModel = {
      name: model.name,
      async ask(call) {
        const answer = await model.ask(call);
        if (isDying) throw new ProcessDied("after the call");
        return answer;
      },
    };
    const incidentId = await openInvestigated(mortal);
    await bench.run(ASK, { incidentId });
    const [reserved] = await ledger();
    expect(reserved).toMatchObject({ state: "reserved", outputTokens: null });
    isDying = false;
    await goOn(incidentId);
    expect(prompts).toHaveLength(2);
    const { inquiry } = await foundOn(incidentId);
    expect(inquiry?.steps).toBe(2);
    expect(inquiry?.tokens).toBe((reserved?.reservedTokens ?? 0) + 1_050);
    expect(await bench.said(incidentId, "inquired")).toHaveLength(1);
  });

  it("again and again is stopped by the steps that it reserved", async () => {
    bench.configure({ policy: { model: { maxSteps: 3 } } });
    const dying: LanguageModel = { name: MODEL_NAME, ask: async () => Promise.reject(new ProcessDied("always")) };
    const incidentId = await openInvestigated(dying);
    await goOn(incidentId);
    expect((await foundOn(incidentId)).inquiry).toMatchObject({ end: "out_of_steps", steps: 3 });
    expect(await waiting()).toContain(REPAIR);
  });

  it("and whose job is lost is overtaken by the job that ends it in time", async () => {
    const { model, prompts } = scriptedModel(() => turn({ calls: [READ] }));
    const incidentId = await openInvestigated(model);
    await mustRun(bench, ASK, { incidentId });
    await database.db.delete(jobs).where(eq(jobs.key, `${ASK}:${incidentId}`));
    bench.clock.advance(5 * MINUTE_MS);
    expect(await bench.settle()).toContain(ASK);
    expect(prompts).toHaveLength(1);
    expect((await foundOn(incidentId)).inquiry?.end).toBe("out_of_time");
    expect((await bench.incident(incidentId)).state).toBe("repairing");
  });
});

describe("a budget", () => {
  const loops = () => scriptedModel(({ tools }) => (tools.length > 0 ? turn({ calls: [READ] }) : answers(REPORT)));

  it("of steps ends in an answer without tools", async () => {
    bench.configure({ policy: { model: { maxSteps: 4 } } });
    const { model, calls } = loops();
    const incidentId = await openInvestigated(model);
    await goOn(incidentId);
    expect(calls.map((call) => call.tools?.length ?? 0)).toEqual([5, 5, 5, 0]);
    expect((await foundOn(incidentId)).inquiry).toMatchObject({ end: "reported", steps: 4 });
  });

  it.each([
    ["out_of_tokens", { maxTokens: 3_000 }],
    ["out_of_money", { maxUsd: 0.000_1 }],
    ["out_of_daily_money", { dailyUsd: 0.000_1 }],
  ])("%s is a hard stop before the call, and the incident goes on", async (end, limits) => {
    bench.configure({ policy: { model: limits } });
    const { model, prompts } = loops();
    const incidentId = await openInvestigated(model);
    await goOn(incidentId);
    expect(prompts).toHaveLength(0);
    const found = await foundOn(incidentId);
    expect(found.inquiry).toMatchObject({ end, steps: 0 });
    expect(found.report).toBeNull();
    expect(await waiting()).toContain(REPAIR);
  });

  it("is not touched while the kill switch is on: nothing is asked, that is said, and the incident goes on", async () => {
    const { model, prompts } = loops();
    const incidentId = await openInvestigated(model);
    await bench.stop("cost");
    await goOn(incidentId);
    expect(prompts).toHaveLength(0);
    const { inquiry } = await foundOn(incidentId);
    expect(inquiry).toMatchObject({ end: "stopped", detail: "the kill switch is on: cost", steps: 0 });
    expect(await waiting()).toContain(REPAIR);
  });

  it("of money does not bind where the price is unknown, and that is said", async () => {
    bench.configure({ policy: { model: { maxUsd: 0.000_1 } } });
    const { model } = scriptedModel(() => answers(REPORT));
    const incidentId = await openInvestigated({ name: "openai-compatible/own", ask: (call) => model.ask(call) });
    await goOn(incidentId);
    expect((await foundOn(incidentId)).inquiry).toMatchObject({ end: "reported", costUsd: null, tokens: 1_050 });
    expect((await bench.said(incidentId, "inquired"))[0]).toContain("cost unknown");
  });
});

describe("a provider", () => {
  const failing = (error: AppError) => {
    const asked: number[] = [];
    const model: LanguageModel = {
      name: MODEL_NAME,
      async ask() {
        asked.push(bench.clock.now().getTime());
        throw error;
      },
    };
    return { model, asked };
  };
  const limited = (afterMs: number) =>
    new AppError("provider_rate_limited", "slow down", { retry: { afterMs }, context: { status: 429 } });

  it("that does not take the key is away at once, and the investigation goes on without it", async () => {
    const { model } = failing(
      new AppError("provider_unauthorized", "401", { retry: "never", context: { status: 401 } }),
    );
    const incidentId = await openInvestigated(model);
    await mustRun(bench, ASK, { incidentId });
    expect((await foundOn(incidentId)).inquiry).toMatchObject({ end: "model_away", steps: 0, costUsd: 0 });
    expect((await bench.said(incidentId, "inquired"))[0]).toContain("the model is away: provider_unauthorized");
    expect(await waiting()).toContain(REPAIR);
  });

  it("that limits is asked again when it said, and given up after four times", async () => {
    const { model, asked } = failing(limited(10_000));
    const incidentId = await openInvestigated(model);
    expect(await bench.run(ASK, { incidentId })).toMatchObject({ type: "retry", afterMs: 10_000 });
    for (let again = 0; again < 3; again += 1) await bench.runWaiting(ASK, { incidentId });
    expect(asked.map((at) => at - (asked[0] ?? 0))).toEqual([0, 10_000, 20_000, 30_000]);
    expect((await foundOn(incidentId)).inquiry).toMatchObject({ end: "model_away", steps: 0 });
  });

  it("that asks for more patience than there is holds nothing up", async () => {
    const { model, asked } = failing(limited(3_600_000));
    const incidentId = await openInvestigated(model);
    await mustRun(bench, ASK, { incidentId });
    expect(asked).toHaveLength(1);
    expect((await foundOn(incidentId)).inquiry?.end).toBe("model_away");
    expect(await waiting()).toContain(REPAIR);
  });

  it("whose answer never came may have billed it: the reservation stays", async () => {
    const { model } = failing(new AppError("provider_timeout", "no answer", { retry: "later" }));
    const incidentId = await openInvestigated(model);
    await bench.run(ASK, { incidentId });
    const [call] = await ledger();
    expect(call).toMatchObject({ state: "reserved", finish: "provider_timeout", outputTokens: null });
  });

  it("that refuses ends it", async () => {
    const { model } = scriptedModel(() => turn({ finish: "content-filter" }));
    const incidentId = await openInvestigated(model);
    await goOn(incidentId);
    expect((await foundOn(incidentId)).inquiry?.end).toBe("model_refused");
  });
});

describe("a report", () => {
  it.each([
    ["low confidence", { ...REPORT, confidence: 0.3 }],
    [
      "a quote that is not in the file",
      { ...REPORT, evidence: [{ path: "src/cart.js", line: 2, quote: "return cart.sum" }] },
    ],
    ["no evidence", { ...REPORT, evidence: [] }],
  ])("with %s asserts no cause and asks a person", async (_, proposed) => {
    const { model } = scriptedModel(() => answers(proposed));
    const incidentId = await openInvestigated(model);
    await goOn(incidentId);
    const { report } = await foundOn(incidentId);
    expect(report).toMatchObject({ rootCause: null, suggestedFix: null, needsPerson: true });
    expect(report?.notes.length).toBeGreaterThan(0);
    expect(await waiting()).toContain(REPAIR);
  });

  it("that never takes the shape is asked for once more, and then given up", async () => {
    bench.configure({ policy: { model: { maxSteps: 3 } } });
    const { model, prompts } = scriptedModel(() => turn({ text: "It is the coupon." }));
    const incidentId = await openInvestigated(model);
    await goOn(incidentId);
    expect(prompts[1]).toContain("That was no report");
    expect((await foundOn(incidentId)).inquiry).toMatchObject({ end: "no_answer", steps: 3 });
  });
});
