import { type ChildProcess, fork } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { copyFile, cp, mkdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import * as z from "zod";
import { type Bundle, buildAll } from "../../build.ts";

const HANDLER = "___vc_bundled_api_handler.js";

const packedFileSchema = z.union([
  z.object({ type: z.literal("FileBlob"), data: z.union([z.string(), z.instanceof(Uint8Array)]) }),
  z.object({ type: z.literal("FileFsRef"), fsPath: z.string() }),
]);

const builtSchema = z.object({
  output: z.object({
    type: z.string(),
    runtime: z.string().optional(),
    files: z.record(z.string(), packedFileSchema),
  }),
});
type BuiltFunction = z.infer<typeof builtSchema>["output"];

const builderSchema = z.object({
  build: z.custom<(options: Record<string, unknown>) => Promise<unknown>>((value) => typeof value === "function"),
});

const vercelJsonSchema = z.object({
  functions: z.record(
    z.string(),
    z.object({ maxDuration: z.number(), includeFiles: z.string(), excludeFiles: z.string().optional() }),
  ),
  rewrites: z.array(z.object({ source: z.string(), destination: z.string() })),
  crons: z.array(z.object({ path: z.string(), schedule: z.string() })),
});
export type VercelJson = z.infer<typeof vercelJsonSchema>;

export function readVercelJson(root: string): VercelJson {
  return vercelJsonSchema.parse(JSON.parse(readFileSync(join(root, "vercel.json"), "utf8")));
}

/** The function (`/api/<name>`) that answers a path, as the rewrites say; null where the platform would answer 404. */
export function matchFunction(config: VercelJson, root: string, path: string): string | null {
  if (/^\/api\/[a-z]+$/.test(path) && existsSync(join(root, `${path}.js`))) return path;
  const rule = config.rewrites.find(({ source }) =>
    new RegExp(`^${source.replaceAll(".", "\\.").replaceAll("(\\.*)", "(.*)")}$`).test(path),
  );
  return rule?.destination ?? null;
}

/**
 * Runs @vercel/node's own builder, offline, over one door of the project at `root`, and returns what it would upload.
 * Needs the bundles of `npm run build` in `root`, as on the platform, where the build command runs first.
 */
export async function buildFunction(root: string, entrypoint: string): Promise<BuiltFunction> {
  const { build } = builderSchema.parse(createRequire(import.meta.url)("@vercel/node"));
  // Without the first the builder runs `npm install`; the second makes it pack its launcher, as the platform does.
  Object.assign(process.env, { VERCEL_INSTALL_COMPLETED: "1", VERCEL_API_FUNCTION_BUNDLING: "1" });
  const { includeFiles, excludeFiles } = readVercelJson(root).functions[entrypoint] ?? {};
  const built = await build({
    files: { [entrypoint]: { type: "FileFsRef", mode: 0o100644, fsPath: join(root, entrypoint) } },
    entrypoint,
    workPath: root,
    repoRootPath: root,
    config: { zeroConfig: true, includeFiles, excludeFiles },
    meta: { skipDownload: true },
  });
  return builtSchema.parse(built).output;
}

/** Lays a built function out as the platform does below /var/task. */
export async function unpackFunction({ files }: BuiltFunction, folder: string): Promise<void> {
  for (const [path, file] of Object.entries(files)) {
    const target = join(folder, path);
    await mkdir(dirname(target), { recursive: true });
    if (file.type === "FileBlob") await writeFile(target, file.data);
    else await copyFile(file.fsPath, target);
  }
}

export interface RunningFunction {
  /** Asks the function; `matched` is the function's own path, which the platform's router puts into a header. */
  ask(path: string, init?: RequestInit): Promise<Response>;
  stop(): Promise<void>;
}

/** Starts the launcher that the builder packed, in a process of its own with nothing but `env` in its environment. */
export async function launchFunction(
  folder: string,
  matched: string,
  env: Record<string, string>,
): Promise<RunningFunction> {
  // The launcher is CommonJS; the platform loads it as such although the package.json beside it says "module".
  const launcher = join(folder, "launcher.cjs");
  await copyFile(join(folder, HANDLER), launcher);
  const child: ChildProcess = fork(join(import.meta.dirname, "serve-function.mjs"), [launcher], { cwd: folder, env });
  const port = await new Promise<number>((resolve, reject) => {
    child.once("message", (message) => resolve(z.number().parse(message)));
    child.once("exit", (code) => reject(new Error(`the function's process ended with ${code}`)));
  });
  return {
    ask: (path, init = {}) => {
      const headers = new Headers(init.headers);
      headers.set("x-matched-path", matched);
      headers.set("x-forwarded-proto", "https");
      return fetch(`http://127.0.0.1:${port}${path}`, { ...init, headers, redirect: "manual" });
    },
    stop: () =>
      new Promise((resolve) => {
        child.removeAllListeners("exit");
        child.once("exit", () => resolve());
        child.kill();
      }),
  };
}

const manifestSchema = z.object({ dependencies: z.record(z.string(), z.string()).default({}) });

/** Copies packages with what they depend on into a project's node_modules (the builder's tracing follows no links out of it). */
export async function installPackages(from: string, to: string, names: string[]): Promise<void> {
  for (const name of names) {
    const target = join(to, "node_modules", name);
    if (existsSync(target)) continue;
    await cp(join(from, "node_modules", name), target, { recursive: true });
    const manifest: unknown = JSON.parse(readFileSync(join(target, "package.json"), "utf8"));
    await installPackages(from, to, Object.keys(manifestSchema.parse(manifest).dependencies));
  }
}

/**
 * Makes at `target` what the platform has after its build command: the doors, the bundles, and the packages that the
 * bundles leave outside.
 */
export async function prepareDeployment(root: string, target: string): Promise<Bundle[]> {
  for (const name of ["package.json", "vercel.json"]) await copyFile(join(root, name), join(target, name));
  await cp(join(root, "api"), join(target, "api"), { recursive: true });
  const bundles = await buildAll(root, join(target, "dist"));
  const leftOut = new Set(bundles.flatMap((bundle) => bundle.externals).map((one) => one.name));
  await installPackages(root, target, [...leftOut]);
  return bundles;
}
