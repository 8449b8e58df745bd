import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createMemoryCache } from "../../lib/adapters/kv/cache.ts";
import { openScriptedGitHub, type ScriptedGitHub, SHOP } from "../support/scripted-github.ts";

let github: ScriptedGitHub;

beforeEach(async () => {
  github = await openScriptedGitHub();
  github.app.get(`${SHOP}/git/ref/*`, (c) => c.json({ object: { sha: "a".repeat(40) } }));
});
afterEach(() => github.close());

const head = (host = github.create()) => host.codeHost.findBranchHead("main");
const minted = () => github.calls.filter((call) => call.endsWith("/access_tokens")).length;

describe("installation tokens", () => {
  it("are asked for one repository only", async () => {
    await head();
    expect(github.tokenRequests).toEqual([{ repositories: ["shop"] }]);
  });

  it("are shared by processes through the cache, and looked up by none twice", async () => {
    const memory = createMemoryCache({ now: () => github.now.at });
    const reads: string[] = [];
    const get = (key: string) => {
      reads.push(key);
      return memory.get(key);
    };
    const cache = { ...memory, get };
    await head(github.create({ cache }));
    reads.length = 0;
    const second = github.create({ cache });
    await head(second);
    await head(second);
    expect(reads).toHaveLength(1);
    expect(github.calls.filter((call) => !call.startsWith(`GET ${SHOP}/git`))).toEqual([
      `GET ${SHOP}/installation`,
      "POST /app/installations/100/access_tokens",
    ]);
  });

  it("are replaced before they end", async () => {
    const host = github.create();
    await head(host);
    github.now.at = new Date(github.now.at.getTime() + 58 * 60_000);
    await head(host);
    expect(minted()).toBe(1);
    github.now.at = new Date(github.now.at.getTime() + 2 * 60_000);
    await head(host);
    expect(minted()).toBe(2);
  });

  it("that were revoked are replaced at once", async () => {
    const host = github.create();
    await head(host);
    github.tokens.push("ghs_another");
    await expect(head(host)).resolves.toBe("a".repeat(40));
    expect(minted()).toBe(2);
  });

  it("that are refused although new may be known a moment later", async () => {
    github.app.get(`${SHOP}/commits/:ref`, (c) => c.json({ message: "Bad credentials" }, 401));
    await expect(github.create().codeHost.findCommit("main")).rejects.toMatchObject({
      code: "provider_unauthorized",
      retry: { afterMs: 5_000 },
    });
    expect(minted()).toBe(1);
  });

  it("follow an App that was installed again under another id", async () => {
    const cache = createMemoryCache({ now: () => github.now.at });
    const key = `github:${new URL(github.url).host}:12345:acme/shop:installation`;
    await cache.set(key, "99", 60_000);
    await expect(head(github.create({ cache }))).resolves.toBe("a".repeat(40));
    expect(await cache.get(key)).toBe("100");
  });

  it("of an App that is not installed are an error, never a missing branch", async () => {
    await expect(head(github.create({ installationId: 99 }))).rejects.toMatchObject({
      code: "app_not_installed",
      retry: "never",
    });
    await expect(head(github.create({ repository: "acme/other" }))).rejects.toMatchObject({
      code: "app_not_installed",
    });
    expect(github.calls).toEqual(["POST /app/installations/99/access_tokens", "GET /repos/acme/other/installation"]);
  });

  it("for a runner can only read contents, and a public repository needs none", async () => {
    const repository = { clone_url: "https://github.test/acme/shop.git", private: true };
    github.app.get(SHOP, (c) => c.json(repository));
    const host = github.create().codeHost;
    const clone = await host.getReadOnlyClone();
    expect(clone).toEqual({ url: repository.clone_url, readToken: "ghs_12345_2" });
    expect(github.tokenRequests.at(-1)).toEqual({ repositories: ["shop"], permissions: { contents: "read" } });
    repository.private = false;
    github.tokens.push("ghs_again");
    expect(await host.getReadOnlyClone()).toMatchObject({ readToken: null });
  });
});

describe("limits", () => {
  it.each([
    ["a secondary limit that names its end", { "retry-after": "45" }, {}, { afterMs: 45_000 }],
    [
      "a secondary limit that names only its page",
      {},
      {
        documentation_url:
          "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits",
      },
      { afterMs: 60_000 },
    ],
  ])("%s is waited for", async (_, headers, more, retry) => {
    github.app.get(`${SHOP}/commits/:ref`, (c) => c.json({ message: "no", ...more }, { status: 403, headers }));
    await expect(github.create().codeHost.findCommit("main")).rejects.toMatchObject({
      code: "provider_rate_limited",
      retry,
    });
  });

  it("a missing permission is not", async () => {
    const body = {
      message: "Resource not accessible by integration",
      documentation_url: "https://docs.github.com/rest",
    };
    github.app.get(`${SHOP}/commits/:ref`, (c) => c.json(body, 403));
    await expect(github.create().codeHost.findCommit("main")).rejects.toMatchObject({
      code: "provider_forbidden",
      retry: "never",
    });
  });

  it("no error holds a token or the key", async () => {
    github.app.get(`${SHOP}/commits/:ref`, (c) => c.json({ message: "no" }, 500));
    const error: unknown = await github
      .create()
      .codeHost.findCommit("main")
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "provider_unavailable", retry: "later" });
    expect(JSON.stringify(error)).not.toMatch(/ghs_|PRIVATE KEY/);
  });
});
