import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GIT_ENV } from "../../demo/github/git.ts";
import { type DiffFile, diffFiles, placeInPatch } from "../../demo/github/git-diff.ts";
import { initBare } from "../../demo/github/git-write.ts";
import { placeComment } from "../../demo/github/review-comments.ts";
import { composeSuggestion } from "../../lib/review/compose-finding.ts";
import { decidePlace, type PlacedWords } from "../../lib/review/decide-place.ts";
import { decideSuggestion } from "../../lib/review/decide-suggestion.ts";
import type { Place, Side } from "../../lib/review/model.ts";
import { commentableLines, type PatchHunk, readPatch } from "../../lib/review/read-patch.ts";

/** Diffs are made by git itself, and the demo's GitHub says whether a comment may stand where we put it. */

const dir = join(mkdtempSync(join(tmpdir(), "patchpilot-lines-")), "repo.git");
beforeAll(() => initBare(dir, "main"));
afterAll(() => rmSync(join(dir, ".."), { recursive: true, force: true }));

const LINES = [
  "",
  "}",
  "  return null;",
  "\tif (index <= items.length) {",
  "const total = items.reduce((sum, item) => sum + item.price, 0);",
  "  // 日本語 👩‍🚀 naïve café",
  "a line with a\u2028separator and\u00a0blanks  ",
  "zero\u200bwidth and \u202eturned",
  "@@ -1,3 +1,4 @@ no header",
  "+++ b/none",
  "--- a/none",
  "-deleted?",
  "+added?",
  " leading blank",
  "\\ No newline at end of file",
  "diff --git a/x b/x",
  "x".repeat(700),
  'const key = "AKIAIOSFODNN7EXAMPLE";',
  "L1 R1   | looks like a margin",
  "`` ```` backticks",
];

interface Text {
  lines: string[];
  end: "\n" | "\r\n";
  hasLastEnd: boolean;
}

const line = fc.oneof(
  fc.constantFrom(...LINES),
  fc.nat(400).map((n) => `  call(${n});`),
);
const edit = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  cut: fc.nat(4),
  put: fc.array(line, { maxLength: 4 }),
});
const change = fc.record({
  kind: fc.constantFrom("modify", "modify", "modify", "modify", "rename", "add", "delete"),
  lines: fc.array(line, { minLength: 1, maxLength: 120, size: "max" }),
  edits: fc.array(edit, { minLength: 1, maxLength: 6 }),
  isCrlf: fc.constantFrom(false, false, false, true),
  lastEnds: fc.tuple(fc.boolean(), fc.boolean()),
  seed: fc.nat(),
});
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

interface Edited {
  path: string;
  before: Text | null;
  beforePath: string;
  after: Text | null;
  seed: number;
}

function applyEdits(lines: readonly string[], edits: Change["edits"]): string[] {
  const out = [...lines];
  for (const { at, cut, put } of edits) out.splice(Math.floor(at * (out.length + 1)), cut, ...put);
  return out;
}

function editOf({ kind, lines, edits, isCrlf, lastEnds, seed }: Change, index: number): Edited {
  const end = isCrlf ? "\r\n" : "\n";
  const before: Text = { lines, end, hasLastEnd: lastEnds[0] };
  const after: Text = { lines: applyEdits(lines, edits), end, hasLastEnd: lastEnds[1] };
  const path = `src/ü ${index}.ts`;
  return {
    path,
    beforePath: kind === "rename" ? `old/${index}.ts` : path,
    before: kind === "add" ? null : before,
    after: kind === "delete" ? null : after,
    seed,
  };
}

const textOf = ({ lines, end, hasLastEnd }: Text) =>
  lines.length === 0 ? "" : lines.join(end) + (hasLastEnd ? end : "");

/** What git counts as lines of a file. */
const linesOf = (text: Text | null) =>
  (text === null ? [] : (textOf(text).match(/[^\n]*\n|[^\n]+$/g) ?? [])).map((one) => one.replace(/\n$/, ""));

function importCommits(trees: Map<string, string>[]): string[] {
  const parts = trees.map((files, index) => {
    const entries = [...files].map(
      ([path, text]) => `M 100644 inline ${path}\ndata ${Buffer.byteLength(text)}\n${text}\n`,
    );
    const ref = `refs/heads/t${index}`;
    return `reset ${ref}\ncommit ${ref}\ncommitter T <t@example.com> 0 +0000\ndata 1\nx\n${entries.join("")}\n`;
  });
  const env = { ...process.env, ...GIT_ENV, GIT_DIR: dir };
  execFileSync("git", ["fast-import", "--quiet", "--force"], { env, input: parts.join("") });
  return execFileSync("git", ["rev-parse", ...trees.map((_, index) => `refs/heads/t${index}`)], {
    env,
    encoding: "utf8",
  })
    .trim()
    .split("\n");
}

