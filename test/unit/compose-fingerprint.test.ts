import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { composeFingerprint, composeIdentity, readSpanKey } from "../../lib/performance/compose-fingerprint.ts";
import type { SpanKey } from "../../lib/performance/model.ts";
import { readSpanName } from "../../lib/performance/read-span-name.ts";

const key: SpanKey = { op: "db", transaction: "GET /orders", description: "SELECT * FROM orders WHERE id = 42" };
const fingerprintOf = (change: Partial<SpanKey>, environment = "production") =>
  composeFingerprint({ ...key, ...change }, environment);

describe("a fingerprint", () => {
  it("is the same in every process and for every call", async () => {
    expect(await fingerprintOf({})).toBe("8fafa00e35043c681c634979c52eab3177aecd7cac71e4bf50fc80c2eb36bedc");
    expect(await fingerprintOf({ description: "SELECT * FROM orders  WHERE id = 77" })).toBe(await fingerprintOf({}));
  });

  it.each<[string, Partial<SpanKey>, string?]>([
    ["operation", { op: "db.query" }],
    ["transaction", { transaction: "GET /orders/:id" }],
    ["description", { description: "SELECT * FROM order_items WHERE id = 42" }],
    ["environment", {}, "staging"],
  ])("differs by %s", async (_name, change, environment) => {
    expect(await fingerprintOf(change, environment)).not.toBe(await fingerprintOf({}));
  });

  it("does not let a part run into the next one", async () => {
    expect(await fingerprintOf({ op: "db", transaction: "GET :/a" })).not.toBe(
      await fingerprintOf({ op: "db:GET ", transaction: "/a" }),
    );
  });

  const name = fc.oneof(
    fc.string({ maxLength: 60 }),
    fc.string({ unit: "grapheme", maxLength: 40 }),
    fc.stringMatching(/^(GET|POST) (\/[a-z_-]{1,9}|\/\?){1,5}$/),
    fc.stringMatching(/^SELECT [a-z_]{1,12} FROM [a-z_]{1,12} WHERE [a-z_]{1,9} = \?$/),
    fc.constant(`SELECT ${"column, ".repeat(80)}`),
  );
  const keys = fc.record({ op: fc.constantFrom("db", "http.server"), transaction: name, description: name });

  it("never is one for two different names, however long and alike they are", async () => {
    await fc.assert(
      fc.asyncProperty(keys, keys, fc.string({ maxLength: 3 }), async (one, other, end) => {
        const alike = { ...one, description: `${one.description}${end}` };
        for (const two of [other, alike]) {
          const isSame = JSON.stringify(readSpanKey(one)) === JSON.stringify(readSpanKey(two));
          const prints = [await composeFingerprint(one, "production"), await composeFingerprint(two, "production")];
          expect(prints[0] === prints[1]).toBe(isSame);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it("stands in the identity with its environment", () => {
    expect(composeIdentity("ab12", "production")).toBe("sentry-performance:ab12:production");
  });
});

describe("the name of a span", () => {
  it.each([
    ["SELECT * FROM users WHERE id = 42", "SELECT * FROM users WHERE id = ?"],
    [
      "SELECT * FROM users WHERE name = 'O''Brien' AND note = 'a \\' b'",
      "SELECT * FROM users WHERE name = ? AND note = ?",
    ],
    [
      'SELECT "User"."id" FROM "User" WHERE "User"."email" = $1',
      'SELECT "User"."id" FROM "User" WHERE "User"."email" = ?',
    ],
    ['SELECT name FROM users WHERE name = "Ada Lovelace"', "SELECT name FROM users WHERE name = ?"],
    ['… WHERE "a"."userId" = "b"."id"', '… WHERE "a"."userId" = "b"."id"'],
    ["… WHERE id IN (1, 2, 3) LIMIT 50 OFFSET 100", "… WHERE id IN (?) LIMIT ? OFFSET ?"],
    ["… WHERE id IN ($1, $2) AND x = %s", "… WHERE id IN (?) AND x = ?"],
    ["INSERT INTO t (a, b) VALUES (1, 'x'), (2, 'y')", "INSERT INTO t (a, b) VALUES (?)"],
    ["SELECT 1 /* traceparent='00-abc' */", "SELECT ?"],
    ["GET /orders/8f14e45f-ceea-467f-a9f3-2b4c5d6e7f80/items", "GET /orders/?/items"],
    ["GET /orders/10042", "GET /orders/?"],
    ["GET /v1/orders/:id", "GET /v1/orders/:id"],
    [
      "GET https://api.example.com/v2/users?email=ada%40example.com&token=abc#top",
      "GET https://api.example.com/v2/users",
    ],
    ["GET /blob/3f2a9c1e77aa4b5c9d0e1f2a3b4c5d6e", "GET /blob/?"],
    ["GET /t/eyJhbGciOiJIUzI1NiJ9-Zx81QmLp", "GET /t/?"],
    ["GET user_10042 session-77123", "GET user_? session-?"],
    ["mailto ada@example.com", "mailto [redacted:email]"],
    ["oauth2 utf8 sha256 b2b feedback deadbeef", "oauth2 utf8 sha256 b2b feedback deadbeef"],
    ["SELECT -1.5e3, 0x1f2e3d4c", "SELECT ?"],
    ["connect 10.0.12.7:5432 in 1.2.3", "connect ?:? in ?"],
    ["  a \n\t b  ", "a b"],
  ])("%s", (text, expected) => expect(readSpanName(text)).toBe(expected));

  it("is not cut, whatever its length", () => {
    const long = `SELECT ${"a_column, ".repeat(2_000)}last`;
    expect(readSpanName(long)).toHaveLength(long.length);
  });

  const shapes: ((id: string) => string)[] = [
    (id) => `GET /orders/${id}/items`,
    (id) => `SELECT * FROM orders WHERE id = '${id}'`,
    (id) => `SELECT * FROM orders WHERE id IN ('${id}', '${id}')`,
    (id) => `GET https://api.example.com/orders?id=${id}&x=1`,
    (id) => `cache.get order:${id}`,
    (id) => `job ${id} done`,
  ];
  const ids = fc.oneof(
    fc.uuid(),
    fc.integer({ min: 1_000, max: 2 ** 40 }).map(String),
    fc.stringMatching(/^[0-9a-f]{23}[0-9]$/),
  );

  it("shows no id, and is the same for every id", () => {
    fc.assert(
      fc.property(ids, ids, fc.constantFrom(...shapes), (one, other, shape) => {
        expect(readSpanName(shape(one))).not.toContain(one);
        expect(readSpanName(shape(one))).toBe(readSpanName(shape(other)));
      }),
      { numRuns: 2_000 },
    );
  });

  it("read twice is what it was", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.string({ unit: "grapheme" }), ids),
        fc.constantFrom(...shapes),
        (text, shape) => {
          const once = readSpanName(shape(text));
          expect(readSpanName(once)).toBe(once);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it("takes time in proportion to its length, whatever it holds", () => {
    const evil = [
      "'".repeat(50_000),
      '"'.repeat(50_000),
      "/*".repeat(50_000),
      "a0".repeat(50_000),
      "(?,".repeat(30_000),
      "aA-0".repeat(20_000),
      "?a=".repeat(30_000),
      "x1_".repeat(30_000),
    ];
    for (const text of evil) {
      const from = performance.now();
      readSpanName(text);
      expect(performance.now() - from).toBeLessThan(3_000);
    }
  });
});
