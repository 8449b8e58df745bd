import { describe, expect, it, test } from "vitest";
import { composeFindingKey } from "../../lib/review/compose-key.ts";
import { decideEarlier, type EarlierFacts } from "../../lib/review/decide-earlier.ts";
import { decideFindings, type EarlierFinding } from "../../lib/review/decide-findings.ts";
import { decidePlace } from "../../lib/review/decide-place.ts";
import { decideEvent, decidePosted } from "../../lib/review/decide-posted.ts";
import { decideSuggestion } from "../../lib/review/decide-suggestion.ts";
import type { Finding, ProposedFinding, Refutation } from "../../lib/review/model.ts";
import { reviewPolicySchema } from "../../lib/review/policy-model.ts";
import { readPatch } from "../../lib/review/read-patch.ts";

const POLICY = reviewPolicySchema.parse({});
const PATCH = `@@ -10,7 +10,8 @@ export function total(items) {
   let sum = 0;
-  for (let i = 0; i < items.length; i++) {
+  for (let i = 0; i <= items.length; i++) {
+    log(items[i].name);
     sum += items[i].price;
   }
   return sum;
 }
 
@@ -40,3 +41,4 @@ export function save(order) {
 export function save(order) {
+  store.save(order);
   return true;
 }`;
const FILES = new Map([["src/cart.ts", readPatch(PATCH)]]);

const PROPOSED: ProposedFinding = {
  path: "src/cart.ts",
  side: "RIGHT",
  startLine: 11,
  endLine: 11,
  quote: "  for (let i = 0; i <= items.length; i++) {",
  severity: "high",
  confidence: 0.9,
  kind: "bug",
  title: "The loop reads past the last item",
  why: "`items[items.length]` is undefined, so reading its price throws.",
  suggestion: null,
};
const UNAWAITED: ProposedFinding = {
  ...PROPOSED,
  startLine: 42,
  endLine: 42,
  quote: "store.save(order);",
  title: "The promise of store.save is dropped",
};

const place = (changes: Partial<ProposedFinding>) => decidePlace({ ...PROPOSED, ...changes }, FILES);
const at = (line: number, startLine: number | null = null, side = "RIGHT") => ({
  type: "placed",
  place: { path: "src/cart.ts", side, startLine, line },
});

