import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type DemoGitHub, startDemoGitHub } from "../../demo/github/index.ts";
import { createGitHub, type GitHub } from "../../lib/adapters/github/index.ts";
import type { CodeHistory } from "../../lib/investigate/ports.ts";
import { systemClock } from "../../lib/runtime/clock.ts";
import { openScriptedGitHub, type ScriptedGitHub } from "../support/scripted-github.ts";

const UNKNOWN_SHA = "0".repeat(40);
const CART = "export function total(cart) {\n  return cart.sum;\n}\n";
const BROKEN = "export function total(cart) {\n  return cart.sum - cart.coupon.percent;\n}\n";

describe("the history of a repository", () => {
  let dir: string;
  let demo: DemoGitHub;
  let github: GitHub;
  let history: CodeHistory;
  let first: string;
  let second: string;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "patchpilot-history-"));
    demo = await startDemoGitHub({ dir, app: { id: 12345, slug: "patchpilot", webhookSecret: "s", webhookUrl: null } });
    demo.addUser({ login: "ada", permission: "admin" });
    await demo.createRepository({ owner: "ada", name: "shop" });
    const files = { "src/cart.js": CART, "src/(shop)/[id].js": "1\n", "logo.png": "a\0b", CODEOWNERS: "* @ada\n" };
    first = await demo.seed("ada/shop", files, "feat: the shop");
    second = await demo.person("ada").push({ "src/cart.js": BROKEN }, "feat: coupons\n\nWith percent.");
    github = createGitHub({
      apiUrl: demo.url,
      appId: "12345",
      privateKey: demo.privateKeyPem,
      installationId: String(demo.installationId),
      repository: "ada/shop",
      markerKey: "marker-key",
      clock: systemClock,
      timeoutMs: 5_000,
    });
    history = github.codeHistory;
  });
  afterAll(async () => {
    await demo.close();
    await rm(dir, { recursive: true, force: true });
  });

  it("tells who last changed each line at a commit, several files at once", async () => {
    const places = [
      { path: "src/cart.js", line: 1 },
      { path: "src/cart.js", line: 2 },
      { path: "src/(shop)/[id].js", line: 1 },
    ];
    const blamed = await history.blameLines(second, places);
    expect(blamed.map(({ path, line, sha }) => ({ path, line, sha }))).toEqual([
      { ...places[0], sha: first },
      { ...places[1], sha: second },
      { ...places[2], sha: first },
    ]);
    expect(blamed[1]).toMatchObject({ author: "ada", message: "feat: coupons" });
    expect(Date.parse(blamed[1]?.date ?? "")).toBeGreaterThan(0);
    expect(await history.blameLines(first, [{ path: "src/cart.js", line: 2 }])).toMatchObject([{ sha: first }]);
  });

  it("leaves out lines, files and commits that are not there", async () => {
    const blamed = await history.blameLines(second, [
      { path: "src/cart.js", line: 99 },
      { path: "src/gone.js", line: 1 },
      { path: "src/cart.js", line: 2 },
    ]);
    expect(blamed).toHaveLength(1);
    expect(await history.blameLines(UNKNOWN_SHA, [{ path: "src/cart.js", line: 2 }])).toEqual([]);
  });

  it("lists the commits between two, and null where there is no way", async () => {
    const third = await demo.person("ada").push({ "a.js": "1\n" }, "a");
    expect(await history.listCommitsBetween(first, third)).toEqual({ shas: [third, second], total: 2 });
    expect(await history.listCommitsBetween(third, third)).toEqual({ shas: [], total: 0 });
    expect(await history.listCommitsBetween(third, first)).toBeNull();
    expect(await history.listCommitsBetween(UNKNOWN_SHA, first)).toBeNull();
  });

  it("reads texts at a commit or branch, null for what is no text", async () => {
    const texts = await history.readTexts(["CODEOWNERS", "logo.png", "src", "gone"], "main");
    expect([...texts]).toEqual([
      ["CODEOWNERS", "* @ada\n"],
      ["logo.png", null],
      ["src", null],
      ["gone", null],
    ]);
    expect((await history.readTexts(["src/cart.js"], first)).get("src/cart.js")).toBe(CART);
  });

  it("finds open issues and pull requests that name a word, and no others", async () => {
    const person = demo.person("ada");
    const api = async (path: string, body: unknown) => {
      const headers = { authorization: `token ${person.token}`, "content-type": "application/json" };
      await fetch(`${demo.url}/repos/ada/shop/${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    };
    await api("issues", { title: "applyDiscount is slow", body: "" });
    await api("issues", { title: "something else", body: "" });
    const found = await history.searchOpen('applyDiscount" is:closed "', 5);
    expect(found).toEqual([]);
    expect(await history.searchOpen("applyDiscount", 5)).toMatchObject([
      { kind: "issue", title: "applyDiscount is slow", url: expect.stringContaining("/issues/") },
    ]);
    expect(await history.searchOpen("”«»", 5)).toEqual([]);
  });

  it("names the repository's page, and no pull request where there was none", async () => {
    expect(await history.webUrl()).toBe(`${demo.url}/ada/shop`);
    expect(await history.findPullRequestOf(second)).toBeNull();
    expect(await history.findPullRequestOf(UNKNOWN_SHA)).toBeNull();
  });
});

describe("answers that are not the usual ones", () => {
  let world: ScriptedGitHub;
  beforeEach(async () => {
    world = await openScriptedGitHub();
  });
  afterEach(() => world.close());

  const blame = () => world.create().codeHistory.blameLines("abc", [{ path: "a.js", line: 1 }]);

  it("a merged pull request is named before one that was closed", async () => {
    const pull = (number: number, merged_at: string | null) => ({
      number,
      merged_at,
      title: "t",
      html_url: `u/${number}`,
    });
    world.app.get("/repos/acme/shop/commits/abc/pulls", (c) =>
      c.json([pull(1, null), pull(2, "2026-10-01T00:00:00Z")]),
    );
    expect(await world.create().codeHistory.findPullRequestOf("abc")).toEqual({ number: 2, title: "t", url: "u/2" });
  });

  it("a commit of an author without an account has their name", async () => {
    const commit = {
      oid: "f".repeat(40),
      messageHeadline: "m",
      committedDate: "2026-10-01T00:00:00Z",
      author: { name: "Ann", user: null },
    };
    const ranges = [{ startingLine: 1, endingLine: 3, commit }];
    world.app.post("/graphql", (c) => c.json({ data: { repository: { object: { blame: { ranges } } } } }));
    expect(await blame()).toMatchObject([{ author: "Ann" }]);
  });

  it("a blame that ran into GitHub's limit can be tried later, and one that is refused cannot", async () => {
    let errors: unknown[] = [{ type: "RATE_LIMITED", message: "API rate limit exceeded" }];
    world.app.post("/graphql", (c) => c.json({ data: null, errors }));
    await expect(blame()).rejects.toMatchObject({ code: "provider_rate_limited" });
    errors = [{ type: "FORBIDDEN", message: "Resource not accessible by integration" }];
    await expect(blame()).rejects.toMatchObject({ code: "provider_refused", retry: "never" });
    errors = [{ type: "NOT_FOUND", message: "Could not resolve" }];
    expect(await blame()).toEqual([]);
  });
});
