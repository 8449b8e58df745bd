import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { holdCorrection, readAutomatic } from "../../lib/incidents/decide-correction.ts";
import { decideAccuracy } from "../../lib/insight/decide-accuracy.ts";
import { composeLesson, type LessonFacts, type TaughtRun } from "../../lib/investigate/compose-lesson.ts";
import { decideLessonWeight } from "../../lib/investigate/decide-lesson-weight.ts";
import { jaccard, rankLessons } from "../../lib/investigate/rank-lessons.ts";
import { readLesson } from "../../lib/investigate/read-lesson.ts";
import { BANDS, readSketch } from "../../lib/investigate/read-sketch.ts";
import { tokensOf } from "../../lib/investigate/read-tokens.ts";
import { renderLesson } from "../../lib/investigate/render-lesson.ts";

const frame = (filename: string, name: string) => ({ filename, function: name, inApp: true });
const STACK = {
  errorType: "TypeError",
  frames: [frame("src/server.js", "handle"), frame("src/checkout.js", "pay"), frame("src/cart.js", "total")],
};
const lessonOf = (stack: typeof STACK) => ({ ...stack, tokens: tokensOf(stack) });

describe("lessons that are alike", () => {
  it("say why, in words", () => {
    const other = { ...STACK, frames: [frame("src/job.js", "run"), ...STACK.frames.slice(1)] };
    const [found] = rankLessons(STACK, [lessonOf(other)], 3);
    expect(found?.matched).toEqual([
      "same error type",
      "same crash frame",
      "2 of 3 frames: total (src/cart.js), pay (src/checkout.js)",
    ]);
    expect(found?.likeness).toBeCloseTo(5 / 9);
  });

  it("are ordered by likeness; type and crash frame settle what is nearly as alike", () => {
    const sameType = lessonOf({ ...STACK, errorType: "TypeError", frames: STACK.frames.slice(1) });
    const otherType = lessonOf({ ...STACK, errorType: "RangeError" });
    expect(rankLessons(STACK, [sameType, otherType], 2).map(({ lesson }) => lesson)).toEqual([otherType, sameType]);
    expect(rankLessons(STACK, [otherType, lessonOf(STACK)], 1)[0]?.lesson.errorType).toBe("TypeError");
  });

  it("that share only what many stacks share are none", () => {
    const plumbing = lessonOf({
      errorType: "TypeError",
      frames: [frame("src/server.js", "handle"), frame("src/mail.js", "send"), frame("src/smtp.js", "open")],
    });
    expect(rankLessons(STACK, [plumbing], 3)).toEqual([]);
  });
});

describe("a sketch", () => {
  const names = fc.uniqueArray(fc.string({ minLength: 3, maxLength: 12 }), { minLength: 1, maxLength: 40 });

  it("is the same for the same names in any order, and another in another project", () => {
    fc.assert(
      fc.property(names, (tokens) => {
        const sketch = readSketch("prj_a", tokens);
        expect(sketch).toHaveLength(BANDS.reduce((sum, { bands }) => sum + bands, 0));
        expect(readSketch("prj_a", tokens.toReversed())).toEqual(sketch);
        expect(readSketch("prj_b", tokens).filter((key) => sketch.includes(key))).toEqual([]);
        for (const key of sketch) expect(key | 0).toBe(key);
      }),
      { numRuns: 100 },
    );
  });

  it("shares bands as often as the mathematics says: likeness to the power of their rows", () => {
    const sets = Array.from({ length: 400 }, (_, index) => {
      const common = Array.from({ length: 12 }, (_, at) => `common-${index}-${at}`);
      const own = (side: string) => Array.from({ length: 4 }, (_, at) => `${side}-${index}-${at}`);
      return [
        [...common, ...own("a")],
        [...common, ...own("b")],
      ] as const;
    });
    expect(jaccard(...(sets[0] ?? [[], []]))).toBeCloseTo(0.6);
    const short = BANDS[0].bands;
    const shared = sets.flatMap(([a, b]) => {
      const theirs = readSketch("prj_a", b);
      return readSketch("prj_a", a)
        .slice(0, short)
        .map((key, at) => key === theirs[at]);
    });
    const share = shared.filter(Boolean).length / shared.length;
    expect(share).toBeGreaterThan(0.6 ** BANDS[0].rows - 0.02);
    expect(share).toBeLessThan(0.6 ** BANDS[0].rows + 0.02);
  });
});