describe("where a finding stands", () => {
  const CASES: [name: string, changes: Partial<ProposedFinding>, outcome: object][] = [
    ["on its line", {}, at(11)],
    ["with other white space", { quote: "for (let i = 0;  i <= items.length; i++)   {" }, at(11)],
    [
      "with the numbers and sign of the prompt",
      { quote: "- R11 + |   for (let i = 0; i <= items.length; i++) {" },
      at(11),
    ],
    ["with a diff sign", { quote: "+   for (let i = 0; i <= items.length; i++) {" }, at(11)],
    ["with a piece of the line", { quote: "i <= items.length" }, at(11)],
    ["a few lines off", { startLine: 14, endLine: 14 }, at(11)],
    ["in another hunk", { startLine: 43, endLine: 43 }, at(11)],
    ["a range that was off as a whole", { startLine: 13, endLine: 14 }, at(11, 10)],
    ["a range", { startLine: 10 }, at(11, 10)],
    ["a range that begins before its hunk", { startLine: 3 }, at(11)],
    [
      "deleted lines, by the base's numbers",
      { side: "LEFT", quote: "for (let i = 0; i < items.length; i++) {" },
      at(11, null, "LEFT"),
    ],
    [
      "deleted lines, meant for the wrong side",
      { quote: "for (let i = 0; i < items.length; i++) {" },
      at(11, null, "LEFT"),
    ],
    ["context", { startLine: 13, endLine: 13, quote: "sum += items[i].price;" }, at(13)],
  ];
  it.each(CASES)("%s", (_name, changes, outcome) => {
    expect(place(changes)).toMatchObject(outcome);
  });

  const DROPPED: [name: string, changes: Partial<ProposedFinding>, reason: RegExp][] = [
    ["a file that is not in the change", { path: "src/other.ts" }, /not among/],
    ["a quote that is nowhere", { quote: "while (true) {" }, /does not stand in the diff/],
    ["no quote, for a line that has text", { quote: "" }, /does not stand in the diff/],
    ["a range that ends before it begins", { startLine: 12 }, /before it begins/],
    ["a quote that is in many lines", { startLine: 30, endLine: 30, quote: "}" }, /does not stand in the diff/],
  ];
  it.each(DROPPED)("nowhere: %s", (_name, changes, reason) => {
    expect(place(changes)).toEqual({ type: "dropped", reason: expect.stringMatching(reason) });
  });

  test("context is close enough up to three lines from a change, and no further", () => {
    const lines = ["a1", "a2", "a3", "a4", "a5"].map((text) => ` ${text}`).join("\n");
    const files = new Map([["a.ts", readPatch(`@@ -1,5 +1,6 @@\n${lines}\n+new`)]]);
    const on = (line: number) =>
      decidePlace({ path: "a.ts", side: "RIGHT", startLine: line, endLine: line, quote: `a${line}` }, files).type;
    expect([1, 2, 3, 4].map(on)).toEqual(["dropped", "dropped", "placed", "placed"]);
  });

  test("a path as the model was shown it finds its file", () => {
    const files = new Map([["src/a\u200b.ts", FILES.get("src/cart.ts") ?? []]]);
    const placing = decidePlace({ ...PROPOSED, path: "src/a[U+200B].ts" }, files);
    expect(placing).toMatchObject({ place: { path: "src/a\u200b.ts", line: 11 } });
  });

  test("a quote of a redacted or visible-made line, as the model was shown it, finds its line", () => {
    const files = new Map([["a.ts", readPatch("@@ -0,0 +1,2 @@\n+mail = 'ada@example.com';\n+if (x\u202e) {")]]);
    const on = (quote: string) => decidePlace({ path: "a.ts", side: "RIGHT", startLine: 9, endLine: 9, quote }, files);
    expect(on("mail = '[redacted:email]';")).toMatchObject({ place: { line: 1 } });
    expect(on("if (x[U+202E]) {")).toMatchObject({ place: { line: 2 } });
  });
});

describe("a suggestion", () => {
  const decide = (suggestion: string, changes: Partial<ProposedFinding> = {}, files = FILES) => {
    const placing = decidePlace({ ...PROPOSED, ...changes }, files);
    if (placing.type === "dropped") throw new Error(placing.reason);
    return decideSuggestion(suggestion, placing);
  };
  const MENDED = "  for (let i = 0; i < items.length; i++) {";
  const CRLF = new Map([["src/cart.ts", readPatch("@@ -1 +1 @@\n-a\r\n+a b c d e f g\r")]]);

  test("that mends the line is kept, without a line feed at its end", () => {
    expect(decide(MENDED)).toEqual({ type: "kept", text: MENDED });
    expect(decide(`${MENDED}\n`)).toEqual({ type: "kept", text: MENDED });
    expect(decide("")).toEqual({ type: "kept", text: "" });
  });

  const DROPPED: [name: string, suggestion: string, changes: Partial<ProposedFinding>, reason: RegExp][] = [
    ["that changes nothing", PROPOSED.quote, {}, /changes nothing/],
    ["over deleted lines", MENDED, { startLine: 10 }, /deleted lines/],
    ["for deleted lines", MENDED, { side: "LEFT", quote: "for (let i = 0; i < items.length; i++) {" }, /deletes/],
    ["for a range that begins elsewhere", MENDED, { startLine: 3 }, /range/],
    ["with hidden characters", `${MENDED} // \u202e`, {}, /hidden/],
    ["with a secret", "token = 'ghp_16C7e42F292c6912E7710c838347Ae178B4a'", {}, /secret/],
  ];
  it.each(DROPPED)("%s is dropped", (_name, suggestion, changes, reason) => {
    expect(decide(suggestion, changes)).toEqual({ type: "dropped", reason: expect.stringMatching(reason) });
  });

  test("in a file with CRLF is dropped", () => {
    const changes = { startLine: 1, endLine: 1, quote: "a b c d e f g" };
    expect(decide("b", changes, CRLF)).toEqual({ type: "dropped", reason: expect.stringMatching(/CRLF/) });
  });
});

