import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decideWindow } from "../../lib/investigate/decide-window.ts";
import type { BlamedLine } from "../../lib/investigate/ports.ts";
import { type ChangeFacts, rankChanges } from "../../lib/investigate/rank-changes.ts";

const BEGAN = "2026-03-01T12:00:00.000Z";
const sha = (name: string) => name.repeat(40).slice(0, 40);
const ago = (days: number) => new Date(Date.parse(BEGAN) - days * 86_400_000).toISOString();

const commit = (name: string, days = 1, files = ["src/cart.js"]) => ({
  sha: sha(name),
  date: ago(days),
  author: "ann",
  message: `change ${name}`,
  files,
});
const touched = (name: string, score = 0.5) => ({ sha: sha(name), score, reasons: ["changed src/cart.js"] });
const blamed = (name: string, depth = 0, days = 1): BlamedLine & { depth: number } => ({
  path: "src/cart.js",
  line: 2,
  depth,
  sha: sha(name),
  date: ago(days),
  author: "ann",
  message: `change ${name}`,
});
const windowOf = (names: string[], more: object = {}) => ({
  goodSha: sha("8"),
  badSha: sha("9"),
  shas: names.map(sha),
  total: names.length,
  lagMinutes: 2,
  ...more,
});

const baseline: ChangeFacts = {
  beganAt: BEGAN,
  suspects: [{ path: "src/cart.js", score: 0.9, reasons: [] }],
  ranked: [touched("a")],
  recent: [commit("a"), commit("b", 3, ["README.md"])],
  blamed: [blamed("a")],
  window: windowOf(["a"]),
  released: null,
};
const rank = (changes: Partial<ChangeFacts>) => rankChanges({ ...baseline, ...changes });

