import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createGit } from "../../lib/adapters/git/index.ts";
import type { Mirror } from "../../lib/runner/ports.ts";

let root: string;
let repo: string;
const git = createGit(process.env);

function run(cwd: string, ...args: string[]): string {
  const identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "init.defaultBranch=main"];
  return execFileSync("git", [...identity, ...args], {
    cwd,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  }).trim();
}

function put(folder: string, path: string, content: string | Buffer): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
}

function commitAll(message: string): string {
  run(repo, "add", "-A");
  run(repo, "commit", "-q", "-m", message);
  return run(repo, "rev-parse", "HEAD");
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "patchpilot-git-"));
  repo = join(root, "repo");
  mkdirSync(repo);
  run(repo, "init", "-q");
  put(repo, "package.json", '{"scripts":{"test":"node --test"}}');
  put(repo, ".gitignore", "dist/\n*.log\n");
  put(repo, "src/cart.mjs", "export const total = 1;\n");
  put(repo, "src/old.mjs", "export const old = 1;\n");
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

const mirrorsDir = () => join(root, "mirrors");
const mirrorOf = (baseSha: string, baseBranch = "main") =>
  git.ensureMirror({
    mirrorsDir: mirrorsDir(),
    repository: "acme/shop",
    url: repo,
    readToken: null,
    baseBranch,
    baseSha,
  });

async function checkout(baseSha: string): Promise<{ mirror: Mirror; tree: string; scratchDir: string }> {
  const mirror = await mirrorOf(baseSha);
  const tree = join(root, "runs/run_1/tree");
  await git.addWorktree(mirror, { path: tree, sha: baseSha });
  return { mirror, tree, scratchDir: join(root, "runs/run_1/scratch.git") };
}

async function snapshotOf(baseSha: string, change: (tree: string) => void) {
  const { mirror, tree, scratchDir } = await checkout(baseSha);
  change(tree);
  return git.takeSnapshot(mirror, { worktree: tree, baseSha, scratchDir });
}