const earlierOf = (proposed: ProposedFinding, changes: Partial<EarlierFinding> = {}): EarlierFinding => {
  const [finding] = decideFindings([proposed], { files: FILES, earlier: [] }, POLICY).kept;
  if (finding === undefined) throw new Error("nothing was kept");
  return { ...finding, id: "fnd_1", state: "open", ...changes };
};

const decide = (proposed: readonly ProposedFinding[], earlier: readonly EarlierFinding[] = [], policy = POLICY) =>
  decideFindings(proposed, { files: FILES, earlier }, policy);
const reasons = (decision: ReturnType<typeof decide>) => decision.dropped.map((one) => one.reason);

describe("what of a model's findings stands", () => {
  test("two faults are two findings", () => {
    expect(decide([PROPOSED, UNAWAITED])).toMatchObject({
      kept: [{ place: { line: 11 } }, { place: { line: 42 } }],
      dropped: [],
    });
  });

  test("the same said twice is said once, by the surer one", () => {
    const twice = decide([{ ...PROPOSED, confidence: 0.7, title: "Off by one in the bound" }, PROPOSED]);
    expect(twice.kept.map((one) => one.title)).toEqual([PROPOSED.title]);
    expect(reasons(twice)).toEqual(["another finding of this review says it"]);
  });

  test("two kinds of trouble on one line are two findings, unless they say the same", () => {
    const other = { ...PROPOSED, kind: "performance", title: "Every price is fetched anew" } as const;
    expect(decide([PROPOSED, other]).kept).toHaveLength(2);
    expect(decide([PROPOSED, { ...other, title: "Loop reads past the last item" }]).kept).toHaveLength(1);
  });

  test("what is open, listed or dismissed is not said again; what was mended or dropped before may be", () => {
    for (const [state, count] of [
      ["open", 0],
      ["listed", 0],
      ["dismissed", 0],
      ["resolved", 1],
      ["dropped", 1],
    ] as const)
      expect(decide([PROPOSED], [earlierOf(PROPOSED, { state })]).kept, state).toHaveLength(count);
  });

  test("not in other words, not after it has moved, not when its line was half mended", () => {
    const moved = earlierOf(PROPOSED, { place: { path: "src/cart.ts", side: "RIGHT", startLine: null, line: 300 } });
    expect(decide([{ ...PROPOSED, title: "Bound is inclusive" }], [moved]).kept).toEqual([]);
    const half = earlierOf(PROPOSED, { anchor: "for (let i = 0; i <= items.length + 1; i++) {", key: "bug-0" });
    expect(decide([PROPOSED], [half]).kept).toEqual([]);
  });

  test("two ranges that only end alike are two places", () => {
    const before = earlierOf(PROPOSED, { key: "bug-0", anchor: "if (a) {\n  one();\n}", title: "Writes twice" });
    const ends = { startLine: 13, endLine: 14, quote: "  }", title: "Sums what is missing" };
    const far = { ...before, place: { ...before.place, line: 900 } };
    expect(decide([{ ...PROPOSED, ...ends }], [far]).kept).toHaveLength(1);
  });

  test("another place, another file or another kind is another finding", () => {
    const earlier = earlierOf(PROPOSED);
    expect(decide([UNAWAITED], [earlier]).kept).toHaveLength(1);
    expect(
      decide([PROPOSED], [{ ...earlier, key: "x", place: { ...earlier.place, path: "src/b.ts" } }]).kept,
    ).toHaveLength(1);
    expect(decide([PROPOSED], [{ ...earlier, key: "x", kind: "security" }]).kept).toHaveLength(1);
  });

  test("style is dropped unless it is asked for, and then weighs little", () => {
    const style = { ...PROPOSED, kind: "style", severity: "critical" } as const;
    expect(reasons(decide([style]))).toEqual(["remarks on style are off by policy"]);
    expect(decide([style], [], { ...POLICY, style: true }).kept).toMatchObject([{ severity: "low" }]);
  });

  test("a missing test weighs no more than medium, and confidence stays between 0 and 1", () => {
    const wild = { ...PROPOSED, kind: "missing_test", severity: "critical", confidence: Number.NaN } as const;
    expect(decide([wild]).kept).toMatchObject([{ severity: "medium", confidence: 0 }]);
    expect(decide([{ ...PROPOSED, confidence: 7 }]).kept).toMatchObject([{ confidence: 1 }]);
  });

  test("what stands nowhere has its reason, and a suggestion that does not apply leaves its finding", () => {
    const decision = decide([
      { ...PROPOSED, path: "x" },
      { ...UNAWAITED, suggestion: "  store.save(order);" },
    ]);
    expect(reasons(decision)).toEqual(["its file is not among those that were read"]);
    expect(decision.kept).toMatchObject([{ suggestion: null }]);
    expect(decision.notes).toEqual([expect.stringMatching(/changes nothing/)]);
  });
});

