import { describe, expect, it } from "vitest";
import { readClosingIssue } from "../../lib/review/read-closing-issue.ts";
import { readIssueWords, readNamedPaths } from "../../lib/review/read-issue-words.ts";

describe("the issue that a pull request closes", () => {
  it.each([
    ["Fixes #12", 12],
    ["This resolves acme/shop#7 and closes #8.", 7],
    ["closes: #3", 3],
    ["Fixes other/repo#12", null],
    ["See #12", null],
    ["prefixes #12", null],
    ["<!-- fixes #12 -->", null],
    ["", null],
  ])("%j", (body, number) => {
    expect(readClosingIssue(body, "Acme/Shop")).toBe(number);
  });

  it("takes time in proportion to the text", () => {
    expect(readClosingIssue("fixes ".repeat(100_000), "acme/shop")).toBeNull();
  });
});

describe("what an issue is looked up by", () => {
  it("are the telling words of its title", () => {
    expect(readIssueWords("Why does the checkout crash when carts have no coupon?")).toBe(
      "checkout crash carts coupon",
    );
    expect(readIssueWords("it is so")).toBe("");
  });

  it("are the files that it names, and none outside the repository", () => {
    const text =
      "at total (src/cart.js:4:11), see ./lib/a-b.ts and `README.md`; not https://x.example/y.js or ../../etc/passwd.txt";
    expect(readNamedPaths(text)).toEqual(["src/cart.js", "lib/a-b.ts", "README.md"]);
  });
});
