import { describe, expect, it } from "vitest";
import { oneLine, quietMarkdown, quietTitle } from "../../lib/kernel/quiet-text.ts";

/** The zero-width space that takes a mention or a reference its effect. */
const Z = "\u200b";

describe("text from outside", () => {
  it.each([
    ["mentions", "cc @acme/team and @ann", `cc @${Z}acme/team and @${Z}ann`],
    ["an issue's number", "Fixes #12, closes acme/shop#7", `Fixes #${Z}12, closes acme/shop#${Z}7`],
    ["GitHub's other forms", "fix GH-3", `fix GH-${Z}3`],
    ["an issue's address", "resolves https://github.com/a/b/issues/4", `resolves https://github.com/a/b/issues/${Z}4`],
    ["a pull request's address", "fixes https://github.com/a/b/pull/4", `fixes https://github.com/a/b/pull/${Z}4`],
    ["code ticks", "`rm -rf`", "'rm -rf'"],
    ["lines", "one\r\n\ttwo\u2028three", "one two three"],
    ["control and direction characters", "a\u0000b\u202egnp\u2066\u200f.exe", "a bgnp.exe"],
    ["invisible tags", "a\u{e0041}b", "ab"],
  ])("loses the effect of %s in a title", (_what, text, quiet) => {
    expect(quietTitle(text, 200)).toBe(quiet);
  });

  it.each([
    ["HTML", '<img src="x">', '&lt;img src="x"&gt;'],
    ["links and images", "![a](http://e) [b](javascript:x)", "![a] (http://e) [b] (javascript:x)"],
    ["cells", "a | b", "a ' b"],
  ])("loses the effect of %s in Markdown", (_what, text, quiet) => {
    expect(quietMarkdown(text, 200)).toBe(quiet);
  });

  it.each([
    "TypeError: Cannot read properties of null (reading 'percent')",
    "src/app/[slug]/page.tsx: expected <div> in C#",
    "Größe übersteigt 5 €, 値が不正です 💥",
  ])("without any of these stays as it is: %s", (text) => {
    expect(quietTitle(text, 200)).toBe(text);
  });

  it("is cut at the length, never in the middle of a character, however long it was", () => {
    expect(oneLine("💥".repeat(50_000), 5)).toBe("💥💥");
    expect(oneLine(`${"x".repeat(100_000)}`, 300)).toHaveLength(300);
    expect(oneLine("\ud83d", 10).isWellFormed()).toBe(true);
  });

  it("is redacted before it is cut, so that no part of a secret stays", () => {
    expect(oneLine(`token ghp_${"a1B2".repeat(9)}`, 20)).not.toContain("a1B2");
  });
});
