import { describe, expect, it } from "vitest";
import { decidePlan, type PlanFacts } from "../../lib/repair/decide-plan.ts";
import { decidePlanScope } from "../../lib/repair/decide-plan-scope.ts";
import { DEFAULT_APPROVAL_PATHS } from "../../lib/repair/gate-paths-model.ts";
import type { Plan } from "../../lib/repair/plan-model.ts";
import { readDiff } from "../../lib/repair/read-diff.ts";
import { readPlan } from "../../lib/repair/read-plan.ts";
import { FIX } from "../support/repair-flow.ts";

const PLAN: Plan = {
  goal: "The total is right.",
  acceptanceCriteria: ["it is the sum"],
  files: ["src/cart.js"],
  tests: [],
  risk: "low",
  kind: "bug",
  blockers: [],
  questions: [],
};

describe("a plan is read from a worker's last words", () => {
  const json = JSON.stringify(PLAN);
  it.each([
    ["alone", json],
    ["in a fenced block", `I looked around.\n\n\`\`\`json\n${json}\n\`\`\`\n`],
    ["in the last of several blocks", `\`\`\`json\n{"goal": "draft"}\n\`\`\`\nBetter:\n\`\`\`\n${json}\n\`\`\``],
    ["between other words", `Here it is: ${json} That is all.`],
    ["with more than was asked for", JSON.stringify({ ...PLAN, confidence: 1 })],
    [
      "without its empty lists",
      JSON.stringify({ ...PLAN, tests: undefined, blockers: undefined, questions: undefined }),
    ],
  ])("%s", (_how, text) => expect(readPlan(text)).toEqual({ ok: true, plan: PLAN }));

  it.each([
    ["", "the worker said nothing"],
    ["I do not know how.", "its answer holds no JSON object"],
    ["[1, 2]", "its answer holds no JSON object"],
    [json.slice(0, -20), "its answer holds no JSON object"],
    [JSON.stringify({ ...PLAN, risk: "none" }), "its plan is not whole: risk"],
    [JSON.stringify({ ...PLAN, acceptanceCriteria: [] }), "its plan is not whole: acceptanceCriteria"],
    [JSON.stringify({ ...PLAN, goal: " " }), "its plan is not whole: goal"],
    [`{"a": "${"x".repeat(60_000)}"}`, "its answer has"],
  ])("%#: what is none says why", (text, reason) => {
    expect(readPlan(text)).toEqual({ ok: false, reason: expect.stringContaining(reason) });
  });
});

describe("what becomes of a plan", () => {
  const decide = (plan: Partial<Plan> = {}, facts: Partial<PlanFacts> = {}) =>
    decidePlan({
      plan: { ...PLAN, ...plan },
      mode: "implement",
      labels: [],
      approval: "by_risk",
      approvalPaths: DEFAULT_APPROVAL_PATHS,
      ...facts,
    });

  it.each<[string, Partial<Plan>, Partial<PlanFacts>, string, string]>([
    ["a bug of low risk", {}, {}, "go", "by-risk"],
    ["a chore of medium risk", { kind: "chore", risk: "medium" }, {}, "go", "by-risk"],
    ["a feature", { kind: "feature" }, {}, "wait", "feature"],
    ["high risk", { risk: "high" }, {}, "wait", "risk"],
    ["a bug that people labelled a feature", {}, { labels: ["bug", "Feature request"] }, "wait", "feature"],
    ["where only a plan was asked for", {}, { mode: "plan" }, "wait", "asked-for"],
    ["where policy wants every plan approved", {}, { approval: "always" }, "wait", "policy"],
    ["a path that needs a person", { files: ["migrations/1.sql"] }, {}, "wait", "path"],
    ["a path that no patch may touch", { files: [".github/workflows/ci.yml"] }, {}, "wait", "path"],
    ["a question", { questions: ["Which?"] }, {}, "ask", "question"],
    ["a blocker of a feature", { kind: "feature", blockers: ["no access"] }, {}, "ask", "blocker"],
  ])("%s", (_what, plan, facts, type, rule) => {
    expect(decide(plan, facts)).toMatchObject({
      type,
      reasons: expect.arrayContaining([expect.objectContaining({ rule })]),
    });
  });
});

describe("a patch beyond its plan", () => {
  const reading = readDiff(FIX);
  const files = reading.ok ? reading.files : [];
  const gate = { verdict: "allow" as const, reasons: [{ rule: "within-policy", detail: "fine" }] };

  it("is named; tests alone need nobody", () => {
    expect(decidePlanScope(gate, files, PLAN)).toEqual({
      verdict: "allow",
      reasons: [...gate.reasons, expect.objectContaining({ rule: "beyond-plan", path: "test/cart.test.js" })],
    });
  });

  it.each([[["src/cart.js", "test/"]], [["./src/cart.js", "TEST/cart.test.js"]]])("is within %j", (planned) => {
    expect(decidePlanScope(gate, files, { ...PLAN, files: planned })).toBe(gate);
  });

  it("in code needs a person", () => {
    const beyond = decidePlanScope(gate, files, { ...PLAN, files: ["src/other.js"] });
    expect(beyond.verdict).toBe("require_approval");
    expect(beyond.reasons.map(({ path }) => path)).toEqual(["src/cart.js", "test/cart.test.js"]);
  });

  it("never makes a denial milder", () => {
    const denied = { verdict: "deny" as const, reasons: [{ rule: "path", detail: "no" }] };
    expect(decidePlanScope(denied, files, { ...PLAN, files: [] })).toMatchObject({
      verdict: "deny",
      reasons: expect.arrayContaining(denied.reasons),
    });
  });
});
