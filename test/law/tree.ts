import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import * as z from "zod";

export const PROJECT_ROOT = join(import.meta.dirname, "../..");

/** The folders that the laws speak of. */
export const LAW_FOLDERS = ["lib", "cron", "cli", "demo", "api"];

const violationSchema = z.object({
  from: z.string(),
  to: z.string(),
  rule: z.object({ name: z.string() }),
  cycle: z.array(z.object({ name: z.string() })).default([]),
});

const cruiseSchema = z.object({
  modules: z.array(z.object({ source: z.string() })),
  summary: z.object({
    violations: z.array(violationSchema),
  }),
});
export type CruiseResult = z.infer<typeof cruiseSchema>;

/** Runs the project's own rule set over the tree at `root`, as `npm run check` does. */
export async function cruise(root: string): Promise<CruiseResult> {
  const bin = join(PROJECT_ROOT, "node_modules/dependency-cruiser/bin/dependency-cruiser.mjs");
  const rules = join(PROJECT_ROOT, ".dependency-cruiser.cjs");
  const folders = LAW_FOLDERS.filter((folder) => existsSync(join(root, folder)));
  const stdout = await new Promise<string>((resolve, reject) => {
    execFile(
      process.execPath,
      [bin, "--config", rules, "--output-type", "json", ...folders],
      { cwd: root, maxBuffer: 256 << 20 },
      // The exit code counts violations; only an unreadable answer is a failure of the tool.
      (error, out, err) =>
        out === "" ? reject(new Error(`dependency-cruiser: ${err}`, { cause: error })) : resolve(out),
    );
  });
  return cruiseSchema.parse(JSON.parse(stdout));
}

export async function writeTree(root: string, files: Record<string, string>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
}

/** What a tree needs besides sources: compiler options, and the project's list of packages, installed as empty files. */
export async function writeProject(root: string, packages: string[]): Promise<void> {
  const files: Record<string, string> = {};
  for (const name of ["package.json", "tsconfig.json"]) files[name] = await readFile(join(PROJECT_ROOT, name), "utf8");
  for (const name of packages) {
    files[`node_modules/${name}/package.json`] = JSON.stringify({ name, version: "1.0.0", main: "index.js" });
    files[`node_modules/${name}/index.js`] = "";
  }
  await writeTree(root, files);
}
