import type { Finding, GatePolicy, JudgedFile } from "./gate-model.ts";
import { ALWAYS_BLOCKED_PATHS } from "./gate-paths-model.ts";
import { fold, matchesAny } from "./read-glob.ts";

/** What the paths, modes and kinds of the changed files break. Both paths of a rename or copy are looked at. */
export function decidePaths(files: JudgedFile[], policy: GatePolicy): Finding[] {
  return [...files.flatMap((file) => judgeFile(file, policy)), ...findTwins(files)];
}

function judgeFile(file: JudgedFile, policy: GatePolicy): Finding[] {
  const { change } = file;
  const paths = [...new Set([change.newPath, change.oldPath])].filter((path) => path !== null);
  return [...paths.flatMap((path) => [...judgeName(path), ...judgePolicy(path, policy)]), ...judgeKind(file)];
}

function judgePolicy(path: string, policy: GatePolicy): Finding[] {
  if (matchesAny(ALWAYS_BLOCKED_PATHS, path)) {
    return [
      deny(
        "blocked-path",
        path,
        "repairs never touch this: it builds, guards or configures the repository, or may hold secrets",
      ),
    ];
  }
  if (matchesAny(policy.blockedPaths, path)) return [deny("blocked-path", path, "the policy blocks this path")];
  if (policy.allowedPaths !== null && !matchesAny(policy.allowedPaths, path)) {
    return [deny("path-not-allowed", path, "the policy lists the paths that may be touched, and this is none of them")];
  }
  if (matchesAny(policy.approvalPaths, path))
    return [ask("approval-path", path, "a person has to approve changes of this path")];
  return [];
}

/** Names that mean another place, or nothing a person can see, on some file system, in git, or on a screen. */
function judgeName(path: string): Finding[] {
  const parts = path.split("/");
  const faults: [isFault: boolean, detail: string][] = [
    [path.startsWith("/") || /^[a-z]:/i.test(path) || path.startsWith("~"), "an absolute path"],
    [path.includes("\\"), "a backslash, which is a folder separator on Windows"],
    [parts.some((part) => part === ".." || part === "."), "a path that climbs out of its folder"],
    [parts.some((part) => part === ""), "an empty folder or file name"],
    [/[\p{Cc}\u2028\u2029]/u.test(path), "control characters in the path"],
    [/[\p{Cf}\u3164\u115f\u1160\uffa0]/u.test(path), "invisible or text-direction characters in the path"],
    [
      parts.some((part) => /[. ]$/.test(part) || part.startsWith(" ")),
      "a name that begins with a space or ends with a dot or space, which some systems drop",
    ],
    [parts.some(isGitFolder), "a path inside git's own folder"],
    [path.length > 1000 || parts.some((part) => part.length > 255), "a path that is too long"],
    [parts.some((part) => /[:*?"<>|]/.test(part)), "characters that are no part of a name on every system"],
  ];
  const findings = faults.filter(([isFault]) => isFault).map(([, detail]) => deny("unsafe-path", path, detail));
  if (
    /\p{Script=Latin}\p{Script=Cyrillic}|\p{Script=Cyrillic}\p{Script=Latin}|\p{Script=Latin}\p{Script=Greek}/u.test(
      path,
    )
  ) {
    findings.push(
      ask("look-alike-path", path, "letters of two alphabets in one word, which can pass for another name"),
    );
  }
  return findings;
}

/** ".git" as git itself protects it: any case, HFS+ ignorable characters, NTFS short names and streams (git's path.c, is_ntfs_dotgit). */
function isGitFolder(part: string): boolean {
  return /^(?:\.git|git~\d+)(?:[ .]*$|:)/.test(fold(part));
}

function judgeKind(file: JudgedFile): Finding[] {
  const { change, path } = file;
  const modes = [change.oldMode, change.newMode];
  const findings: Finding[] = [];
  if (modes.includes("120000"))
    findings.push(
      deny("symlink", path, "a symbolic link can point anywhere, and cannot be published as a verified commit"),
    );
  if (modes.includes("160000"))
    findings.push(deny("submodule", path, "a submodule brings in code that is not in this diff"));
  if (change.binary) findings.push(deny("binary", path, "binary content cannot be judged"));
  // The API keeps the mode of a file that it changes in place; what it adds, also under a new name, is no executable.
  const isExecutable = change.newMode === "100755" && change.kind !== "modified" && change.kind !== "deleted";
  const isModeChange = change.oldMode !== null && change.newMode !== null && change.oldMode !== change.newMode;
  if (isExecutable || isModeChange) {
    findings.push(
      deny("file-mode", path, "an executable bit or a changed mode, which the API for verified commits cannot make"),
    );
  }
  return findings;
}

/** Two written paths that are one file where case or accents do not count: the last one would win on a developer's machine. */
function findTwins(files: JudgedFile[]): Finding[] {
  const seen = new Map<string, string>();
  const findings: Finding[] = [];
  for (const { newPath } of files.map((file) => file.change)) {
    if (newPath === null) continue;
    const twin = seen.get(fold(newPath));
    if (twin !== undefined)
      findings.push(deny("path-collision", newPath, `the same as ${twin} where letter case or accents do not count`));
    seen.set(fold(newPath), newPath);
  }
  return findings;
}

function deny(rule: string, path: string, detail: string): Finding {
  return { effect: "deny", rule, path, detail };
}

function ask(rule: string, path: string, detail: string): Finding {
  return { effect: "require_approval", rule, path, detail };
}
