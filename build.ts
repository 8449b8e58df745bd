import { existsSync, readdirSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, extname, join, relative, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { type BuildOptions, build, type Metafile, type Plugin } from "esbuild";

/**
 * Never inside a function: PGlite is 25 MB of wasm for machines without a database, and pg is for Postgres servers that
 * Neon's driver cannot reach. Both stay packages; the platform's file tracing packs pg beside the bundle, and
 * vercel.json excludes PGlite.
 */
const DRIVERS_LEFT_OUT = ["pg", "@electric-sql/pglite"];
const LEFT_OUT_NAMESPACE = "left-out";

/** What a bundle may not contain, and why: Sentry gives the webhook door one second, cold start included. */
const EDGE_BUNDLE = "webhooks (edge)";
const FORBIDDEN_IN: [bundle: RegExp, packages: RegExp[]][] = [
  [/./, [/^pg(?:-|$)/, /^@electric-sql\//]],
  [/^webhooks/, [/^@?octokit(?:\/|$)/]],
  // Only jobs ask a model, and the SDK is heavier than everything else that a door loads.
  [/^(?!jobs$)/, [/^@anthropic-ai\//, /^openai$/, /^ai$/, /^@ai-sdk\//, /^@google\/genai$/]],
];

/** What the webhook door may load only when asked for: a database's whole driver, and what refused senders need. */
const NOT_AT_THE_DOORSTEP = ["drizzle-orm", "@neondatabase/serverless", "@upstash/redis", "@vercel/kv"];

export interface Bundle {
  name: string;
  entry: string;
  file: string;
  bytes: number;
  gzipBytes: number;
  /** Bytes of the files that loading the bundle loads; the rest waits until something asks for it. */
  bytesAtStart: number;
  /** npm packages with at least one byte in those. */
  packagesAtStart: string[];
  /** npm packages with at least one byte in the output, sorted by bytes, largest first. */
  packages: { name: string; bytes: number }[];
  /** Packages that stay outside, and whether the bundle cannot load without them. */
  externals: { name: string; isNeededAtLoad: boolean }[];
}

interface Target {
  name: string;
  entry: string;
  file: string;
  options: BuildOptions;
}

/** One target for each door in api/, and the single-file runner. Throws when a door's wiring is missing. */
export function listTargets(root: string, outDir: string): Target[] {
  const doors = readdirSync(join(root, "api")).filter((file) => extname(file) === ".js");
  const target = (name: string, source: string, output: string, settings = bundleOptions): Target => {
    const [entry, file] = [join(root, source), join(outDir, output)];
    return { name, entry, file, options: settings(entry, file) };
  };
  const targets = doors.map((door) => {
    const name = basename(door, ".js");
    return target(name, `lib/wiring/${name}.ts`, `api/${name}.mjs`, doorOptions);
  });
  targets.push(target("runner.mjs", "cli/runner-main.ts", "runner.mjs"));
  targets.push(target(EDGE_BUNDLE, "lib/wiring/webhooks.ts", "edge/webhooks.mjs", edgeOptions));
  const missing = new Set(targets.filter((one) => !existsSync(one.entry)).map((one) => relative(root, one.entry)));
  if (missing.size > 0) throw new Error(`build: missing ${[...missing].join(", ")}`);
  return targets;
}

/**
 * esbuild lifts the static import of an external package to the top of the bundle, even out of a module that is only
 * imported dynamically, so that every cold start would load every driver. This keeps such a package where it is chosen.
 */
const lazyDrivers: Plugin = {
  name: "lazy-drivers",
  setup(builder) {
    const filter = new RegExp(`^(?:${DRIVERS_LEFT_OUT.join("|")})$`);
    builder.onResolve({ filter }, ({ path, namespace }) =>
      namespace === LEFT_OUT_NAMESPACE ? { path, external: true } : { path, namespace: LEFT_OUT_NAMESPACE },
    );
    builder.onLoad({ filter: /.*/, namespace: LEFT_OUT_NAMESPACE }, async ({ path }) => {
      const names = Object.keys(await import(path)).filter(
        (name) => /^[A-Za-z_$][\w$]*$/.test(name) && name !== "default",
      );
      const contents = `const driver = await import(${JSON.stringify(path)});
export default driver.default;
export const { ${names.join(", ")} } = driver;`;
      return { contents, loader: "js" };
    });
  },
};

/**
 * Loading a module of ours does nothing but define: one of which nothing is used can stay out, however large a room's front
 * door is. (package.json cannot say so: it is also the tests' and the tools' own.)
 */
const unusedStaysOut: Plugin = {
  name: "unused-stays-out",
  setup(builder) {
    builder.onResolve({ filter: /^\.{1,2}\/.*\.ts$/ }, ({ path, resolveDir }) => ({
      path: join(resolveDir, path),
      sideEffects: false,
    }));
  },
};

/**
 * At the edge only Neon's driver works (no sockets of one's own), and nothing migrates: what opens other databases or
 * reads migration files is replaced by a module that says so.
 */
const edgeDrivers: Plugin = {
  name: "edge-drivers",
  setup(builder) {
    builder.onLoad(
      { filter: /(?:lib\/db\/open-(?:pg|pglite)\.ts|drizzle-orm\/(?:[a-z-]+\/)?migrator\.js)$/ },
      ({ path }) => {
        const refuse = `() => { throw new Error("not at the edge: ${basename(path)}; DATABASE_URL must be Neon's there"); }`;
        const names = ["openPg", "openPglite", "migrate", "readMigrationFiles"];
        return { contents: names.map((name) => `export const ${name} = ${refuse};`).join("\n"), loader: "js" };
      },
    );
  },
};

/**
 * esbuild's settings for the edge variant of a door: a default export (request) => Response, as Vercel's edge runtime
 * takes it, and no Node built-in. An import of one fails the build by its name.
 */
export function edgeOptions(entry: string, file: string): BuildOptions {
  return {
    stdin: {
      contents: `import app from ${JSON.stringify(entry)};\nexport default (request) => app.fetch(request);`,
      resolveDir: dirname(entry),
      sourcefile: "edge-entry.js",
    },
    outfile: file,
    bundle: true,
    minify: true,
    sourcemap: "linked",
    legalComments: "none",
    platform: "browser",
    conditions: ["edge-light", "worker", "import"],
    format: "esm",
    target: "es2022",
    define: { "process.env.NODE_ENV": '"production"' },
    plugins: [unusedStaysOut, edgeDrivers],
    metafile: true,
    logLevel: "silent",
  };
}

/** esbuild's settings for one file that Node 24 runs by itself. `require` is given to CommonJS packages that ask for built-ins. */
export function bundleOptions(entry: string, file: string): BuildOptions {
  return {
    entryPoints: [entry],
    outfile: file,
    bundle: true,
    minify: true,
    sourcemap: "linked",
    legalComments: "none",
    platform: "node",
    format: "esm",
    target: "node24",
    plugins: [unusedStaysOut, lazyDrivers],
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
    metafile: true,
    logLevel: "silent",
  };
}

/**
 * The same for a door: what it imports dynamically becomes files of its own beside `file` (`<door>.<hash>.mjs`), so that a
 * cold start neither reads nor compiles what its first request does not need.
 */
export function doorOptions(entry: string, file: string): BuildOptions {
  const { outfile: _, ...options } = bundleOptions(entry, file);
  const name = basename(file, ".mjs");
  return {
    ...options,
    entryPoints: [{ in: entry, out: name }],
    outdir: dirname(file),
    outExtension: { ".js": ".mjs" },
    chunkNames: `${name}.[hash]`,
    splitting: true,
  };
}

/** `@scope/name` or `name` of a path below node_modules, null for the project's own files. */
function packageOf(path: string): string | null {
  const below = path.split("node_modules/").at(-1);
  if (below === undefined || below === path) return null;
  const [first = "", second = ""] = below.split("/");
  return first.startsWith("@") ? `${first}/${second}` : first;
}

/** The inputs that run when the bundle is loaded: everything but what only a dynamic import reaches. */
function loadedAtStart(metafile: Metafile, entry: string): Set<string> {
  const reached = new Set<string>();
  const queue = [entry];
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (reached.has(path)) continue;
    reached.add(path);
    const imports = metafile.inputs[path]?.imports ?? [];
    queue.push(...imports.filter((one) => one.kind !== "dynamic-import").map((one) => one.path));
  }
  return reached;
}

type Outputs = Metafile["outputs"];

/** The output files that loading `entry` loads. */
function filesAtStart(outputs: Outputs, entry: string): Outputs {
  const reached = new Set([entry]);
  for (const file of reached) {
    const imports = outputs[file]?.imports ?? [];
    for (const one of imports) if (one.kind === "import-statement" && outputs[one.path]) reached.add(one.path);
  }
  return Object.fromEntries(Object.entries(outputs).filter(([file]) => reached.has(file)));
}

function packagesIn(outputs: Outputs): { name: string; bytes: number }[] {
  const bytesByPackage = new Map<string, number>();
  for (const [path, input] of Object.values(outputs).flatMap((one) => Object.entries(one.inputs))) {
    const name = packageOf(path);
    if (name !== null && input.bytesInOutput > 0) {
      bytesByPackage.set(name, (bytesByPackage.get(name) ?? 0) + input.bytesInOutput);
    }
  }
  return [...bytesByPackage].map(([name, bytes]) => ({ name, bytes })).sort((a, b) => b.bytes - a.bytes);
}

const bytesOf = (outputs: Outputs) => Object.values(outputs).reduce((sum, { bytes }) => sum + bytes, 0);

/** The parts of a bundle's description that esbuild's report holds; `file` is what the platform loads. */
function describeOutputs(metafile: Metafile, file: string) {
  const code = Object.fromEntries(Object.entries(metafile.outputs).filter(([path]) => !path.endsWith(".map")));
  const entry = Object.keys(code).find((path) => resolve(path) === resolve(file));
  const input = entry && code[entry]?.entryPoint;
  if (!entry || !input) throw new Error(`build: esbuild reported no entry point for ${file}`);
  const started = filesAtStart(code, entry);
  const inputsAtStart = loadedAtStart(metafile, input);
  const externals = DRIVERS_LEFT_OUT.map((name) => ({ name, input: `${LEFT_OUT_NAMESPACE}:${name}` }))
    .filter((one) => metafile.inputs[one.input] !== undefined)
    .map((one) => ({ name: one.name, isNeededAtLoad: inputsAtStart.has(one.input) }));
  return {
    bytes: bytesOf(code),
    bytesAtStart: bytesOf(started),
    packages: packagesIn(code),
    packagesAtStart: packagesIn(started).map(({ name }) => name),
    externals,
  };
}

/** Bundles one target. Throws esbuild's failure. */
async function bundle(target: Target): Promise<{ bundle: Bundle; metafile: Metafile }> {
  const { metafile } = await build({ ...target.options, metafile: true });
  const { name, entry, file } = target;
  const files = Object.keys(metafile.outputs).filter((path) => !path.endsWith(".map"));
  const code = await Promise.all(files.map((path) => readFile(path)));
  const gzipBytes = code.reduce((sum, one) => sum + gzipSync(one).length, 0);
  return { bundle: { name, entry, file, gzipBytes, ...describeOutputs(metafile, file) }, metafile };
}

type Judged = Pick<Bundle, "name" | "packages" | "packagesAtStart" | "externals">;

/** What is wrong with a bundle, one line each; empty when nothing is. */
export function faultsOf({ name, packages, packagesAtStart, externals }: Judged): string[] {
  const forbidden = FORBIDDEN_IN.filter(([bundleName]) => bundleName.test(name)).flatMap(([, patterns]) => patterns);
  const contained = packages.filter((one) => forbidden.some((pattern) => pattern.test(one.name)));
  const early = name === "webhooks" ? packagesAtStart.filter((one) => NOT_AT_THE_DOORSTEP.includes(one)) : [];
  return [
    ...early.map((one) => `${name}: loads ${one} at start; import it dynamically`),
    ...contained.map((one) => `${name}: contains ${one.name} (${one.bytes} bytes)`),
    ...externals
      .filter((one) => one.isNeededAtLoad)
      .map((one) => `${name}: loads ${one.name} at start; import it dynamically`),
  ];
}

function renderTable(bundles: Bundle[]): string {
  const width = Math.max(...bundles.map((one) => one.name.length)) + 1;
  const kib = (bytes: number) => (bytes / 1024).toFixed(1).padStart(8);
  const rows = bundles.map((one) => {
    const names = one.packages.map((each) => `${each.name} ${(each.bytes / 1024).toFixed(0)}`).join(", ");
    const left = one.externals.length > 0 ? ` | left out: ${one.externals.map((each) => each.name).join(", ")}` : "";
    return `${one.name.padEnd(width)}${kib(one.bytesAtStart)}${kib(one.bytes)}${kib(one.gzipBytes)}  ${names}${left}`;
  });
  return [
    `${"bundle".padEnd(width)}${"start".padStart(8)}${"KiB".padStart(8)}${"gz".padStart(8)}  packages (KiB)`,
    ...rows,
  ].join("\n");
}

/**
 * Builds every function and the runner below `outDir` and writes `meta.json` (esbuild's metafile of each bundle).
 * Throws when an entry is missing, does not build, or when a bundle contains what it may not.
 */
export async function buildAll(root: string, outDir: string): Promise<Bundle[]> {
  const targets = listTargets(root, outDir);
  await rm(outDir, { recursive: true, force: true });
  const built = [];
  for (const target of targets) built.push(await bundle(target));
  const meta = Object.fromEntries(built.map((one) => [one.bundle.name, one.metafile]));
  const metaFile = join(outDir, "meta.json");
  await mkdir(dirname(metaFile), { recursive: true });
  await writeFile(metaFile, JSON.stringify(meta));
  const faults = built.flatMap((one) => faultsOf(one.bundle));
  if (faults.length > 0) throw new Error(`build: ${faults.join("; ")}`);
  return built.map((one) => one.bundle);
}

if (import.meta.main) {
  try {
    console.log(renderTable(await buildAll(import.meta.dirname, join(import.meta.dirname, "dist"))));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
