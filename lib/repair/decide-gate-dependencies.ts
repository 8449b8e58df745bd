import type { Finding, GatePolicy, JudgedFile } from "./gate-model.ts";
import { matchesAny } from "./read-glob.ts";

const PLAIN_KEYS =
  /^"(?:description|keywords|author|homepage|bugs|contributors|license|version|funding|sideEffects)"\s*:/;
const INSTALL_SCRIPT =
  /^"(?:(?:pre|post)?install|(?:pre|post)?prepare|prepublish\w*|(?:pre|post)pack|dependencies)"\s*:\s*"/;
const OUTSIDE_REGISTRY =
  /:\s*"(?:git\+|git:|git@|https?:|file:|link:|github:|gitlab:|bitbucket:|[\w.-]+\/[\w.-]+(?:#|"))/;
const LOCKFILE = /(?:^|\/)(?:package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lock)$/i;
const REGISTRIES =
  /^(?:registry\.npmjs\.org|registry\.yarnpkg\.com|registry\.npmmirror\.com|npm\.pkg\.github\.com|codeload\.github\.com)$/;

/** New dependencies and scripts of package.json, and lock files that fetch from elsewhere or name a licence. Other manifests are approval paths. */
export function decideDependencies(files: JudgedFile[], policy: GatePolicy): Finding[] {
  return files.flatMap((file) => {
    if (/(?:^|\/)package\.json$/i.test(file.path) && file.role !== "test-data") return judgeManifest(file);
    const licenses = LICENSED.test(file.path) ? judgeLicenses(file, policy) : [];
    return LOCKFILE.test(file.path) ? [...judgeLockfile(file), ...licenses] : licenses;
  });
}

/** npm's and Composer's lock files tell each package's licence; the others' do not. */
const LICENSED = /(?:^|\/)(?:package-lock\.json|npm-shrinkwrap\.json|composer\.lock)$/i;
const LICENSE = /^\s*"license":\s*(?:\[\s*)?"([^"]+)"|^\s*"license":\s*(\[)\s*$/;

/** One of several licences may be chosen (`OR`); all of them hold where they are joined by `AND`. */
function isDenied(expression: string, denied: readonly string[]): boolean {
  const isBad = (name: string) => matchesAny(denied, name.replaceAll("/", "-"));
  const all = (text: string) =>
    text.split(/\s+AND\s+/i).some((name) => isBad(name.replace(/[()]|\s+WITH\s.*$/gi, "").trim()));
  return expression.split(/\s+OR\s+/i).every(all);
}

function judgeLicenses(file: JudgedFile, policy: GatePolicy): Finding[] {
  const before = new Set(file.deleted.map((line) => line.trim()));
  return file.added.flatMap((line, index): Finding[] => {
    const match = LICENSE.exec(line);
    if (match === null || before.has(line.trim())) return [];
    const license = match[1] ?? /"([^"]+)"/.exec(file.added[index + 1] ?? "")?.[1] ?? "";
    if (!isDenied(license, policy.deniedLicenses)) return [];
    const name = findPackage(file, file.addedAt[index] ?? 0);
    const detail = `${name ?? "a new dependency"} comes under ${license}`;
    const at = file.addedAt[index];
    return [
      { effect: "require_approval", rule: "license", path: file.path, ...(at !== undefined && { line: at }), detail },
    ];
  });
}

/** The package that the lock file's line at `at` is about: the nearest name above it. */
function findPackage(file: JudgedFile, at: number): string | null {
  const above = file.added.filter((_, index) => (file.addedAt[index] ?? 0) <= at).reverse();
  for (const line of above) {
    const match = /"(?:.*node_modules\/)([^"]+)":\s*\{|^\s*"name":\s*"([^"]+)"/.exec(line);
    if (match) return match[1] ?? match[2] ?? null;
  }
  return null;
}

function judgeManifest(file: JudgedFile): Finding[] {
  const added = file.added.map((line) => line.trim());
  const deleted = file.deleted.map((line) => line.trim());
  const { path } = file;
  if (added.some((line) => INSTALL_SCRIPT.test(line))) {
    return [
      { effect: "deny", rule: "install-script", path, detail: "a script that runs by itself when somebody installs" },
    ];
  }
  if (
    added.some(
      (line) => OUTSIDE_REGISTRY.test(line) && !PLAIN_KEYS.test(line) && !/^"(?:url|repository|\$schema)"/.test(line),
    )
  ) {
    return [
      { effect: "deny", rule: "dependency-source", path, detail: "a dependency that does not come from the registry" },
    ];
  }
  const isPlain = [...added, ...deleted].every((line) => line === "" || PLAIN_KEYS.test(line));
  if (isPlain) return [];
  return [
    {
      effect: "require_approval",
      rule: "dependency-change",
      path,
      detail: "scripts, dependencies or settings of the package change",
    },
  ];
}

function judgeLockfile(file: JudgedFile): Finding[] {
  const hosts = (op: "+" | "other") =>
    file.change.hunks
      .flatMap((hunk) => hunk.lines)
      .filter((line) => (line.op === "+") === (op === "+"))
      .flatMap((line) =>
        [...line.text.matchAll(/(?:https?|git\+ssh|git):\/\/(?:[^@/\s"]*@)?([\w.-]+)/g)].map((match) => match[1] ?? ""),
      );
  const before = new Set(hosts("other"));
  const strange = hosts("+").find(
    (host) =>
      !REGISTRIES.test(host) &&
      !before.has(host) &&
      !/^(?:opencollective\.com|github\.com|tidelift\.com|.*\.sponsors?.*|.*paypal.*|.*patreon.*)$/.test(host),
  );
  if (strange === undefined) return [];
  return [
    { effect: "deny", rule: "dependency-source", path: file.path, detail: `the lock file now fetches from ${strange}` },
  ];
}
