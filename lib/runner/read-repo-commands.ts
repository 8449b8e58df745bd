import * as z from "zod";

/** Command lines of the target repository, each run by `sh -c` in its root. null: there is none, or it is switched off. */
export interface RepoCommands {
  install: string | null;
  format: string | null;
  lint: string | null;
  test: string | null;
  /** Runs only the test files put in the place of `{files}`, when the repository says how. */
  testFiles: string | null;
  /** The command line behind `test`: the script that a package manager would run, else `test` itself. */
  testScript: string | null;
  /** Where each command came from, for people: `.github/patchpilot.yml`, `package.json`, `go.mod`, … */
  origin: string[];
}

export interface RepoFacts {
  /** `.github/patchpilot.yml`, parsed; undefined when there is none. */
  config: unknown;
  /** Text of the root package.json, null when there is none. */
  packageJson: string | null;
  /** Names in the root folder. */
  rootNames: readonly string[];
}

export type RepoCommandsReading = { ok: true; commands: RepoCommands } | { ok: false; reason: string };

/** `false` or null switches a command off; absent means that it is found. */
const command = z.union([z.string().trim().min(1).max(2_000), z.literal(false), z.null()]).optional();
const configSchema = z.object({
  commands: z
    .strictObject({ install: command, format: command, lint: command, test: command, "test-files": command })
    .nullish(),
});

const packageSchema = z.object({
  scripts: z.record(z.string(), z.string()).optional(),
  dependencies: z.record(z.string(), z.unknown()).optional(),
  devDependencies: z.record(z.string(), z.unknown()).optional(),
  packageManager: z.string().optional(),
});
type PackageJson = z.infer<typeof packageSchema>;

type Found = Pick<RepoCommands, "install" | "format" | "lint" | "test">;
const NONE: Found = { install: null, format: null, lint: null, test: null };

/**
 * The repository's own commands: what `.github/patchpilot.yml` says, and for the rest what its lockfile and scripts say.
 * A formatter is only found where a script checks without writing. Not ok, with the fault named, for a file that is wrong.
 */
export function readRepoCommands(facts: RepoFacts): RepoCommandsReading {
  const config = configSchema.safeParse(facts.config ?? {});
  if (!config.success) return { ok: false, reason: `.github/patchpilot.yml: ${faultText(config.error)}` };
  const manifest = readPackageJson(facts.packageJson);
  if (!manifest.ok) return { ok: false, reason: manifest.reason };

  const said = config.data.commands ?? {};
  const found = findCommands(manifest.value, facts.rootNames);
  const choose = (configured: string | false | null | undefined, detected: string | null) =>
    configured === undefined ? detected : configured || null;
  const test = choose(said.test, found.commands.test);
  const origin = Object.values(said).some((value) => value !== undefined) ? [".github/patchpilot.yml"] : [];
  return {
    ok: true,
    commands: {
      install: choose(said.install, found.commands.install),
      format: choose(said.format, found.commands.format),
      lint: choose(said.lint, found.commands.lint),
      test,
      testFiles: choose(said["test-files"], null),
      testScript: scriptBehind(test, manifest.value),
      origin: found.origin === null ? origin : [...origin, found.origin],
    },
  };
}

function faultText(error: z.ZodError): string {
  const issue = error.issues[0];
  if (!issue) return "not understood";
  return `${issue.path.length > 0 ? `${issue.path.join(".")}: ` : ""}${issue.message}`;
}

function readPackageJson(text: string | null): { ok: true; value: PackageJson | null } | { ok: false; reason: string } {
  if (text === null) return { ok: true, value: null };
  try {
    const parsed = packageSchema.safeParse(JSON.parse(text));
    return parsed.success
      ? { ok: true, value: parsed.data }
      : { ok: false, reason: `package.json: ${faultText(parsed.error)}` };
  } catch {
    return { ok: false, reason: "package.json is not valid JSON" };
  }
}

function findCommands(
  manifest: PackageJson | null,
  rootNames: readonly string[],
): { commands: Found; origin: string | null } {
  const names = new Set(rootNames);
  if (manifest) return { commands: findNodeCommands(manifest, names), origin: "package.json" };
  if (names.has("go.mod"))
    return { commands: { ...NONE, lint: "go vet ./...", test: "go test ./..." }, origin: "go.mod" };
  if (names.has("Cargo.toml")) return { commands: { ...NONE, test: "cargo test" }, origin: "Cargo.toml" };
  const python = ["pytest.ini", "conftest.py", "pyproject.toml", "setup.cfg", "tox.ini"].find((name) =>
    names.has(name),
  );
  if (python) return { commands: { ...NONE, test: "python -m pytest" }, origin: python };
  return { commands: NONE, origin: null };
}

interface PackageManager {
  install: string;
  run: string;
}

const MANAGERS: readonly { lockfiles: readonly string[]; manager: PackageManager }[] = [
  { lockfiles: ["pnpm-lock.yaml"], manager: { install: "pnpm install --frozen-lockfile", run: "pnpm run" } },
  { lockfiles: ["bun.lock", "bun.lockb"], manager: { install: "bun install --frozen-lockfile", run: "bun run" } },
  {
    lockfiles: ["package-lock.json", "npm-shrinkwrap.json"],
    manager: { install: "npm ci --no-audit --no-fund", run: "npm run" },
  },
];

function packageManagerOf(manifest: PackageJson, names: ReadonlySet<string>): PackageManager {
  if (names.has("yarn.lock")) {
    const isBerry = names.has(".yarnrc.yml") || /^yarn@[2-9]/.test(manifest.packageManager ?? "");
    return { install: isBerry ? "yarn install --immutable" : "yarn install --frozen-lockfile", run: "yarn run" };
  }
  const known = MANAGERS.find((candidate) => candidate.lockfiles.some((name) => names.has(name)));
  if (known) return known.manager;
  const named = /^(pnpm|yarn|bun)@/.exec(manifest.packageManager ?? "")?.[1];
  if (named !== undefined) return { install: `${named} install`, run: `${named} run` };
  return { install: "npm install --no-audit --no-fund --no-package-lock", run: "npm run" };
}

/** What `npm init` writes where there are no tests. */
const NO_TEST = /no test specified/;
const FORMAT_CHECKS = ["format:check", "check:format", "fmt:check", "prettier:check", "check-format"];

function findNodeCommands(manifest: PackageJson, names: ReadonlySet<string>): Found {
  const scripts = manifest.scripts ?? {};
  const manager = packageManagerOf(manifest, names);
  const script = (name: string | undefined) =>
    name !== undefined && scripts[name] !== undefined && !NO_TEST.test(scripts[name]) ? `${manager.run} ${name}` : null;
  const hasDependencies = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }).length > 0;
  return {
    install: hasDependencies ? manager.install : null,
    format: script(FORMAT_CHECKS.find((name) => scripts[name] !== undefined)),
    lint: script("lint"),
    test: script("test"),
  };
}

const RUNS_SCRIPT = /^(?:npm|pnpm|yarn|bun)\s+(?:(?:run|run-script)\s+)?(?:-s\s+|--silent\s+)?([\w:.-]+)\s*$/;

function scriptBehind(test: string | null, manifest: PackageJson | null): string | null {
  if (test === null) return null;
  const name = RUNS_SCRIPT.exec(test.trim())?.[1];
  if (name === undefined) return test;
  return manifest?.scripts?.[name === "t" ? "test" : name] ?? test;
}