describe("the mirror", () => {
  test("follows the branch, and finds a base that was forced off it", async () => {
    const first = commitAll("one");
    await mirrorOf(first);
    put(repo, "a.txt", "2");
    const second = commitAll("two");
    await mirrorOf(second);
    run(repo, "checkout", "-q", "-b", "side", first);
    put(repo, "b.txt", "3");
    const orphan = commitAll("three");
    run(repo, "checkout", "-q", "main");
    run(repo, "branch", "-q", "-D", "side");
    expect(existsSync((await mirrorOf(orphan)).path)).toBe(true);
    expect(readdirSync(mirrorsDir())).toHaveLength(1);
  });

  test("a commit that is nowhere is named", async () => {
    commitAll("one");
    await expect(mirrorOf("b".repeat(40))).rejects.toMatchObject({ code: "commit_not_found" });
    await expect(mirrorOf("main")).rejects.toMatchObject({ code: "commit_not_found" });
    await expect(mirrorOf("--upload-pack=touch")).rejects.toMatchObject({ code: "commit_not_found" });
  });

  test("a branch that became a folder of branches does not break the fetch", async () => {
    const first = commitAll("one");
    run(repo, "branch", "release");
    await mirrorOf(first, "release");
    run(repo, "branch", "-D", "release");
    run(repo, "checkout", "-q", "-b", "release/1");
    put(repo, "a.txt", "2");
    const second = commitAll("two");
    await expect(mirrorOf(second, "release/1")).resolves.toBeDefined();
  });

  test("only https, http and local paths are cloned", async () => {
    const input = {
      mirrorsDir: mirrorsDir(),
      repository: "a/b",
      readToken: null,
      baseBranch: "main",
      baseSha: "a".repeat(40),
    };
    for (const url of ["ext::sh -c touch% x", "git@host:a/b.git", "--upload-pack=x"]) {
      await expect(git.ensureMirror({ ...input, url })).rejects.toMatchObject({ code: "clone_url_refused" });
    }
  });

  test("settings that a worker wrote into it are gone at its next use", async () => {
    const sha = commitAll("one");
    const { mirror } = await checkout(sha);
    const trap = join(root, "trap");
    run(mirror.path, "config", "core.fsmonitor", `touch ${trap}`);
    run(mirror.path, "config", "url.https://evil.example/.insteadOf", "https://github.com/");
    await mirrorOf(sha);
    expect(readFileSync(join(mirror.path, "config"), "utf8")).not.toMatch(/fsmonitor|evil/);
    expect(existsSync(trap)).toBe(false);
  });

  test("the read token reaches the server, and no file", async () => {
    const seen: IncomingMessage["headers"][] = [];
    const server = createServer((request, response) => {
      seen.push(request.headers);
      response.writeHead(403).end();
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/acme/shop.git`;
    const fetching = git.ensureMirror({
      mirrorsDir: mirrorsDir(),
      repository: "acme/shop",
      url,
      readToken: "ghs_secret_read_token",
      baseBranch: "main",
      baseSha: "a".repeat(40),
    });
    await expect(fetching).rejects.toMatchObject({
      code: "git_failed",
      message: expect.not.stringContaining("ghs_secret"),
    });
    server.close();
    const basic = Buffer.from("x-access-token:ghs_secret_read_token").toString("base64");
    expect(seen[0]?.authorization).toBe(`Basic ${basic}`);
    expect(filesWith(root, ["ghs_secret", basic])).toEqual([]);
  });
});

describe("reading the base commit", () => {
  test("gives plain files only: a symlink of that name is not followed", async () => {
    symlinkSync("/etc/passwd", join(repo, "link.json"));
    const sha = commitAll("one");
    const mirror = await mirrorOf(sha);
    expect(await git.readFile(mirror, sha, "package.json")).toContain("node --test");
    expect(await git.readFile(mirror, sha, "link.json")).toBeNull();
    expect(await git.readFile(mirror, sha, "missing.json")).toBeNull();
    expect(await git.readFile(mirror, sha, "src")).toBeNull();
    expect(await git.listRoot(mirror, sha)).toEqual([".gitignore", "link.json", "package.json", "src"]);
  });
});

describe("a snapshot", () => {
  test("holds edits, new, deleted and renamed files of any name, and no ignored or junk ones", async () => {
    const sha = commitAll("one");
    const snapshot = await snapshotOf(sha, (tree) => {
      put(tree, "src/cart.mjs", "export const total = 2;\n");
      put(tree, 'src/ä "quoted"\n name.mjs', "new\n");
      put(tree, "-dash.txt", "dash\n");
      rmSync(join(tree, "src/old.mjs"));
      put(tree, "dist/out.js", "built");
      put(tree, "debug.log", "log");
      put(tree, "node_modules/x/index.js", "x");
      put(tree, "image.bin", Buffer.from([0, 1, 2, 255, 254]));
    });
    expect(snapshot.files).toEqual([
      { path: "-dash.txt", kind: "added" },
      { path: "image.bin", kind: "added" },
      { path: "src/cart.mjs", kind: "modified" },
      { path: "src/old.mjs", kind: "deleted" },
      { path: 'src/ä "quoted"\n name.mjs', kind: "added" },
    ]);
    expect(snapshot.diff).toContain("GIT binary patch");
    expect(snapshot.diff).toContain('"b/src/\\303\\244 \\"quoted\\"\\n name.mjs"');
  });

  test("its diff applies with git to a clean checkout and gives the same tree", async () => {
    const sha = commitAll("one");
    const snapshot = await snapshotOf(sha, (tree) => {
      put(tree, "src/cart.mjs", "export const total = 2;");
      put(tree, "src/new.mjs", "x\r\ny\r\n");
      rmSync(join(tree, "src/old.mjs"));
    });
    writeFileSync(join(root, "p.diff"), snapshot.diff);
    run(repo, "apply", "--index", join(root, "p.diff"));
    expect(run(repo, "write-tree")).toBe(snapshot.treeSha);
  });

  test("nothing changed is an empty diff", async () => {
    const sha = commitAll("one");
    const snapshot = await snapshotOf(sha, () => {});
    expect(snapshot.diff).toBe("");
    expect(snapshot.files).toEqual([]);
  });

  test.each<[string, (tree: string) => void]>([
    ["staged it", (tree) => run(tree, "add", "-A")],
    ["committed it", (tree) => run(tree, "add", "-A") + run(tree, "commit", "-q", "-m", "sneaky")],
    ["marked it assume-unchanged", (tree) => run(tree, "update-index", "--assume-unchanged", "src/cart.mjs")],
    ["excluded it in .git/info", (tree) => hideInExclude(tree)],
    ["removed .git", (tree) => rmSync(join(tree, ".git"))],
  ])("sees a change though the worker %s", async (_name, hide) => {
    const sha = commitAll("one");
    const snapshot = await snapshotOf(sha, (tree) => {
      put(tree, "src/cart.mjs", "export const total = 666;\n");
      put(tree, ".github/workflows/evil.yml", "on: push\n");
      hide(tree);
    });
    expect(snapshot.files.map((file) => file.path)).toEqual([".github/workflows/evil.yml", "src/cart.mjs"]);
  });

  test("runs no filter, hook, or program that the worktree names", async () => {
    const sha = commitAll("one");
    const trap = join(root, "trap");
    await snapshotOf(sha, (tree) => {
      run(tree, "config", "filter.evil.clean", `touch ${trap}; cat`);
      run(tree, "config", "core.fsmonitor", `touch ${trap}`);
      run(tree, "config", "diff.external", `touch ${trap}`);
      put(tree, ".gitattributes", "* filter=evil diff=evil\n");
      put(tree, "src/cart.mjs", "changed\n");
    });
    expect(existsSync(trap)).toBe(false);
  });

  test("shows a nested repository as a submodule instead of hiding it", async () => {
    const sha = commitAll("one");
    const snapshot = await snapshotOf(sha, (tree) => {
      put(tree, "vendor/lib/a.js", "a\n");
      run(join(tree, "vendor/lib"), "init", "-q");
      run(join(tree, "vendor/lib"), "add", "-A");
      run(join(tree, "vendor/lib"), "commit", "-q", "-m", "x");
    });
    expect(snapshot.diff).toContain("new file mode 160000");
  });

  test("text that is not UTF-8 is refused, not garbled", async () => {
    const sha = commitAll("one");
    const taking = snapshotOf(sha, (tree) => put(tree, "src/cart.mjs", Buffer.from("caf\xe9\n", "latin1")));
    await expect(taking).rejects.toMatchObject({ code: "diff_not_text" });
  });
});

describe("applying a snapshot to a clean worktree", () => {
  test("first the tests alone, then all of it, whatever a test run left behind", async () => {
    put(repo, "test/cart.test.mjs", "old test\n");
    const sha = commitAll("one");
    const { mirror, tree, scratchDir } = await checkout(sha);
    put(tree, "src/cart.mjs", "fixed\n");
    put(tree, "test/cart.test.mjs", "new test\n");
    put(tree, "test/fixtures/a.json", "{}\n");
    rmSync(join(tree, "src/old.mjs"));
    chmodSync(join(tree, "src/cart.mjs"), 0o755);
    const snapshot = await git.takeSnapshot(mirror, { worktree: tree, baseSha: sha, scratchDir });

    const proof = join(root, "runs/run_1/proof");
    await git.addWorktree(mirror, { path: proof, sha });
    await git.applySnapshot(snapshot, proof, ["test/cart.test.mjs", "test/fixtures/a.json"]);
    expect(readFileSync(join(proof, "test/cart.test.mjs"), "utf8")).toBe("new test\n");
    expect(readFileSync(join(proof, "src/cart.mjs"), "utf8")).toBe("export const total = 1;\n");
    expect(existsSync(join(proof, "src/old.mjs"))).toBe(true);

    put(proof, "test/cart.test.mjs", "rewritten by a test run, longer\n");
    rmSync(join(proof, "package.json"));
    await git.applySnapshot(snapshot, proof, null);
    const again = await git.takeSnapshot(mirror, {
      worktree: proof,
      baseSha: sha,
      scratchDir: join(root, "again.git"),
    });
    expect(again.treeSha).toBe(snapshot.treeSha);
  });
});

describe("cleaning up", () => {
  test("removes runs, forgets their worktrees even when locked, and breaks locks of a dead git", async () => {
    const sha = commitAll("one");
    const { mirror, tree } = await checkout(sha);
    run(tree, "worktree", "lock", tree);
    put(mirror.path, "config.lock", "");
    put(mirror.path, "refs/patchpilot/x.lock", "");
    put(mirror.path, "objects/pack/tmp_pack_abc", "half");
    await git.cleanUp({ mirrorsDir: mirrorsDir(), runDirs: [join(root, "runs/run_1")], removeLocks: true });
    expect(existsSync(join(root, "runs/run_1"))).toBe(false);
    expect(run(mirror.path, "worktree", "list", "--porcelain").match(/^worktree /gm)).toHaveLength(1);
    for (const path of ["config.lock", "refs/patchpilot/x.lock", "objects/pack/tmp_pack_abc"]) {
      expect(existsSync(join(mirror.path, path))).toBe(false);
    }
    await expect(checkout(sha)).resolves.toBeDefined();
  });

  test("a damaged mirror is thrown away and made anew by the next run", async () => {
    const sha = commitAll("one");
    const mirror = await mirrorOf(sha);
    const tree = run(repo, "rev-parse", `${sha}^{tree}`);
    rmSync(join(mirror.path, "objects", tree.slice(0, 2), tree.slice(2)));
    await expect(git.addWorktree(mirror, { path: join(root, "t1"), sha })).rejects.toMatchObject({
      code: "git_failed",
    });
    await mirrorOf(sha);
    await expect(git.addWorktree(mirror, { path: join(root, "t2"), sha })).resolves.toBeUndefined();
  });
});

function hideInExclude(tree: string): void {
  const gitDir = run(tree, "rev-parse", "--git-common-dir");
  put(gitDir, "info/exclude", ".github/\nsrc/\n");
}

function filesWith(folder: string, needles: readonly string[]): string[] {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true });
  return names
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => needles.some((needle) => readFileSync(path).includes(needle)));
}