interface Case extends Edited {
  file: DiffFile;
  patch: string;
  hunks: PatchHunk[];
}

async function casesOf(changes: readonly Change[]): Promise<Case[]> {
  const edited = changes.map(editOf);
  const base = new Map([["README", "x\n"]]);
  const head = new Map([["README", "x\n"]]);
  for (const { path, beforePath, before, after } of edited) {
    if (before) base.set(beforePath, textOf(before));
    if (after) head.set(path, textOf(after));
  }
  const befores = new Map(edited.map((one) => [one.beforePath, one.before]));
  const [from = "", to = ""] = importCommits([base, head]);
  const files = await diffFiles(dir, from, to);
  return edited.flatMap((one) => {
    const file = files.find(({ filename }) => filename === one.path);
    if (!file?.patch) return [];
    // git decides what a rename is: one that changed too much is none, and a file can come from another's deletion.
    const beforePath = file.previousFilename ?? file.filename;
    const before = file.status === "added" ? null : (befores.get(beforePath) ?? null);
    return [{ ...one, beforePath, before, file, patch: file.patch, hunks: readPatch(file.patch) }];
  });
}

/** Whether the demo's GitHub takes a comment there, by the rules of `POST /pulls/{n}/reviews`. */
function isAccepted(file: DiffFile, { path, side, startLine, line }: Place): boolean {
  const start = startLine === null ? {} : { start_line: startLine, start_side: side };
  return typeof placeComment([file], { path, side, line, ...start, body: "x" }) !== "string";
}

/** Numbers from a seed: fast-check has chosen it, so that a failure can be played again. */
function dice(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * Math.max(1, below));
  };
}

const sideText = (one: Case, side: Side) => linesOf(side === "LEFT" ? one.before : one.after);

function* randomProposals(one: Case, count: number): Generator<PlacedWords> {
  const roll = dice(one.seed);
  for (let index = 0; index < count; index++) {
    const side: Side = roll(3) === 0 ? "LEFT" : "RIGHT";
    const lines = sideText(one, side);
    const startLine = 1 + roll(lines.length + 4);
    const endLine = Math.max(1, startLine + roll(9) - 1);
    const quoted = [lines[endLine - 1], lines[roll(lines.length)], LINES[roll(LINES.length)], "not there at all"];
    yield { path: one.path, side, startLine, endLine, quote: quoted[roll(quoted.length)] ?? "" };
  }
}

const RUNS = 22;
const FILES = 100;
const batch = fc.array(change, { minLength: FILES, maxLength: FILES });

/** One set of diffs for all properties: making them is what takes time. */
const batches = fc.sample(batch, { numRuns: RUNS, seed: 7 });
const cases: Case[] = [];
beforeAll(async () => {
  for (const changes of batches) cases.push(...(await casesOf(changes)));
}, 120_000);

