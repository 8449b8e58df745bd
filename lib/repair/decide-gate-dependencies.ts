import type { Finding, JudgedFile } from "./gate-model.ts";

const PLAIN_KEYS =
  /^"(?:description|keywords|author|homepage|bugs|contributors|license|version|funding|sideEffects)"\s*:/;
const INSTALL_SCRIPT =
  /^"(?:(?:pre|post)?install|(?:pre|post)?prepare|prepublish\w*|(?:pre|post)pack|dependencies)"\s*:\s*"/;
const OUTSIDE_REGISTRY =
  /:\s*"(?:git\+|git:|git@|https?:|file:|link:|github:|gitlab:|bitbucket:|[\w.-]+\/[\w.-]+(?:#|"))/;
const LOCKFILE = /(?:^|\/)(?:package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lock)$/i;
const REGISTRIES =
  /^(?:registry\.npmjs\.org|registry\.yarnpkg\.com|registry\.npmmirror\.com|npm\.pkg\.github\.com|codeload\.github\.com)$/;

/** New dependencies and scripts of package.json, and lock files that fetch from elsewhere. Other manifests are approval paths. */
export function decideDependencies(files: JudgedFile[]): Finding[] {
  return files.flatMap((file) => {
    if (/(?:^|\/)package\.json$/i.test(file.path) && file.role !== "test-data") return judgeManifest(file);
    return LOCKFILE.test(file.path) ? judgeLockfile(file) : [];
  });
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