const RUN: TaughtRun = {
  attempt: 1,
  reported: "patch",
  summary: "the coupon may be null",
  why: "the tests fail",
  diff: "--- a/src/cart.js\n+++ b/src/cart.js\n",
  pullRequestUrl: "https://github.example/pull/1",
  isMerged: false,
};
const MERGED: TaughtRun = { ...RUN, attempt: 2, isMerged: true };
const ENDED: LessonFacts = {
  state: "recovered",
  kind: "error",
  ending: { kind: "recovered", actor: "system:job", summary: "it stopped" },
  errorType: "TypeError",
  errorMessage: "cannot read percent",
  suspect: "src/cart.js",
  rootCause: null,
  isInvestigated: true,
  runs: [RUN, MERGED],
  verdict: {
    action: "close",
    facts: { baseline: { events: 60, hours: 1 }, since: { events: 0, hours: 2, secret: "x" } },
    verdict: { confidence: 0.99, explanation: "0 events, where 120 were expected" },
  },
  before: null,
};
const taught = (change: Partial<LessonFacts>) => composeLesson({ ...ENDED, ...change });
const byPerson = { kind: "command", actor: "person:ann", summary: "ignored on request" };
const byRule = { kind: "triaged", actor: "system:job", summary: "a rule" };
const KNOWN = { outcome: "recovered", attempts: [], fixFiles: ["src/cart.js"], cause: "coupon" };

describe("what an end teaches", () => {
  it.each<[string, Partial<LessonFacts>, string | null]>([
    ["recovered", {}, "recovered"],
    ["escalated after attempts", { state: "escalated", runs: [RUN] }, "escalated"],
    [
      "escalated when no worker changed anything",
      { state: "escalated", runs: [{ ...RUN, reported: "no_patch" }] },
      "unfixable",
    ],
    ["escalated and never looked at", { state: "escalated", runs: [], isInvestigated: false }, null],
    ["ignored by a person", { state: "ignored", ending: byPerson }, "false_alarm"],
    ["archived at its source", { state: "ignored", ending: { ...byRule, kind: "source_status" } }, "false_alarm"],
    ["ignored by a rule", { state: "ignored", ending: byRule }, null],
    ["came back after its recovery", { state: "new", before: KNOWN }, "regressed"],
    ["came back after a false alarm", { state: "new", before: { ...KNOWN, outcome: "false_alarm" } }, "regressed"],
    ["tried again after an escalation", { state: "repairing", before: { ...KNOWN, outcome: "escalated" } }, null],
    ["an outage", { kind: "uptime" }, null],
    ["on its way", { state: "repairing" }, null],
  ])("%s", (_name, change, outcome) => {
    expect(taught(change)?.outcome ?? null).toBe(outcome);
  });

  it("which attempt helped, which failed and why, with files, pull request and numbers", () => {
    const lesson = taught({});
    expect(lesson?.attempts).toEqual([
      {
        attempt: 1,
        outcome: "failed",
        why: "the tests fail",
        files: ["src/cart.js"],
        pullRequestUrl: RUN.pullRequestUrl,
      },
      { attempt: 2, outcome: "helped", why: null, files: ["src/cart.js"], pullRequestUrl: RUN.pullRequestUrl },
    ]);
    expect(lesson).toMatchObject({ cause: "the coupon may be null", fixFiles: ["src/cart.js"] });
    expect(lesson?.verdict).toEqual({
      action: "close",
      confidence: 0.99,
      before: { events: 60, hours: 1 },
      since: { events: 0, hours: 2 },
    });
    expect(lesson?.summary).toBe(
      "Recovered: TypeError: cannot read percent in src/cart.js. Cause: the coupon may be null Changed: src/cart.js. Did not help: attempt 1: the tests fail. 0 events, where 120 were expected",
    );
  });

  it("of a regression, that the merged patch is one not to repeat", () => {
    const ending = { kind: "reopened", actor: "system:job", summary: "the error came back on release abc" };
    const lesson = taught({ state: "new", before: KNOWN, ending });
    expect(lesson?.attempts.map(({ outcome, why }) => [outcome, why])).toEqual([
      ["failed", "the tests fail"],
      ["failed", "the error came back on release abc"],
    ]);
    expect(lesson?.fixFiles).toEqual(["src/cart.js"]);
  });

  it("never a secret, and never much", () => {
    const secret = "ghp_0123456789abcdefghijklmnopqrstuvwxyz";
    const lesson = taught({
      rootCause: `${secret} ${"x".repeat(9_000)}`,
      runs: [{ ...RUN, why: `failed with ${secret}` }],
    });
    expect(JSON.stringify(lesson)).not.toContain(secret);
    expect(lesson?.summary.length).toBeLessThanOrEqual(1_000);
    expect(lesson?.cause?.length).toBeLessThanOrEqual(500);
  });
});