describe("2,000 random edits, as git shows them", () => {
  test("there are as many, and every kind is among them", () => {
    expect(cases.length).toBeGreaterThan(1_900);
    const edits = batches.flat().reduce((sum, one) => sum + one.edits.length, 0);
    expect(edits).toBeGreaterThan(2_000);
    for (const kind of ["added", "removed", "renamed"]) {
      const isKind = (one: Case) =>
        kind === "added" ? !one.before : kind === "removed" ? !one.after : one.before && one.beforePath !== one.path;
      expect(cases.filter(isKind).length, kind).toBeGreaterThan(20);
    }
    expect(cases.filter((one) => one.hunks.length > 1).length).toBeGreaterThan(300);
    expect(cases.filter((one) => one.patch.includes("\\ No newline")).length).toBeGreaterThan(300);
    expect(cases.filter((one) => one.patch.includes("\r")).length).toBeGreaterThan(200);
  });

  test("a line may be commented on exactly where GitHub says so, and reads as the file does", () => {
    const wrong: string[] = [];
    for (const one of cases) {
      for (const side of ["LEFT", "RIGHT"] as const) {
        const lines = sideText(one, side);
        const ours = new Set(commentableLines(one.hunks, side));
        for (let number = 0; number <= lines.length + 3; number++)
          if (ours.has(number) !== (placeInPatch(one.patch, number, side) !== null))
            wrong.push(`${one.path} ${side} ${number}`);
        for (const { left, right, text } of one.hunks.flatMap((hunk) => hunk.lines)) {
          const number = side === "LEFT" ? left : right;
          if (number !== null && text !== lines[number - 1]) wrong.push(`${one.path} ${side} ${number} ${text}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  test("every comment lands where GitHub takes it, and what is dropped has its reason", () => {
    const seen = { placed: 0, dropped: 0, moved: 0 };
    for (const one of cases) {
      const files = new Map([[one.path, one.hunks]]);
      for (const proposed of randomProposals(one, 12)) {
        const placing = decidePlace(proposed, files);
        if (placing.type === "dropped") {
          seen.dropped += 1;
          expect(placing.reason).toMatch(/\w/);
          continue;
        }
        const { place, anchor } = placing;
        seen.placed += 1;
        if (place.line !== proposed.endLine) seen.moved += 1;
        expect(isAccepted(one.file, place), JSON.stringify({ place, patch: one.patch })).toBe(true);
        const range = sideText(one, place.side).slice((place.startLine ?? place.line) - 1, place.line);
        expect(anchor).toBe(range.map((text) => text.replace(/\r$/, "")).join("\n"));
      }
    }
    expect(Math.min(seen.placed, seen.dropped)).toBeGreaterThan(4_000);
    expect(seen.moved).toBeGreaterThan(500);
  });

  test("every line that GitHub takes can be commented on, alone and as a range, where it was meant", () => {
    const wrong: unknown[] = [];
    for (const one of cases) {
      const { path } = one;
      const files = new Map([[path, one.hunks]]);
      for (const side of ["LEFT", "RIGHT"] as const) {
        const lines = sideText(one, side);
        for (const endLine of commentableLines(one.hunks, side)) {
          const quote = lines[endLine - 1]?.slice(0, 2_000) ?? "";
          const startLine = Math.max(1, endLine - 2);
          const isWhole = isAccepted(one.file, { path, side, startLine, line: endLine });
          const alone = decidePlace({ path, side, startLine: endLine, endLine, quote }, files);
          const range = decidePlace({ path, side, startLine, endLine, quote }, files);
          const places = [alone, range].map((placing) => (placing.type === "placed" ? placing.place : placing.reason));
          const wanted = [null, isWhole ? startLine : null].map((start) => ({
            path,
            side,
            startLine: start,
            line: endLine,
          }));
          if (!isDeepStrictEqual(places, wanted)) wrong.push({ places, wanted });
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  test("a suggestion that is kept, applied as GitHub does, gives the text that was meant", () => {
    let kept = 0;
    for (const one of cases) {
      const head = linesOf(one.after);
      const files = new Map([[one.path, one.hunks]]);
      const roll = dice(one.seed + 1);
      const numbers = commentableLines(one.hunks, "RIGHT");
      for (let index = 0; index < 6 && numbers.length > 0; index++) {
        const endLine = numbers[roll(numbers.length)] ?? 1;
        const startLine = Math.max(1, endLine - roll(4));
        const wanted = Array.from({ length: roll(4) }, () => LINES[roll(LINES.length)] ?? "");
        const placing = decidePlace(
          { path: one.path, side: "RIGHT", startLine, endLine, quote: head[endLine - 1] ?? "" },
          files,
        );
        if (placing.type === "dropped") throw new Error(placing.reason);
        const decision = decideSuggestion(wanted.join("\n"), placing);
        if (decision.type === "dropped") {
          expect(decision.reason).toMatch(/\w/);
          continue;
        }
        kept += 1;
        const applied = applySuggestion(head, placing.place, composeSuggestion(decision.text));
        const meant = wanted.join("\n").replace(/\n$/, "");
        expect(applied.join("\n")).toBe(
          [...head.slice(0, startLine - 1), ...(meant === "" ? [] : meant.split("\n")), ...head.slice(endLine)].join(
            "\n",
          ),
        );
      }
    }
    expect(kept).toBeGreaterThan(2_000);
  });
});

/** GitHub's reading of a suggestion block: the content of the first fenced block of that name replaces the range. */
function applySuggestion(head: readonly string[], { startLine, line }: Place, block: string): string[] {
  const lines = block.split("\n");
  const fence = /^`{3,}(?=suggestion$)/.exec(lines[0] ?? "")?.[0] ?? "";
  const end = lines.findIndex((text, index) => index > 0 && new RegExp(`^\`{${fence.length},}\\s*$`).test(text));
  return [...head.slice(0, (startLine ?? line) - 1), ...lines.slice(1, end), ...head.slice(line)];
}
