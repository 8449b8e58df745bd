import { execFileSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { applyPatch } from "../../lib/repair/apply-patch.ts";
import type { FileChange } from "../../lib/repair/diff-model.ts";
import { readDiff } from "../../lib/repair/read-diff.ts";

const root = mkdtempSync(join(tmpdir(), "patchpilot-diff-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function git(cwd: string, args: string[], input?: string): string {
  const env = { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" };
  const stdio: ["pipe", "pipe", "pipe"] = ["pipe", "pipe", "pipe"];
  return execFileSync("git", args, {
    cwd,
    env,
    stdio,
    encoding: "utf8",
    maxBuffer: 1 << 26,
    ...(input === undefined ? {} : { input }),
  });
}

function makeRepo(name: string, files: Record<string, string>): string {
  const repo = join(root, name);
  mkdirSync(repo, { recursive: true });
  git(repo, ["init", "-q", "-b", "main"]);
  for (const [key, value] of [
    ["user.name", "T"],
    ["user.email", "t@example.com"],
    ["core.autocrlf", "false"],
    ["commit.gpgsign", "false"],
  ]) {
    git(repo, ["config", key ?? "", value ?? ""]);
  }
  for (const [path, content] of Object.entries(files)) write(repo, path, content);
  git(repo, ["add", "-A"]);
  git(repo, ["commit", "-q", "--allow-empty", "-m", "base"]);
  return repo;
}

function write(repo: string, path: string, content: string): void {
  mkdirSync(dirname(join(repo, path)), { recursive: true });
  writeFileSync(join(repo, path), content);
}

function filesOf(text: string): FileChange[] {
  const reading = readDiff(text);
  if (!reading.ok) throw new Error(`${reading.reason}\n${text}`);
  return reading.files;
}

/** The tree after the diff, as our own reading and applying makes it. */
function applyAll(text: string, base: Map<string, string>): Map<string, string> {
  const tree = new Map(base);
  for (const file of filesOf(text)) {
    const result = applyPatch(file, file.oldPath === null ? null : (base.get(file.oldPath) ?? null));
    if (!result.ok) throw new Error(`${result.reason}\n${text}`);
    if (file.oldPath !== null && (file.kind === "deleted" || file.kind === "renamed")) tree.delete(file.oldPath);
    if (file.newPath !== null && result.after !== null) tree.set(file.newPath, result.after);
  }
  return tree;
}

function treeOf(repo: string): Map<string, string> {
  const names = git(repo, ["ls-files", "-z", "--cached", "--others"])
    .split("\0")
    .filter((name) => name !== "");
  const tree = new Map<string, string>();
  for (const name of names) {
    try {
      tree.set(name, readFileSync(join(repo, name), "utf8"));
    } catch {
      // a file that the edit deleted is still in git's index
    }
  }
  return tree;
}

const NAMES = [
  "a.txt",
  "src/deep/b.ts",
  "with space.md",
  "ünï/çödé.py",
  "日本.txt",
  'quo"te.txt',
  "tab\there.txt",
  "back\\slash.txt",
  "b/b b/b",
  " lead.txt",
  "trail ",
  "emoji😀.js",
  "new\nline.txt",
  "-- ",
  "+++ x",
];
const lineText = fc.oneof(
  fc.constantFrom(
    "",
    "{",
    "}",
    "return x;",
    "-- ",
    "--- a/x",
    "+++ b/x",
    "@@ -1 +1 @@",
    "diff --git a/x b/x",
    "\\ No newline at end of file",
    "\ttab",
    "ünï😀",
    "\u2028sep",
    "\ufeffbom",
  ),
  fc.string({ maxLength: 12 }).map((text) => text.replace(/[\0\n\r]/g, "")),
);
const content = fc
  .record({
    lines: fc.array(lineText, { maxLength: 30 }),
    eol: fc.constantFrom("\n", "\n", "\r\n"),
    ends: fc.boolean(),
    lone: fc.boolean(),
  })
  .map(({ lines, eol, ends, lone }) => lines.join(eol) + (ends && lines.length > 0 ? eol : "") + (lone ? "x\ry" : ""));
const edit = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("lines" as const),
      at: fc.nat(40),
      drop: fc.nat(4),
      put: fc.array(lineText, { maxLength: 4 }),
      eol: fc.constantFrom("\n", "\r\n"),
    }),
  },
  fc.record({ do: fc.constant("delete" as const) }),
  fc.record({ do: fc.constant("rename" as const), to: fc.constantFrom("moved.txt", "dir x/mövèd.ts", "z/z z") }),
  fc.record({ do: fc.constant("replace" as const), content }),
  fc.record({ do: fc.constant("newline" as const) }),
  fc.record({ do: fc.constant("mode" as const) }),
);

type Edit = typeof edit extends fc.Arbitrary<infer T> ? T : never;

