import { describe, expect, it } from "vitest";
import type { Frame } from "../../lib/intake/model.ts";
import { decideRelated, decideSearchWord, decideTags } from "../../lib/investigate/decide-search.ts";
import { findLine, rankPlaces } from "../../lib/investigate/rank-places.ts";

const FILES = ["src/cart.ts", "src/server.ts", "src/a/index.ts", "src/b/index.ts", "test/cart.test.ts", "src/old.jsx"];
const frame = (filename: string, line: number | null, more: Partial<Frame> = {}): Frame => ({
  filename,
  absPath: null,
  module: null,
  function: "total",
  line,
  column: 3,
  inApp: true,
  contextLine: null,
  ...more,
});

describe("the lines that were running", () => {
  it("are those of the repository, the crash first", () => {
    const places = rankPlaces(
      [
        frame("/var/task/src/server.ts", 40, { function: "handle" }),
        frame("/var/task/src/cart.ts", 12, { contextLine: " x" }),
      ],
      FILES,
    );
    expect(places).toEqual([
      { path: "src/cart.ts", line: 12, depth: 0, function: "total", text: " x" },
      { path: "src/server.ts", line: 40, depth: 1, function: "handle", text: null },
    ]);
  });

  it.each([
    ["compiled output", frame("/app/dist/cart.js", 12)],
    ["a bundle", frame("/_next/static/chunks/cart-0a1b2c3d4e5f6a7b.js", 1, { column: 4_000 })],
    ["a name that fits several files", frame("index.ts", 2)],
    ["a frame without a line", frame("src/cart.ts", null)],
    ["a dependency", frame("/app/node_modules/x/src/cart.ts", 2, { inApp: false })],
    ["a test", frame("test/cart.test.ts", 2)],
    ["a file that is not there", frame("src/gone.ts", 2)],
  ])("are not read from %s", (_, one) => {
    expect(rankPlaces([one], FILES)).toEqual([]);
  });
});

describe("a line in the text of its file", () => {
  const TEXT = "one\n  two\nthree three three three three\ntwo again\n";
  it.each<[string, { line: number; text: string | null }, number | null]>([
    ["is there as it was seen", { line: 2, text: "two" }, 2],
    ["is there where nobody saw it", { line: 2, text: null }, 2],
    ["is not beyond the end", { line: 99, text: null }, null],
    ["is found where it went", { line: 1, text: "two again" }, 4],
    ["is known though the reporter cut it", { line: 3, text: "...hree three three three three" }, 3],
    ["is not another one", { line: 1, text: "four" }, null],
  ])("%s", (_, place, expected) => {
    expect(findLine(TEXT, place)).toBe(expected);
  });

  it("is not guessed between two that are the same", () => {
    expect(findLine("a\nx\nb\nx\n", { line: 1, text: "x" })).toBeNull();
  });
});

describe("what is asked for beside", () => {
  const place = (name: string | null, path = "src/cart.ts") => ({
    path,
    line: 1,
    depth: 0,
    function: name,
    text: null,
  });

  it("related issues are looked for by the function that crashed, else by its file, else not", () => {
    expect(decideSearchWord([place("Cart.applyDiscount")], null)).toBe("applyDiscount");
    expect(decideSearchWord([place("handler"), place("priceCart")], null)).toBe("priceCart");
    expect(decideSearchWord([place("<anonymous>", "src/pricing.ts")], null)).toBe("pricing.ts");
    expect(decideSearchWord([], "src/checkout.ts")).toBe("checkout.ts");
    expect(decideSearchWord([place(null, "src/index.ts")], "src/index.ts")).toBeNull();
    expect(decideSearchWord([], null)).toBeNull();
  });

  it("the incident's own issue is none of the related ones, and the latest come first", () => {
    const one = (number: number, updatedAt: string) => ({
      kind: "issue" as const,
      number,
      title: "t",
      url: "u",
      updatedAt,
    });
    const found = [one(1, "2026-01-01"), one(2, "2026-03-01"), one(3, "2026-02-01")];
    expect(decideRelated(found, 3).map(({ number }) => number)).toEqual([2, 1]);
  });

  it("the tags asked for are those that the event has, at most four", () => {
    expect(
      decideTags({ transaction: "GET /", url: "/", browser: "Chrome 1", "browser.name": "Chrome", level: "error" }),
    ).toEqual(["transaction", "browser.name"]);
    expect(
      decideTags(
        Object.fromEntries(["url", "region", "release", "server_name", "os.name", "browser"].map((k) => [k, "v"])),
      ),
    ).toHaveLength(4);
    expect(decideTags({})).toEqual([]);
  });
});
