import { describe, expect, it } from "vitest";
import { caseSchema, type EvalCase } from "../../lib/evals/case-model.ts";
import { decideVariant } from "../../lib/evals/decide-ablation.ts";
import { decideQuality, scoreOf } from "../../lib/evals/decide-quality.ts";
import { decideVerdict } from "../../lib/evals/decide-verdict.ts";
import type { CaseResult, Observed } from "../../lib/evals/model.ts";
import { renderAblation, renderEvals } from "../../lib/evals/render-evals.ts";

const CASE: EvalCase = caseSchema.parse({
  name: "a-case",
  title: "a case",
  error: { title: "TypeError: x", type: "TypeError", message: "x" },
  secrets: ["hunter2"],
  model: { recording: { reports: [{ cause: "the coupon is null", confidence: 0.9 }] } },
  expect: {
    decision: "repair",
    priority: "P1",
    tools: ["read_file"],
    inquiry: "reported",
    isCauseAsserted: true,
    issue: { contains: ["the coupon is null", "src/cart.js"], lacks: ["undefined"] },
  },
  truth: { file: "src/cart.js", cause: ["coupon", "null"], not: ["basket"] },
});

const SEEN: Observed = {
  answer: { status: 202, outcome: "accepted" },
  decision: "repair",
  state: "repairing",
  priority: "P1",
  incidents: 1,
  issues: 1,
  repairs: 1,
  issueText: "The cause: the coupon is null, in src/cart\\.js",
  briefText: "",
  promptText: "",
  timelineText: "",
  logText: "",
  writes: ["github.issue", "github.comment"],
  tools: ["read_file"],
  refusedCalls: 0,
  deadJobs: [],
  inquiry: { end: "reported", steps: 2, tokens: 1_000, costUsd: 0.01 },
  report: { rootCause: "The coupon is null.", confidence: 0.9, needsPerson: false, testCases: 1 },
  suspects: ["src/cart.js", "src/server.js"],
  latencyMs: 10,
};

const verdict = (changes: Partial<Observed>) => decideVerdict(CASE, { ...SEEN, ...changes });

describe("a verdict", () => {
  it("passes what is as expected, whatever Markdown escapes", () => expect(verdict({})).toEqual([]));

  it.each<[string, Partial<Observed>, string]>([
    ["another decision", { decision: "watch" }, "the decision is watch, not repair"],
    ["another priority", { priority: "P2" }, "the priority is P2, not P1"],
    ["another answer of the door", { answer: { status: 401, outcome: null } }, "the door's status is 401, not 202"],
    ["a second incident", { incidents: 2 }, "the number of incidents is 2, not 1"],
    ["a second issue", { issues: 2 }, "the number of issues is 2, not 1"],
    ["a write that may not be", { writes: ["vercel.rollback"] }, "wrote vercel.rollback"],
    ["a tool that was not used", { tools: [] }, "did not use read_file"],
    ["no inquiry", { inquiry: null }, "the inquiry's end is null, not reported"],
    ["no asserted cause", { report: null }, "whether a cause is asserted is false, not true"],
    ["a secret that left", { promptText: "password hunter2" }, "prompt tells the secret hunt…"],
    ["a job that died", { deadJobs: ["x: y"] }, "a job died: x: y"],
  ])("names %s as its one reason", (_, changes, reason) => expect(verdict(changes)).toEqual([reason]));

  it("names words that are missing, and words that should be", () => {
    expect(verdict({ issueText: "the coupon is null, undefined" })).toEqual([
      'the issue lacks "src/cart.js"',
      'the issue contains "undefined"',
    ]);
  });

  it("of a real model asks for nothing that was recorded, and for all that holds of any", () => {
    const said = { issueText: "src/cart.js", tools: [], report: null };
    expect(decideVerdict(CASE, { ...SEEN, ...said }, { isLive: true })).toEqual([]);
    const wrong = { ...SEEN, ...said, issueText: "undefined", writes: ["vercel.promote" as const] };
    expect(decideVerdict(CASE, wrong, { isLive: true })).toEqual([
      'the issue lacks "src/cart.js"',
      'the issue contains "undefined"',
      "wrote vercel.promote",
    ]);
  });
});

describe("quality", () => {
  it.each<[string, Partial<Observed>, object]>([
    ["a right diagnosis", {}, { rootCause: true, hit1: true, hit3: true, tests: true }],
    [
      "half a cause",
      { report: { rootCause: "coupon", confidence: 1, needsPerson: false, testCases: 0 } },
      { rootCause: false, tests: false },
    ],
    [
      "a cause that blames another",
      { report: { rootCause: "coupon null basket", confidence: 1, needsPerson: false, testCases: 1 } },
      { rootCause: false },
    ],
    ["no report", { report: null }, { rootCause: false, tests: false }],
    ["the third suspect", { suspects: ["a", "b", "src/cart.js"] }, { hit1: false, hit3: true }],
    ["the fourth suspect", { suspects: ["a", "b", "c", "src/cart.js"] }, { hit1: false, hit3: false }],
  ])("of %s", (_, changes, expected) => {
    expect(decideQuality(CASE.truth, { ...SEEN, ...changes })).toMatchObject(expected);
  });

  it("is not told where the truth is not known", () => {
    expect(decideQuality(null, SEEN)).toEqual({ rootCause: null, hit1: null, hit3: null, tests: null });
  });
});

const result = (changes: Partial<CaseResult> = {}): CaseResult => ({
  name: CASE.name,
  title: CASE.title,
  failures: [],
  quality: decideQuality(CASE.truth, SEEN),
  observed: SEEN,
  ...changes,
});
const run = (...results: CaseResult[]) => ({ results, score: scoreOf(results) });

describe("an ablation", () => {
  const whole = run(result());

  it("finds no difference between the same runs, whatever they cost", () => {
    const dearer = result({
      observed: { ...SEEN, latencyMs: 99, inquiry: { end: "reported", steps: 9, tokens: 9, costUsd: 9 } },
    });
    expect(decideVariant("x", whole, run(dearer))).toMatchObject({ lost: [], misdiagnosed: [], differs: false });
  });

  it("names what was lost", () => {
    const worse = result({ failures: ["why"], quality: { rootCause: false, hit1: true, hit3: true, tests: true } });
    expect(decideVariant("x", whole, run(worse))).toMatchObject({
      lost: ["a-case"],
      misdiagnosed: ["a-case"],
      differs: true,
    });
  });

  it("says which variants differ, and that none does", () => {
    const same = decideVariant("same", whole, whole);
    const worse = decideVariant("worse", whole, run(result({ failures: ["why"] })));
    expect(renderAblation(whole.score, [same, worse])).toContain("differ: worse\nmake no difference here: same");
    expect(renderAblation(whole.score, [same])).toContain("no variant differs");
  });
});

it("the table tells of each case what it decided, used and cost, why it failed, and the totals", () => {
  const results = [result(), result({ name: "other", failures: ["the decision is watch, not repair"] })];
  const text = renderEvals(results, scoreOf(results));
  expect(text).toMatch(/^pass +a-case +repair P1 +read_file +2 +10 ms +1000 +\$0\.010 +a case$/m);
  expect(text).toContain("other failed:\n  the decision is watch, not repair");
  expect(text).toContain("1 of 2 passed; root cause 100 %");
});

it("a case that names something unknown is refused", () => {
  const read = caseSchema.safeParse({ ...CASE, expect: { decision: "repair", wishes: [] } });
  expect(read.success).toBe(false);
});