function editFile(repo: string, path: string, change: Edit, index: number): void {
  const full = join(repo, path);
  const old = readFileSync(full, "utf8");
  if (change.do === "delete") rmSync(full);
  if (change.do === "mode") chmodSync(full, 0o755);
  if (change.do === "replace") writeFileSync(full, change.content);
  if (change.do === "newline") writeFileSync(full, old.endsWith("\n") ? old.slice(0, -1) : `${old}\n`);
  if (change.do === "lines") {
    const lines = old.split("\n");
    const put = change.put.map((line) => (change.eol === "\r\n" ? `${line}\r` : line));
    writeFileSync(full, lines.toSpliced(change.at % (lines.length + 1), change.drop, ...put).join("\n"));
  }
  if (change.do === "rename") {
    const to = join(repo, `${index}${change.to}`);
    mkdirSync(dirname(to), { recursive: true });
    renameSync(full, to);
  }
}

describe("against real git", () => {
  test("450 random edits, read and applied by us, give the very bytes that git has and that git apply makes", () => {
    let edits = 0;
    let round = 0;
    const sample = fc.record({
      files: fc.uniqueArray(fc.tuple(fc.constantFrom(...NAMES), content), {
        selector: ([name]) => name,
        minLength: 10,
        maxLength: 12,
      }),
      edits: fc.array(edit, { minLength: 10, maxLength: 10 }),
      added: fc.array(content, { maxLength: 3 }),
      flags: fc.subarray(["-M", "-C", "--unified=0", "--function-context", "--patience"]),
      quote: fc.boolean(),
    });
    for (const { files, edits: changes, added, flags, quote } of fc.sample(sample, { numRuns: 45, seed: 20240607 })) {
      const repo = makeRepo(`r${round++}`, Object.fromEntries(files));
      const base = treeOf(repo);
      for (const [index, [path]] of files.slice(0, 10).entries()) {
        const change = changes[index];
        if (change) editFile(repo, path, change, index);
        edits++;
      }
      for (const [index, text] of added.entries()) write(repo, `added/${index} ñ.txt`, text);
      git(repo, ["add", "-A"]);
      const text = git(repo, ["-c", `core.quotePath=${quote}`, "diff", "--cached", "--binary", "--text", ...flags]);
      const wanted = treeOf(repo);
      expect(applyAll(text, base)).toEqual(wanted);
      if (text === "" || round % 3 !== 0) continue;
      git(repo, ["stash", "-q"]);
      git(repo, ["apply", "--unidiff-zero", "--whitespace=nowarn", "--index", "-"], text);
      expect(treeOf(repo)).toEqual(wanted);
    }
    expect(edits).toBeGreaterThanOrEqual(400);
  }, 120_000);

  test("format-patch of one commit is read, with its message and signature passed", () => {
    const repo = makeRepo("mail", { "a.js": "1\n2\n" });
    write(repo, "a.js", "1\n3\n");
    git(repo, ["commit", "-qam", "fix: it\n\nBecause\n---\nnot the end"]);
    const mail = git(repo, ["format-patch", "-1", "--stdout"]);
    expect(filesOf(mail).map((file) => [file.newPath, file.addedLines, file.deletedLines])).toEqual([["a.js", 1, 1]]);
    expect(readDiff(mail + mail)).toMatchObject({ ok: false });
  });

  test("links, submodules, modes and binaries are told as what they are", () => {
    const repo = makeRepo("odd", { "run.sh": "echo\n", "img.bin": "\0\x01\x02", "t.txt": "x\n" });
    symlinkSync("/etc/passwd", join(repo, "link"));
    chmodSync(join(repo, "run.sh"), 0o755);
    writeFileSync(join(repo, "img.bin"), Buffer.from([0, 1, 2, 3, 255, 0, 9]));
    git(repo, ["add", "-A"]);
    git(repo, ["update-index", "--add", "--cacheinfo", `160000,${"a".repeat(40)},sub`]);
    for (const flags of [["--binary"], []]) {
      const files = filesOf(git(repo, ["diff", "--cached", ...flags]));
      const told = files.map((file) => [file.newPath, file.kind, file.oldMode, file.newMode, file.binary]);
      expect(told).toEqual([
        ["img.bin", "modified", "100644", "100644", true],
        ["link", "added", null, "120000", false],
        ["run.sh", "modified", "100644", "100755", false],
        ["sub", "added", null, "160000", false],
      ]);
    }
  });
});

const FIX = [
  "diff --git a/a.js b/a.js",
  "index 1111111..2222222 100644",
  "--- a/a.js",
  "+++ b/a.js",
  "@@ -1,2 +1,2 @@",
  " one",
  "-two",
  "+three",
  "",
].join("\n");