describe("a finding's key", () => {
  const key = (changes: Partial<Parameters<typeof composeFindingKey>[0]>) =>
    composeFindingKey({
      path: "a.ts",
      kind: "missing_test",
      anchor: "if (a) {",
      title: "Reads past the last item",
      ...changes,
    });
  test("is the same for the same remark about the same text, formatted and phrased a little otherwise", () => {
    expect(key({ anchor: "\tif (a)   {" })).toBe(key({}));
    expect(key({ title: "It may read past the last items" })).toBe(key({}));
  });
  test("is another for another file, kind, text or remark, and fits into a marker", () => {
    const others = [
      key({}),
      key({ path: "b.ts" }),
      key({ kind: "bug" }),
      key({ anchor: "if (b) {" }),
      key({ title: "Drops its promise" }),
    ];
    expect(new Set(others).size).toBe(others.length);
    for (const one of others) expect(one).toMatch(/^[a-z-]+-[0-9a-f]{16}$/);
  });
});

const FINDING = earlierOf(PROPOSED);
const finding = (changes: Partial<Finding> = {}): Finding => ({ ...FINDING, ...changes });
const verdicts = (...list: [number, Refutation["verdicts"][number]["verdict"], number][]): Refutation => ({
  verdicts: list.map(([number, verdict, confidence]) => ({ finding: number, verdict, confidence, why: "seen" })),
});
const posted = (findings: Finding[], refutation: Refutation | null, policy: Partial<typeof POLICY> = {}) =>
  decidePosted(findings, refutation, { ...POLICY, ...policy }).map(({ state, finding: one }) => [
    state,
    one.confidence,
  ]);

