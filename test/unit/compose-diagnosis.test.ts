import { describe, expect, it } from "vitest";
import { composeDiagnosis, type DiagnosedFacts } from "../../lib/repair/compose-diagnosis.ts";
import { diagnosisSchema } from "../../lib/repair/model.ts";
import { renderDiagnosis } from "../../lib/runner/render-diagnosis.ts";

const SHA = "c0ffee1".padEnd(40, "0");

/** Everything that an investigation can have found, `many` times over, in the words of `text`. */
function factsOf(text: string, many: number): DiagnosedFacts & { commits: object[] } {
  const all = <T>(one: T): T[] => Array.from({ length: many }, () => one);
  return {
    commit: { sha: SHA, isRelease: true, isTruncated: false },
    request: `POST https://shop.example/checkout?coupon=${text}`,
    change: { sha: SHA, certainty: "likely" },
    commits: all({ sha: SHA, score: 1, reasons: all(text), author: text, message: text, date: text }),
    owners: all({ path: text, owners: all(text) }),
    evidence: {
      event: null,
      breadcrumbs: [],
      timeline: [],
      spreads: [],
      code: all({ path: text, line: 2, function: text, sha: SHA, url: text, lines: all({ number: 2, text }) }),
      related: [],
      unknown: [],
    },
    report: {
      rootCause: text,
      confidence: 0.8,
      evidence: all({ path: text, line: 2, quote: text }),
      ruledOut: all(text),
      suggestedFix: text,
      testCases: all(text),
      needsPerson: false,
      notes: [],
    },
  };
}

describe("the diagnosis for a worker", () => {
  it("says where it crashed, which change and route, and what was made of it", () => {
    const diagnosis = composeDiagnosis(factsOf("cart", 1));
    expect(diagnosis).toMatchObject({
      commit: { sha: SHA, isRelease: true },
      route: "POST /checkout",
      lines: [{ path: "cart", line: 2, text: "> 2 cart" }],
      change: { sha: SHA, certainty: "likely" },
      owners: [{ path: "cart", owners: ["cart"] }],
      report: { rootCause: "cart", confidence: 0.8 },
    });
    expect(renderDiagnosis(diagnosis).join("\n")).toMatch(
      /Failing route.*checkout[\s\S]*crashed[\s\S]*most likely brought[\s\S]*80 % sure/,
    );
  });

  it("prefers the route that most events name", () => {
    const facts = factsOf("cart", 1);
    const spread = { key: "transaction", at: "", total: 2, values: [{ value: "POST /orders", count: 2 }] };
    const evidence = { ...facts.evidence, spreads: [spread] } as DiagnosedFacts["evidence"] & object;
    expect(composeDiagnosis({ ...facts, evidence }).route).toBe("POST /orders");
  });

  it("has null and nothing for what is unknown", () => {
    const nothing = { commit: null, route: null, lines: [], change: null, owners: [], report: null };
    expect(composeDiagnosis({})).toEqual(nothing);
    expect(composeDiagnosis({ change: { unknown: "no line points at a commit" } })).toEqual(nothing);
    expect(renderDiagnosis(composeDiagnosis({})).join("")).toBe("");
    const report = { ...factsOf("x", 1).report, rootCause: null } as DiagnosedFacts["report"] & object;
    expect(composeDiagnosis({ report }).report).toBeNull();
  });

  it("keeps to its bounds, whatever there is of it", () => {
    const diagnosis = composeDiagnosis(factsOf("💥x`".repeat(20_000), 200));
    expect(diagnosisSchema.safeParse(diagnosis).success).toBe(true);
    expect(JSON.stringify(diagnosis).isWellFormed()).toBe(true);
    expect(renderDiagnosis(diagnosis).join("\n").length).toBeLessThan(20_000);
  });
});
