import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findOwners, readOwners } from "../../lib/kernel/read-owners.ts";

const ownersOf = (text: string, path: string) => findOwners(readOwners(text), path);

describe("patterns mean what GitHub says (docs.github.com, About code owners)", () => {
  it.each<[pattern: string, taken: string[], left: string[]]>([
    ["*", ["a.js", "a/b/c.js", ".github/CODEOWNERS"], []],
    ["*.js", ["a.js", "src/deep/a.js"], ["a.jsx", "js"]],
    ["/build/logs/", ["build/logs/a", "build/logs/x/y"], ["src/build/logs/a", "build/logs"]],
    ["docs/*", ["docs/getting-started.md"], ["docs/build-app/troubleshooting.md", "x/docs/a.md"]],
    ["apps/", ["apps/a", "src/apps/b/c"], ["apps", "myapps/a"]],
    ["/docs/", ["docs/a", "docs/b/c"], ["src/docs/a"]],
    ["/scripts/", ["scripts/run.sh"], ["a/scripts/run.sh"]],
    ["**/logs", ["logs/a", "build/logs/a", "deeply/nested/logs/b/c", "logs"], ["blogs/a"]],
    ["/apps/github", ["apps/github", "apps/github/a/b"], ["apps/githubber", "x/apps/github"]],
    ["/*", ["README.md"], ["src/a.js"]],
    ["src/**/test", ["src/test", "src/a/test/b", "src/a/b/test"], ["test"]],
    ["/src/**", ["src/a", "src/a/b"], ["src"]],
    ["foo/bar", ["foo/bar", "foo/bar/x"], ["a/foo/bar"]],
    ["a?c.txt", ["abc.txt", "x/adc.txt"], ["ac.txt"]],
    ["/Docs/", ["Docs/a"], ["docs/a"]],
    ["my\\ file.txt", ["my file.txt"], ["my"]],
  ])("%s", (pattern, taken, left) => {
    const text = `${pattern} @acme/team`;
    expect(taken.filter((path) => ownersOf(text, path) === null)).toEqual([]);
    expect(left.filter((path) => ownersOf(text, path) !== null)).toEqual([]);
  });
});

describe("a file of owners", () => {
  const FILE = `# Everything first.
*       @global-owner1 @acme/everyone   # remarks are allowed

*.js    @js-owner docs@example.com
/apps/  @octocat
/apps/github
`;

  it("the last match wins, and a rule without owners makes it nobody's", () => {
    expect(ownersOf(FILE, "README.md")).toEqual(["@global-owner1", "@acme/everyone"]);
    expect(ownersOf(FILE, "src/a.js")).toEqual(["@js-owner", "docs@example.com"]);
    expect(ownersOf(FILE, "apps/a.js")).toEqual(["@octocat"]);
    expect(ownersOf(FILE, "apps/github/a.js")).toEqual([]);
  });

  it.each([
    ["a negation", "!src/a.js @ann"],
    ["a character range", "src/[ab].js @ann"],
    ["an escaped hash", "\\#a @ann"],
    ["a word that is no owner", "src/a.js @ann ann"],
    ["a section of GitLab's", "[Docs][2] @ann"],
    ["an optional section of GitLab's", "^[Docs] @ann"],
  ])("%s is skipped, as on GitHub", (_, line) => {
    expect(readOwners(`* @rest\n${line}`)).toEqual([{ pattern: "*", owners: ["@rest"] }]);
  });

  it("of more than 3 MB is not read", () => {
    expect(readOwners(`* @a\n${"#".repeat(3 * 1024 * 1024)}`)).toEqual([]);
  });

  it("takes time in proportion to its size, whatever it holds", () => {
    const hostile = [
      `${"a*".repeat(5_000)}b @x`,
      `${"**/".repeat(3_000)}x @x`,
      `${"\\ ".repeat(20_000)} @x`,
      " ".repeat(50_000),
    ];
    const startedMs = performance.now();
    ownersOf(hostile.join("\n"), `${"a".repeat(500)}/${"a/".repeat(200)}c`);
    expect(performance.now() - startedMs).toBeLessThan(2_000);
  });

  it("any text is read without an error, and owners are users, teams or addresses", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), fc.string({ maxLength: 60 }), (text, path) => {
        const owners = ownersOf(text, path) ?? [];
        for (const owner of owners) expect(owner).toContain("@");
      }),
      { numRuns: 50 },
    );
  });
});