describe("what is posted", () => {
  const CASES: [
    name: string,
    findings: Finding[],
    refutation: Refutation | null,
    policy: Partial<typeof POLICY>,
    out: unknown,
  ][] = [
    ["what holds", [finding()], verdicts([1, "holds", 0.8]), {}, [["open", 0.85]]],
    ["what is refuted", [finding()], verdicts([1, "refuted", 0.5]), {}, [["dropped", 0.9]]],
    [
      "what is refuted without conviction",
      [finding({ confidence: 1 })],
      verdicts([1, "refuted", 0.4]),
      {},
      [["open", 0.7]],
    ],
    ["what is unsure", [finding()], verdicts([1, "unsure", 0.9]), {}, [["dropped", 0.63]]],
    ["what no verdict speaks of", [finding()], verdicts([2, "holds", 1]), {}, [["dropped", 0.63]]],
    ["without a second pass", [finding()], null, {}, [["open", 0.9]]],
    [
      "a second pass that policy does not want",
      [finding()],
      verdicts([1, "refuted", 1]),
      { refutes: false },
      [["open", 0.9]],
    ],
    ["confidence at the edge", [finding({ confidence: 0.7 })], null, {}, [["open", 0.7]]],
    ["confidence below it", [finding({ confidence: 0.69 })], null, {}, [["dropped", 0.69]]],
    ["severity at the edge", [finding({ severity: "medium" })], null, {}, [["open", 0.9]]],
    ["severity below it", [finding({ severity: "low" })], null, {}, [["dropped", 0.9]]],
    ["style, which was let in before", [finding({ severity: "low", kind: "style" })], null, {}, [["open", 0.9]]],
    [
      "more than fit",
      [finding({ confidence: 0.8 }), finding({ severity: "critical", confidence: 0.75 })],
      null,
      { maxComments: 1 },
      [
        ["open", 0.75],
        ["listed", 0.8],
      ],
    ],
    ["no comments at all", [finding()], null, { maxComments: 0 }, [["listed", 0.9]]],
  ];
  it.each(CASES)("%s", (_name, findings, refutation, policy, out) => {
    expect(posted(findings, refutation, policy)).toEqual(out);
  });

  test("what is dropped takes no place among the comments", () => {
    const many = [finding({ severity: "critical" }), finding()];
    expect(posted(many, verdicts([1, "refuted", 1], [2, "holds", 0.9]), { maxComments: 1 })).toEqual([
      ["dropped", 0.9],
      ["open", 0.9],
    ]);
  });

  test("changes are requested only from the severity that policy says", () => {
    const high = [finding({ severity: "high" })];
    expect(decideEvent(high, { requestChangesFrom: null })).toBe("comment");
    expect(decideEvent(high, { requestChangesFrom: "critical" })).toBe("comment");
    expect(decideEvent(high, { requestChangesFrom: "high" })).toBe("request_changes");
    expect(decideEvent(high, { requestChangesFrom: "high" }, true)).toBe("comment");
    expect(decideEvent([], { requestChangesFrom: "low" })).toBe("comment");
  });
});

describe("an earlier finding at a new head", () => {
  const HELD = `x\n${FINDING.anchor}\ny`;
  const facts = (changes: {
    text?: string | null;
    state?: "fixed" | "still_there" | "unknown";
    by?: string;
    finding?: Partial<EarlierFinding>;
  }): EarlierFacts => ({
    earlier: [{ ...FINDING, ...changes.finding }],
    verdicts: changes.state ? [{ id: FINDING.id, state: changes.state, why: "the model's word" }] : [],
    texts: new Map(changes.text === undefined ? [] : [["src/cart.ts", changes.text]]),
    resolvedBy: new Map(changes.by ? [[FINDING.id, changes.by]] : []),
  });
  const CASES: [name: string, changes: Parameters<typeof facts>[0], state: string][] = [
    ["its text is there, whatever the model says", { text: HELD, state: "fixed" }, "open"],
    ["its text is there, indented otherwise", { text: HELD.replace("  for", "\tfor"), state: "fixed" }, "open"],
    ["its text is only a part of another line", { text: `// ${FINDING.anchor}`, state: "fixed" }, "resolved"],
    ["its text is gone and the model says fixed", { text: "x", state: "fixed" }, "resolved"],
    ["its text is gone and the model says it is still there", { text: "x", state: "still_there" }, "open"],
    ["its text is gone and the model does not know", { text: "x", state: "unknown" }, "open"],
    ["its text is gone and the model says nothing", { text: "x" }, "open"],
    ["its file is gone", { text: null }, "resolved"],
    [
      "its file is gone, and it was about the lines that went",
      { text: null, finding: { place: { ...FINDING.place, side: "LEFT" } } },
      "open",
    ],
    ["its file could not be read", { state: "fixed" }, "open"],
    ["a person resolved its thread", { text: HELD, by: "ada" }, "dismissed"],
    ["it was listed and is there", { text: HELD, finding: { state: "listed" } }, "listed"],
    [
      "a missing test that the model saw written",
      { text: HELD, state: "fixed", finding: { kind: "missing_test" } },
      "resolved",
    ],
    [
      "about deleted lines, and mended",
      { text: "x", state: "fixed", finding: { place: { ...FINDING.place, side: "LEFT" } } },
      "resolved",
    ],
  ];
  it.each(CASES)("%s", (_name, changes, state) => {
    expect(decideEarlier(facts(changes))).toEqual([{ id: FINDING.id, state, reason: expect.stringMatching(/\w/) }]);
  });
});