describe("a lesson as it holds", () => {
  const written = { outcome: "recovered", cause: "a", summary: "s", fixFiles: ["a.js"], attempts: [], corrections: [] };
  const correction = { at: "2026-11-20T12:00:00Z", by: "person:ann", reason: null };

  it("is what people said last, whatever was written since", () => {
    const corrections = [
      { ...correction, changes: { cause: "b", fixFiles: ["b.js"] } },
      { ...correction, by: "person:bob", changes: { cause: "c" } },
    ];
    const read = readLesson({ ...written, outcome: "escalated", summary: "written later", corrections });
    expect(read).toMatchObject({ outcome: "escalated", cause: "c", fixFiles: ["b.js"], summary: "written later" });
    expect(read.corrected?.by).toBe("person:bob");
  });

  it("that came back has come back, whatever was corrected before", () => {
    const corrections = [{ ...correction, changes: { outcome: "recovered" as const } }];
    expect(readLesson({ ...written, outcome: "regressed", corrections }).hasRegressed).toBe(true);
  });

  it.each<[string, string, string[], number, string | null]>([
    ["holds", "recovered", ["a.js"], 1, null],
    ["did not hold", "regressed", ["a.js"], 0.25, "did not hold"],
    ["has no file left", "recovered", ["gone.js"], 0, "none of the files"],
    ["has half of its files left", "recovered", ["a.js", "gone.js"], 0.5, "1 of the 2 files"],
    ["changed nothing", "escalated", [], 1, null],
  ])("one whose repair %s weighs as much", (_name, outcome, fixFiles, weight, stale) => {
    const decided = decideLessonWeight({ outcome, fixFiles }, (path) => path === "a.js");
    expect(decided.weight).toBe(weight);
    if (stale === null) expect(decided.stale).toBeNull();
    else expect(decided.stale).toContain(stale);
  });

  it("is told with what matched, what not to repeat, and what speaks against it", () => {
    const lines = renderLesson({
      outcome: "regressed",
      summary: "Came back",
      matched: ["same error type", "2 of 3 frames: a, b"],
      failed: [{ attempt: 1, why: "the tests fail", files: ["src/cart.js"] }],
      stale: "its repair did not hold",
      corrected: { by: "person:ann", at: "2026-11-20T12:00:00Z" },
    });
    expect(lines).toEqual([
      "regressed: Came back",
      "Alike: same error type; 2 of 3 frames: a, b",
      "Not to be repeated: attempt 1 (changed src/cart.js) was tried and failed because the tests fail",
      "Weighs less: its repair did not hold",
      "Corrected by person:ann, 2026-11-20",
    ]);
  });
});

describe("a person's word on triage", () => {
  const judged = { priority: "P3", severity: "low", worthRepair: false, score: 12, reasons: ["level is error"] };

  it("holds, and says what triage would have said", () => {
    const correction = { priority: "P1", worthRepair: null, by: "person:ann", reason: "the CEO uses it" };
    const held = holdCorrection(judged, correction);
    expect(held).toMatchObject({ priority: "P1", severity: "high", worthRepair: false });
    expect(held.reasons).toEqual(["ann said P1: the CEO uses it (by itself it would be P3)", "level is error"]);
    expect(readAutomatic({ ...held, triage: { ...held } })).toEqual({ priority: "P3", worthRepair: false, score: 12 });
  });

  it("is measured: who was corrected, and in which direction", () => {
    const count = (priority: string, corrected: string | null, times: number, isWorthCorrected = false) => ({
      priority,
      corrected,
      isWorthCorrected,
      count: times,
    });
    const counts = [
      count("P1", null, 8),
      count("P1", "P0", 1),
      count("P1", "P3", 1),
      count("P2", "P2", 4),
      count("P2", "P2", 1, true),
    ];
    expect(decideAccuracy(counts)).toEqual({
      judged: 15,
      corrected: 3,
      accuracy: 0.8,
      raised: 1,
      lowered: 1,
      worthOnly: 1,
      byPriority: [
        { priority: "P1", judged: 10, corrected: 2, accuracy: 0.8 },
        { priority: "P2", judged: 5, corrected: 1, accuracy: 0.8 },
      ],
    });
    expect(decideAccuracy([])).toMatchObject({ judged: 0, accuracy: null });
  });
});