describe("refused, with the line", () => {
  const cases: [name: string, text: string, reason: RegExp][] = [
    ["a count too high", FIX.replace("-1,2 +1,2", "-1,3 +1,3"), /ends inside a hunk/],
    ["a count too low", FIX.replace("-1,2 +1,2", "-1,1 +1,2"), /more old lines|neither|after the end/],
    ["headers that disagree", FIX.replace("+++ b/a.js", "+++ b/.env"), /different paths|line 9/],
    ["a diff line that disagrees with both", FIX.replace("a/a.js b/a.js", "a/z.js b/z.js"), /different paths/],
    [
      "two names without a rename",
      FIX.replace("b/a.js\n", "b/b.js\n").replace("+++ b/a.js", "+++ b/b.js"),
      /without a rename|different paths/,
    ],
    ["text before the diff", `hello\n${FIX}`, /line 1: "diff --git" was expected/],
    ["text after a hunk", `${FIX}hello\n`, /after the end of a hunk/],
    [
      "a second, traditional patch after a hunk",
      `${FIX}--- a/.env\n+++ b/.env\n@@ -0,0 +1 @@\n+X=1\n`,
      /after the end of a hunk/,
    ],
    ["no prefixes", FIX.replaceAll("a/a.js", "a.js").replaceAll("b/a.js", "a.js"), /prefix/],
    ["a traditional diff", FIX.split("\n").slice(2).join("\n"), /"diff --git" was expected/],
    ["a combined diff", "diff --cc a.js\nindex 1,2..3\n", /combined/],
    ["combined hunks", FIX.replace("@@ -1,2 +1,2 @@", "@@@ -1,2 -1,2 +1,2 @@@"), /hunk/],
    ["an unknown header", FIX.replace("index 1", "mode 777\nindex 1"), /line 2: a header/],
    ["an odd mode", FIX.replace(" 100644", " 100777"), /file mode 100777/],
    ["half a rename", FIX.replace("index 1", "rename from a.js\nindex 1"), /half of a rename/],
    ["a new file that had a name", FIX.replace("index 1", "new file mode 100644\nindex 1"), /twice|disagree/],
    ["bad quoting", FIX.replace("--- a/a.js", '--- "a/a\\q.js"'), /escape/],
    ["octal bytes that are not UTF-8", FIX.replace("--- a/a.js", '--- "a/\\377.js"'), /not UTF-8/],
    ["a NUL", FIX.replace("three", "th\0ree"), /NUL/],
    ["windows line ends around headers", FIX.replaceAll("\n", "\r\n"), /line end|prefix|header/],
    ["a file twice", FIX + FIX, /written twice/],
    ["overlapping hunks", `${FIX}@@ -2,1 +2,1 @@\n-two\n+four\n`, /overlap/],
    ["a hunk without a change", FIX.replace("-two\n+three", " two"), /changes nothing/],
    ["a header without a change", "diff --git a/a.js b/a.js\nindex 1111111..2222222 100644\n", /no change/],
    ["lines after the file's end", FIX.replace(" one\n", " one\n\\ No newline at end of file\n"), /more old lines/],
    [
      "a commit message with a patch in it",
      `From ${"a".repeat(40)} Mon Sep 17 00:00:00 2001\n\n--- a/x\n${FIX}`,
      /looks like a patch/,
    ],
    [
      "a deleted and rewritten path",
      `diff --git a/a.js b/a.js\ndeleted file mode 100644\nindex 1111111..0000000\n${FIX}`,
      /both removed and written/,
    ],
  ];
  test.each(cases)("%s", (_name, text, reason) => {
    const reading = readDiff(text);
    expect(reading).toMatchObject({ ok: false });
    expect(reading.ok ? "" : reading.reason).toMatch(reason);
  });

  test("any line taken out of a diff is noticed or changes what is read", () => {
    const whole = readDiff(FIX);
    const lines = FIX.split("\n");
    for (let index = 0; index < lines.length - 1; index++) {
      if (lines[index]?.startsWith("index ")) continue;
      expect(readDiff(lines.toSpliced(index, 1).join("\n"))).not.toEqual(whole);
    }
  });

  test("any text at all is answered, never thrown at", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.constantFrom(
              ...FIX.split("\n"),
              "rename from a",
              "GIT binary patch",
              "literal 3",
              "@@ -0,0 +1 @@",
              '--- "a/\\',
            ),
            fc.string(),
          ),
          { maxLength: 20 },
        ),
        (lines) => {
          expect(typeof readDiff(lines.join("\n")).ok).toBe("boolean");
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe("applying is exact", () => {
  const [file] = filesOf(FIX);
  test.each([
    ["the content differs", "one\ntwoo\n"],
    ["the content stands one line lower", "zero\none\ntwo\n"],
    ["the line ends differ", "one\r\ntwo\r\n"],
    ["the last line feed is missing", "one\ntwo"],
    ["the file is away", null],
  ])("refused when %s", (_name, before) => {
    expect(file && applyPatch(file, before)).toMatchObject({ ok: false });
  });
  test("the omitted counts and empty context lines of hand-made diffs are read as git apply reads them", () => {
    const [loose] = filesOf(
      "diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1,3 +1,3 @@\n one\n\n-two\n+three\n@@ -9 +9 @@\n-nine\n+ten",
    );
    const before = "one\n\ntwo\n4\n5\n6\n7\n8\nnine\n";
    expect(loose && applyPatch(loose, before)).toEqual({ ok: true, after: "one\n\nthree\n4\n5\n6\n7\n8\nten\n" });
  });
});