describe("the change that brought an error", () => {
  it("is likely the one that wrote the crash line and came in with the failing deployment, with reasons", () => {
    const { commits, verdict } = rankChanges(baseline);
    expect(verdict).toEqual({ sha: sha("a"), certainty: "likely" });
    expect(commits[0]?.reasons).toEqual([
      "last changed line 2 of src/cart.js, where it crashed",
      "the only commit between the last good deployment (8888888) and the first bad one (9999999)",
    ]);
  });

  it.each<[string, Partial<ChangeFacts>, ReturnType<typeof rankChanges>["verdict"]]>([
    ["no deployment known, fresh crash line", { window: null }, { sha: sha("a"), certainty: "likely" }],
    [
      "no deployment known, a caller's line",
      { window: null, blamed: [blamed("a", 1)] },
      { sha: sha("a"), certainty: "possible" },
    ],
    [
      "no deployment known, crash line of last month",
      { window: null, recent: [], blamed: [blamed("a", 0, 30)] },
      { sha: sha("a"), certainty: "possible" },
    ],
    [
      "no deployment known, crash line of two years ago",
      { window: null, recent: [], ranked: [], blamed: [blamed("a", 0, 800)] },
      { unknown: "no line of the stack and no deployment points at a commit" },
    ],
    [
      "only files point at it",
      { window: null, blamed: [] },
      { unknown: "no line of the stack and no deployment points at a commit" },
    ],
    [
      "it began days after the deployment",
      { window: windowOf(["a"], { lagMinutes: 5_000 }) },
      { sha: sha("a"), certainty: "possible" },
    ],
    [
      "the deployment brought another commit, elsewhere",
      { window: windowOf(["b"]) },
      { sha: sha("b"), certainty: "possible" },
    ],
    [
      "the deployment's commits are not among those known",
      { window: windowOf(["c", "d"]) },
      { unknown: "none of the 2 commits of the failing deployment touches what crashed" },
    ],
    [
      "the same commit was deployed again",
      { window: windowOf([]) },
      { unknown: "the failing deployment holds no commit that the one before it lacks" },
    ],
    [
      "nothing is known",
      { window: null, blamed: [], ranked: [], recent: [] },
      { unknown: "no line of the stack and no deployment points at a commit" },
    ],
  ])("%s", (_, changes, verdict) => {
    expect(rank(changes).verdict).toEqual(verdict);
  });

  it("of several in one deployment is the one that touches the crash", () => {
    const { commits, verdict } = rank({ window: windowOf(["b", "a"]) });
    expect(verdict).toEqual({ sha: sha("a"), certainty: "likely" });
    expect(commits.map((one) => one.sha)).toEqual([sha("a"), sha("b")]);
    expect(commits[1]?.score).toBeLessThan((commits[0]?.score ?? 0) / 2);
  });

  it("is none that was made after the error began, unless production ran it", () => {
    const later = { ...commit("a"), date: ago(-1) };
    expect(rank({ window: null, recent: [later], blamed: [] }).commits).toEqual([]);
    expect(rank({ recent: [later], blamed: [] }).commits).toHaveLength(1);
  });

  it("is hardly one that production ran before the error began", () => {
    const facts = { recent: [commit("a"), commit("b")], ranked: [touched("a"), touched("b")], blamed: [blamed("b")] };
    const [first, second] = rank(facts).commits;
    expect(first?.sha).toBe(sha("a"));
    expect(second?.reasons.at(-1)).toBe("ran in production before the error began");
  });

  it("the error source's own word on a release counts, and is said", () => {
    const released = { version: "shop@2.0", shas: [sha("a")] };
    const [withIt] = rank({ window: null, released }).commits;
    const [without] = rank({ window: null }).commits;
    expect(withIt?.score).toBeGreaterThan(without?.score ?? 1);
    expect(withIt?.reasons).toContain("part of release shop@2.0");
  });

  it("more evidence never lowers a score, and scores stay in 0..1", () => {
    const names = fc.subarray(["a", "b", "c"]);
    fc.assert(
      fc.property(names, names, names, fc.integer({ min: 0, max: 900 }), (blames, inWindow, ranked, days) => {
        const facts = {
          recent: ["a", "b", "c"].map((name) => commit(name, days)),
          ranked: ranked.map((name) => touched(name)),
          blamed: blames.map((name) => blamed(name, 0, days)),
          window: null,
        };
        const before = new Map(rank(facts).commits.map((one) => [one.sha, one.score]));
        const after = rank({ ...facts, window: windowOf(inWindow, { total: 99 }) }).commits;
        for (const one of after) {
          expect(one.score).toBeGreaterThan(0);
          expect(one.score).toBeLessThan(1);
          expect(one.score).toBeGreaterThanOrEqual(before.get(one.sha) ?? 0);
        }
      }),
    );
  });
});

describe("the deployments around the beginning", () => {
  const deployment = (id: string, minutes: number, name: string | null) => ({
    deploymentId: id,
    sha: name === null ? null : sha(name),
    url: `https://${id}.example`,
    readyAt: new Date(Date.parse(BEGAN) + minutes * 60_000).toISOString(),
  });
  const decide = (...deployments: ReturnType<typeof deployment>[]) => decideWindow({ deployments, beganAt: BEGAN });

  it("are the one that served then, and the one before it with other code", () => {
    const window = decide(
      deployment("later", 5, "d"),
      deployment("bad", -3, "c"),
      deployment("again", -10, "c"),
      deployment("unknown", -20, null),
      deployment("good", -60, "b"),
      deployment("older", -90, "a"),
    );
    expect(window).toMatchObject({ bad: { deploymentId: "bad" }, good: { deploymentId: "good" }, lagMinutes: 3 });
  });

  it("allow for clocks that differ by a minute", () => {
    expect(decide(deployment("bad", 1, "b"), deployment("good", -60, "a"))).toMatchObject({
      bad: { deploymentId: "bad" },
      lagMinutes: 0,
    });
    expect(decide(deployment("bad", 1.1, "b"), deployment("good", -60, "a"))).toHaveProperty("unknown");
  });

  it("are unknown where there is none, or none before", () => {
    expect(decide()).toEqual({ unknown: "no production deployment from before it began is known" });
    expect(decide(deployment("bad", -1, "a"))).toEqual({ unknown: "no deployment before the failing one is known" });
  });
});
