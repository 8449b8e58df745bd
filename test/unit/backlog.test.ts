import { describe, expect, it } from "vitest";
import { decideProposals } from "../../lib/backlog/decide-proposals.ts";
import type { KnownIssue, Proposal } from "../../lib/backlog/model.ts";
import { linkItems, readChecklist } from "../../lib/backlog/read-checklist.ts";
import { readFindings, readMarks } from "../../lib/backlog/read-findings.ts";

const LIST = `# Backlog

## Checkout
- [ ] Show the **shipping** costs earlier
* [x] Accept coupons
1. [ ] Pay by invoice (#12)
   - [ ] Nested: [read](https://x.example) the docs
- [ ] x
- no box
> - [ ] Quoted item counts too

\`\`\`md
- [ ] an example
\`\`\`
<!-- - [ ] hidden -->
<!--
- [ ] hidden as well
-->
- [ ] After the comment
- [ ] See https://github.com/o/r/issues/9
`;

describe("a checklist", () => {
  it("has its open items with heading and line; done, linked, hidden ones and examples are none", () => {
    expect(readChecklist("TODO.md", LIST).map(({ line, text, heading }) => [line, text, heading])).toEqual([
      [4, "Show the **shipping** costs earlier", "Checkout"],
      [7, "Nested: [read](https://x.example) the docs", "Checkout"],
      [10, "Quoted item counts too", "Checkout"],
      [19, "After the comment", "Checkout"],
    ]);
  });

  it("gets each issue at the end of its line, and nothing else changes", () => {
    const text = "- [ ] one  \r\n- [ ] second\r\nlast";
    const linked = linkItems(
      text,
      new Map([
        [1, { number: 7, url: "https://h/7" }],
        [9, { number: 8, url: "https://h/8" }],
      ]),
    );
    expect(linked).toBe("- [ ] one ([#7](https://h/7))\r\n- [ ] second\r\nlast");
    expect(readChecklist("a.md", linked).map(({ text: one }) => one)).toEqual(["second"]);
  });
});

describe("marks in the code", () => {
  it.each([
    ["// TODO: round the total", "round the total"],
    ["  # FIXME(bob) handle the empty cart", "handle the empty cart"],
    ["/* TODO remove this hack */", "remove this hack"],
    ["<!-- TODO: translate the page -->", "translate the page"],
    ["-- FIXME: add an index", "add an index"],
  ])("%j", (line, text) => {
    expect(readMarks("a.ts", `x\n${line}\n`)).toEqual([expect.objectContaining({ line: 2, text })]);
  });

  it.each([
    "const TODO = 1;",
    "// TODO",
    "// TODO: later",
    "// TODO(#12): round it up",
    "// TODO: see SHOP-12 there",
    "todoList()",
    '"TODO: a text"',
  ])("%j is none", (line) => expect(readMarks("a.ts", line)).toEqual([]));
});

describe("what analysers print", () => {
  it.each([
    [
      "eslint",
      JSON.stringify([{ filePath: "a.js", messages: [{ ruleId: "no-undef", line: 3, message: "x is not defined" }] }]),
    ],
    [
      "ruff",
      JSON.stringify([{ filename: "a.py", code: "F401", location: { row: 3, column: 1 }, message: "unused import" }]),
    ],
    ["tsc", "src/a.ts(3,7): error TS2322: Type 'string' is not assignable to type 'number'."],
    ["annotation", "::error title=lint/style,file=src/a.ts,line=3,endLine=3::Use const"],
  ])("of %s is read", (tool, output) => {
    expect(readFindings(output)).toEqual([expect.objectContaining({ tool, line: 3 })]);
  });

  it("is nothing where nothing was found, and null where it is something else", () => {
    expect(readFindings("[]")).toEqual([]);
    expect(readFindings("")).toEqual([]);
    expect(readFindings('{"a":1}')).toBeNull();
    expect(readFindings("hello")).toBeNull();
  });
});

describe("proposals", () => {
  const proposal = (mark: string, title = mark): Proposal => ({ mark, title, body: "", from: "" });
  const issue = (number: number, changes: Partial<KnownIssue> = {}): KnownIssue => ({
    number,
    url: `https://h/${number}`,
    title: `issue ${number}`,
    state: "open",
    mark: null,
    ...changes,
  });
  const decide = (proposals: Proposal[], issues: KnownIssue[] = [], maxNewIssues = 9, full: string | null = null) =>
    decideProposals(proposals, issues, { maxNewIssues, full }).map(({ outcome, issue: known }) => [
      outcome,
      known?.number,
    ]);

  it("are made once: known by marker or title, open or closed; twins are one", () => {
    const issues = [
      issue(3, { mark: "b:1", state: "closed" }),
      issue(2, { title: "Pay by Invoice!", state: "closed" }),
    ];
    const found = decide(
      [proposal("b:1"), proposal("b:2", "pay by invoice"), proposal("b:3", "New"), proposal("b:4", "new")],
      issues,
    );
    expect(found).toEqual([
      ["known", 3],
      ["duplicate", 2],
      ["would_create", undefined],
      ["duplicate", undefined],
    ]);
  });

  it("are capped, in their order, and none is new without capacity", () => {
    const three = [proposal("b:1"), proposal("b:2"), proposal("b:3")];
    expect(decide(three, [], 2).map(([outcome]) => outcome)).toEqual(["would_create", "would_create", "over_cap"]);
    expect(decide(three, [], 9, "busy").map(([outcome]) => outcome)).toEqual(["over_cap", "over_cap", "over_cap"]);
  });
});
