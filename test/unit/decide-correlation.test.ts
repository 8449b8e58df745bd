import { describe, expect, it } from "vitest";
import { decideBreaker } from "../../lib/incidents/decide-breaker.ts";
import { type Candidate, decideCorrelation } from "../../lib/incidents/decide-correlation.ts";
import { readDependency, readSignature, type Signature } from "../../lib/incidents/read-signature.ts";

const EMPTY: Signature = { errorType: null, crashFrame: null, dependency: null, service: null, release: null };
const AT = "2026-11-20T12:00:00.000Z";
const POLICY = { togetherMinutes: 15 };
const own = (signature: Partial<Signature>, firstSeenAt = AT) => ({
  id: "inc_own",
  signature: { ...EMPTY, ...signature },
  firstSeenAt,
});
const other = (signature: Partial<Signature>, firstSeenAt = AT): Candidate => ({
  id: "inc_other",
  number: 1,
  signature: { ...EMPTY, ...signature },
  firstSeenAt,
});

describe("decideCorrelation", () => {
  it.each<[string, Partial<Signature>, Partial<Signature>, string]>([
    [
      "the same error in the same place",
      { errorType: "TypeError", crashFrame: "a.js#f" },
      { errorType: "TypeError", crashFrame: "a.js#f" },
      "joins",
    ],
    [
      "another error in the same place",
      { errorType: "RangeError", crashFrame: "a.js#f" },
      { errorType: "TypeError", crashFrame: "a.js#f" },
      "alone",
    ],
    [
      "the same error in another place",
      { errorType: "TypeError", crashFrame: "a.js#f" },
      { errorType: "TypeError", crashFrame: "b.js#f" },
      "alone",
    ],
    ["two that nothing is known of", {}, {}, "alone"],
    ["the same thing that does not answer", { dependency: "db:5432" }, { dependency: "db:5432" }, "joins"],
    ["two things that do not answer", { dependency: "db:5432" }, { dependency: "cache:6379" }, "alone"],
    [
      "a caller of the one that fails",
      { service: "web", dependency: "shop.internal:80" },
      { service: "shop" },
      "joins",
    ],
    ["the one that its callers complain of", { service: "shop" }, { service: "web", dependency: "shop" }, "explains"],
    [
      "a host whose name only begins alike",
      { service: "web", dependency: "shopping.internal" },
      { service: "shop" },
      "alone",
    ],
    ["the same release and nothing else", { release: "r1" }, { release: "r1" }, "alone"],
  ])("%s", (_name, mine, theirs, expected) => {
    expect(decideCorrelation(own(mine), [other(theirs)], POLICY).type).toBe(expected);
  });

  it("does not melt a new problem into an older one that looks the same", () => {
    const same = { errorType: "TypeError", crashFrame: "a.js#f" };
    expect(decideCorrelation(own(same), [other(same, "2026-11-20T11:45:00.000Z")], POLICY).type).toBe("joins");
    expect(decideCorrelation(own(same), [other(same, "2026-11-20T11:44:59.000Z")], POLICY).type).toBe("alone");
  });

  it("is no symptom of itself", () => {
    const same = { errorType: "TypeError", crashFrame: "a.js#f" };
    expect(decideCorrelation(own(same), [{ ...other(same), id: "inc_own" }], POLICY).type).toBe("alone");
  });
});

describe("readDependency", () => {
  it.each([
    ["connect ECONNREFUSED 10.0.0.5:5432", "10.0.0.5:5432"],
    ["getaddrinfo ENOTFOUND db.internal", "db.internal"],
    ["Can't reach database server at `db.prod`:`5432`", "db.prod:5432"],
    ["HTTPSConnectionPool(host='api.example', port=443): Max retries exceeded", "api.example:443"],
    ["java.net.ConnectException: Connection refused: db.prod/10.0.0.1:3306", "db.prod:3306"],
    ["POST http://shop.internal/checkout responded 502 Bad Gateway", "shop.internal"],
    ["Timed out fetching a new connection from the connection pool", "a connection pool"],
    ["FATAL: sorry, too many clients already", "a connection pool"],
    ["Cannot read properties of null (reading 'percent')", null],
    ["see https://docs.example/errors for help", null],
    ["Invalid URL: https://a.example", null],
  ])("%s → %s", (text, expected) => {
    expect(readDependency(text)).toBe(expected);
  });

  it("stays quick on hostile text", () => {
    const hostile = `ECONNREFUSED ${"a.".repeat(100_000)}${"https://".repeat(50_000)}`;
    expect(typeof readDependency(hostile)).not.toBe("undefined");
  });
});

describe("readSignature", () => {
  it("takes the innermost frame of the application's own, and the service by its tag", () => {
    const frame = (filename: string, inApp: boolean) => ({
      filename,
      absPath: null,
      module: null,
      function: "f",
      line: 1,
      column: 1,
      inApp,
      contextLine: null,
    });
    const event = {
      eventId: null,
      occurredAt: null,
      platform: "node",
      errorType: "TypeError",
      errorMessage: "x",
      handled: false,
      frames: [frame("a.js", true), frame("node_modules/x.js", false)],
      tags: { service: "Shop" },
      requestMethod: null,
      requestUrl: null,
    };
    expect(readSignature({ title: "t", event, release: "r" })).toEqual({
      errorType: "TypeError",
      crashFrame: "a.js#f",
      dependency: null,
      service: "shop",
      release: "r",
    });
  });
});

describe("decideBreaker", () => {
  const policy = { breakerIncidents: 10, breakerMinutes: 10 };
  it.each([
    [10, false, "keep"],
    [11, false, "open"],
    [11, true, "keep"],
    [6, true, "keep"],
    [5, true, "close"],
    [0, false, "keep"],
  ])("%d new incidents, open: %s → %s", (newIncidents, isOpen, expected) => {
    expect(decideBreaker({ newIncidents, isOpen }, policy).type).toBe(expected);
  });
});
