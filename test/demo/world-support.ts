import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { applyEdits, type Edit } from "../../demo/shop/bugs/index.ts";
import { SHOP_TEMPLATE } from "../../demo/shop/index.ts";

export const silent = () => undefined;

export interface Received {
  headers: IncomingHttpHeaders;
  raw: Buffer;
  // biome-ignore format: one line reads best
  body: { action?: string; type?: string; data?: Record<string, Record<string, unknown>>; payload?: Record<string, unknown>; [key: string]: unknown };
}

/** A webhook receiver that keeps raw bytes and answers what it is told to. */
export async function startReceiver(answer: () => number = () => 202) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const raw = Buffer.concat(chunks);
      const status = answer();
      if (status === 0) return;
      received.push({ headers: request.headers, raw, body: JSON.parse(raw.toString("utf8")) });
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    received,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export function tempDir(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "patchpilot-world-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** A git repository with the healthy shop as its first commit. */
export function shopRepository(dir: string) {
  cpSync(SHOP_TEMPLATE, dir, { recursive: true });
  const git = (...args: string[]) =>
    execFileSync("git", ["-C", dir, "-c", "user.name=Test", "-c", "user.email=test@example.com", ...args], {
      encoding: "utf8",
      env: { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null" },
    }).trim();
  const read = (path: string) => (existsSync(join(dir, path)) ? readFileSync(join(dir, path), "utf8") : null);
  const commit = (message: string) => {
    git("add", "-A");
    git("commit", "--quiet", "--allow-empty", "-m", message);
    return git("rev-parse", "HEAD");
  };
  git("init", "--quiet", "-b", "main");
  const write = (files: Record<string, string>) => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(dir, path)), { recursive: true });
      writeFileSync(join(dir, path), text);
    }
  };
  return {
    dir,
    git,
    first: commit("feat: the shop"),
    write,
    commit,
    apply: (edits: readonly Edit[]) => write(applyEdits(edits, read)),
  };
}

/** Runs the tree's own tests as its `npm test` does; true when they pass. */
export function ownTestsPass(dir: string, files: string[] = []): boolean {
  const { NODE_OPTIONS: _mine, NODE_TEST_CONTEXT: _context, ...env } = process.env;
  try {
    execFileSync(process.execPath, ["--test", ...files], { cwd: dir, env, stdio: "pipe" });
    return true;
  } catch {
    return false;
  }
}

/** Where recorded provider payloads are, if this machine has them. */
export function samplesDir(provider: string): string | null {
  const root = process.env.PATCHPILOT_SAMPLES ?? join(process.cwd(), "../shared/samples");
  const dir = join(root, provider);
  return existsSync(dir) ? dir : null;
}

/**
 * Every path of `sample` that `ours` lacks or answers with another JSON type. null fits everything; lists are compared by
 * their first element; keys under `free` hold whatever the event had.
 */
export function shapeFaults(sample: unknown, ours: unknown, free: readonly string[] = [], path = "$"): string[] {
  if (sample === null || ours === null) return [];
  if (Array.isArray(sample)) {
    if (!Array.isArray(ours)) return [`${path}: expected a list`];
    return sample.length === 0 || ours.length === 0 ? [] : shapeFaults(sample[0], ours[0], free, `${path}[0]`);
  }
  if (typeof sample !== typeof ours) return [`${path}: expected ${typeof sample}, got ${typeof ours}`];
  if (typeof sample !== "object") return [];
  const known = ours as Record<string, unknown>;
  return Object.entries(sample).flatMap(([key, value]) => {
    if (free.includes(key)) return [];
    return key in known ? shapeFaults(value, known[key], free, `${path}.${key}`) : [`${path}.${key}: missing`];
  });
}
