import { describe, expect, test } from "vitest";
import { composeHeadline } from "../../lib/repair/compose-pull-request.ts";
import { composeInTemplate } from "../../lib/repair/compose-template.ts";
import { composeProof, composeValidation } from "../../lib/repair/compose-validation.ts";
import type { CommandResult } from "../../lib/repair/model.ts";
import { findScope, readConvention } from "../../lib/repair/read-convention.ts";

const many = (subject: (index: number) => string, count = 10) =>
  Array.from({ length: count }, (_, index) => subject(index));

describe("the repository's convention", () => {
  test.each([
    ["Conventional Commits", many((index) => `feat: thing ${index}`), { style: "conventional", scopes: [] }],
    [
      "Conventional Commits with scopes",
      many((index) => `fix(${index % 2 ? "api" : "web"})!: thing\n\nbody`),
      { style: "conventional", scopes: ["web", "api"] },
    ],
    ["plain sentences", many((index) => `Add thing ${index}`), { style: "plain" }],
    ["too few to say", ["Add thing"], { style: "conventional", scopes: [] }],
    [
      "merges and robots beside it",
      [
        ...many(() => "Merge pull request #1 from x"),
        ...many(() => "Bump zod from 4.0.0 to 4.0.1"),
        ...many(() => "docs: a"),
      ],
      { style: "conventional", scopes: [] },
    ],
  ])("%s", (_, messages, convention) => expect(readConvention(messages)).toEqual(convention));

  test("names a scope only where all of the change lies in it", () => {
    expect(findScope(["api", "cart"], ["packages/api/src/cart.ts"])).toBe("api");
    expect(findScope(["cart"], ["src/cart.ts", "src/tax.ts"])).toBeNull();
    expect(findScope(["cart"], [])).toBeNull();
  });

  test.each([
    ["bugfix", { style: "plain" } as const, "Fix TypeError: x is null"],
    ["performance", { style: "plain" } as const, "Speed up TypeError: x is null"],
    ["bugfix", { style: "conventional", scopes: ["cart"] } as const, "fix(cart): TypeError: x is null"],
    ["performance", { style: "conventional", scopes: [] } as const, "perf: TypeError: x is null"],
  ])("a %s in %j is titled %s", (taskKind, convention, title) => {
    const scopes = convention.style === "conventional" ? [...convention.scopes] : [];
    const style = convention.style === "plain" ? convention : { style: convention.style, scopes };
    expect(
      composeHeadline({ title: "TypeError: x is null", taskKind, convention: style, paths: ["src/cart.ts"] }),
    ).toBe(title);
  });

  test("no title is longer than GitHub shows", () => {
    const title = composeHeadline({
      title: "x".repeat(400),
      taskKind: "bugfix",
      convention: { style: "plain" },
      paths: [],
    });
    expect(title).toHaveLength(72);
    expect(title.endsWith("…")).toBe(true);
  });
});

describe("the repository's template", () => {
  const sections = [
    { title: "Cause", fits: /what|why/i, text: "It broke." },
    { title: "Validation", fits: /test/i, text: "It was run." },
  ];
  test("keeps its headings and its order, ours beneath them, what it does not ask for after it", () => {
    const template = "Hello.\r\n## Tests\r\n<!-- how -->\r\n## Links\r\n\r\n- [x] done\r\n";
    expect(composeInTemplate(template, sections)).toBe(
      "Hello.\n\n## Tests\n\nIt was run.\n\n## Links\n\n- [ ] done\n\n## Cause\n\nIt broke.",
    );
  });
  test("is passed by where there is none, or it is longer than anybody reads", () => {
    const plain = "## Cause\n\nIt broke.\n\n## Validation\n\nIt was run.";
    for (const template of [null, "", " \n", "x".repeat(30_000)])
      expect(composeInTemplate(template, sections)).toBe(plain);
  });
  test("lends a section to one heading only, and none to a checklist", () => {
    const filled = composeInTemplate("## Why\n## What\n## Test checklist\n- [ ] a", sections);
    expect(filled.match(/It broke/g)).toHaveLength(1);
    expect(filled.indexOf("It was run")).toBeGreaterThan(filled.indexOf("- [ ] a"));
  });
});

describe("what was run", () => {
  const run = (
    name: CommandResult["name"],
    exitCode: number | null,
    changes: Partial<CommandResult> = {},
  ): CommandResult => ({
    ...{ name, command: `run ${name}`, exitCode, timedOut: false, durationMs: 100, outputTail: "" },
    ...changes,
  });
  test("is marked by what it should do: a new test has to fail where the error is", () => {
    const table = composeValidation([
      run("new-test-on-base", 0),
      run("test", 1),
      run("test-on-base", 1),
      run("lint", null, { timedOut: true }),
    ]);
    expect(table).toContain(
      "| ✘ | New test on the broken code: `run new-test-on-base` | **passes**, should be: fails (exit 0",
    );
    expect(table).toContain("| ✘ | Tests: `run test` | **fails**, should be: passes (exit 1");
    expect(table).toContain("| – | Tests without the patch: `run test-on-base` | **fails** (exit 1");
    expect(table).toContain("| ✘ | Lint: `run lint` | **timed out**, should be: passes (no exit code");
  });
  test.each([[[]], [[run("install", 0)]]])("is loud where it is nothing: %j", (commands) => {
    expect(composeValidation(commands)).toContain("**No validation at all.**");
  });
  test("is summed up only where it proves something", () => {
    const proof = [run("new-test-on-base", 1), run("new-test-on-patch", 0)];
    expect(composeProof(proof)).toBe("The new test fails on the broken code and passes with this patch.");
    expect(composeProof([...proof, run("test", 0)])).toContain("own tests pass");
    expect(composeProof([...proof, run("test", 1)])).not.toContain("own tests pass");
    expect(composeProof([run("new-test-on-base", 0), run("new-test-on-patch", 0)])).toBeNull();
    expect(composeProof([])).toBeNull();
  });
  test("keeps a hostile command and output in their places", () => {
    const text = composeValidation([
      run("new-test-on-base", 1, { command: "a|b`c`\n# x", outputTail: "```\n# heading\n@ann" }),
    ]);
    expect(text).not.toMatch(/^# x/m);
    expect(text).toContain("a\\|b'c' # x");
    expect(text.match(/```/g)).toHaveLength(2);
  });
});
