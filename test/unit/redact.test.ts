import { expect, test } from "vitest";
import { redact, redactDeep } from "../../lib/kernel/redact.ts";
import { ADVERSARIAL, NEGATIVES, POSITIVES } from "./redact.corpus.ts";

test("the corpus is as large as its claims need", () => {
  expect(POSITIVES.length).toBeGreaterThanOrEqual(150);
  expect(new Set(POSITIVES.map(({ kind }) => kind)).size).toBeGreaterThanOrEqual(30);
  expect(NEGATIVES.length).toBeGreaterThanOrEqual(300);
  expect(new Set(NEGATIVES).size).toBe(NEGATIVES.length);
});

test("every known secret is taken out, under its own kind", () => {
  const missed = POSITIVES.filter(({ secret, text, kind }) => {
    const result = redact(text);
    return result.text.includes(secret) || !result.found.some((found) => found.kind === kind);
  }).map(({ kind, text }) => ({ kind, text, got: redact(text) }));
  expect(missed).toEqual([]);
});

test("nothing that only looks like a secret is touched", () => {
  const touched = NEGATIVES.filter((text) => redact(text).text !== text).map((text) => [text, redact(text).text]);
  expect(touched).toEqual([]);
});

test("redacting twice changes nothing more", () => {
  for (const { text } of POSITIVES) {
    const once = redact(text).text;
    expect(redact(once)).toEqual({ text: once, found: [] });
  }
});

test("a secret glued to a name by a dash or an underscore is one still, and the name stays", () => {
  const body = "Zk3vQ9xL2mN7pR5tW8yB1cD4fG6hJ0sT2uA9";
  for (const prefix of ["ghp_", "sk-ant-api03-", "glpat-", "npm_", "xoxb-", "sk_live_", "vcp_"]) {
    for (const glue of ["deploy-", "GH_TOKEN_"]) {
      const { text } = redact(`run ${glue}${prefix}${body} now`);
      expect(text).toMatch(/^run (?:deploy-|GH_TOKEN_)\[redacted:[a-z_]+\] now$/);
    }
  }
});

test("what stands around a secret stays readable", () => {
  expect(redact("postgres://app:hunter2@db.internal:5432/shop").text).toBe(
    "postgres://[redacted:url_credentials]@db.internal:5432/shop",
  );
  expect(redact('{"password":"hunter2","user":"bob"}').text).toBe('{"password":"[redacted:password]","user":"bob"}');
  expect(redact("GET /login?token=abc123def&page=2").text).toBe("GET /login?token=[redacted:token]&page=2");
  expect(redact('curl -H "Authorization: Bearer abc123def456" https://x.test').text).toBe(
    'curl -H "Authorization: [redacted:authorization]" https://x.test',
  );
});

test("a count is given for each kind, sorted", () => {
  const found = redact("a@example.com b@example.com from 8.8.8.8").found;
  expect(found).toEqual([
    { kind: "email", count: 2 },
    { kind: "ip_address", count: 1 },
  ]);
});

test("a provider's token inside a header or a setting is named after the provider", () => {
  const token = `ghp_${"a1B2".repeat(9)}`;
  expect(redact(`Authorization: Bearer ${token}`).text).toBe("Authorization: [redacted:github_token]");
  expect(redact(`GH_TOKEN=${token}\nNEXT=1`).text).toBe("GH_TOKEN=[redacted:github_token]\nNEXT=1");
});

test("in JSON, values of keys that are named like secrets go whole, figures with similar names stay", () => {
  const input = {
    headers: [
      ["Authorization", "opaque-value"],
      ["Host", "shop.test"],
    ],
    request: { cookies: { sid: "abc", theme: "dark" }, data: { password: 123456, apiKey: ["k-1", "k-2"] } },
    usage: { promptTokens: 1500, estimatedPromptTokens: 9, tokenCount: 3, token: 42 },
    note: "mail bob@example.com",
    at: null,
    ok: true,
  };
  const before = structuredClone(input);
  expect(redactDeep(input)).toEqual({
    headers: [
      ["Authorization", "[redacted:authorization]"],
      ["Host", "shop.test"],
    ],
    request: {
      cookies: { sid: "[redacted:cookie]", theme: "[redacted:cookie]" },
      data: { password: "[redacted:password]", apiKey: ["[redacted:api_key]", "[redacted:api_key]"] },
    },
    usage: { promptTokens: 1500, estimatedPromptTokens: 9, tokenCount: 3, token: 42 },
    note: "mail [redacted:email]",
    at: null,
    ok: true,
  });
  expect(input).toEqual(before);
});

test("JSON nested beyond any real payload neither overflows nor leaks", () => {
  let deep: unknown = "password=hunter2";
  for (let i = 0; i < 50_000; i += 1) deep = [deep];
  expect(JSON.stringify(redactDeep(deep))).not.toContain("hunter2");
});

test("time grows with the size of the text, whatever it holds", () => {
  const timed = (text: string): number => {
    const start = performance.now();
    redact(text);
    return performance.now() - start;
  };
  const filled = (piece: string, size: number): string => piece.repeat(Math.ceil(size / piece.length)).slice(0, size);
  for (const piece of ADVERSARIAL) {
    const small = filled(piece, 20_000);
    const large = filled(piece, 200_000);
    let fastestSmall = Number.POSITIVE_INFINITY;
    let fastestLarge = Number.POSITIVE_INFINITY;
    let ratio = Number.POSITIVE_INFINITY;
    // Ten times the text: linear is 10, quadratic 100. More rounds when another process took the time; a millisecond is
    // added to both, under which clocks say little.
    for (let round = 0; round < 12 && (round < 3 || ratio >= 40); round += 1) {
      fastestSmall = Math.min(fastestSmall, timed(small));
      fastestLarge = Math.min(fastestLarge, timed(large));
      ratio = (fastestLarge + 1) / (fastestSmall + 1);
    }
    expect(ratio, JSON.stringify(piece)).toBeLessThan(40);
  }
});
