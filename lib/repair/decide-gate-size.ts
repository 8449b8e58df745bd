import type { Finding, GatePolicy, JudgedFile } from "./gate-model.ts";

/** Whether the patch is small enough for a person to read as a repair. Tests and documents have their own, wider limits. */
export function decideSize(files: JudgedFile[], policy: GatePolicy): Finding[] {
  const own = files.filter((file) => file.role === "source");
  const other = files.filter((file) => file.role !== "source");
  const lines = (some: JudgedFile[]) =>
    some.reduce((sum, { change }) => sum + change.addedLines + change.deletedLines, 0);
  const deleted = own.filter((file) => file.change.kind === "deleted").length;
  const limits: [rule: string, is: number, max: number, what: string][] = [
    ["too-many-files", own.length, policy.maxFiles, "files besides tests and documents"],
    ["too-many-lines", lines(own), policy.maxChangedLines, "changed lines besides tests and documents"],
    ["too-many-files", other.length, policy.maxOtherFiles, "files of tests and documents"],
    ["too-many-lines", lines(other), policy.maxOtherLines, "changed lines of tests and documents"],
    ["too-many-deletions", deleted, policy.maxDeletedFiles, "deleted files"],
  ];
  return limits
    .filter(([, is, max]) => is > max)
    .map(([rule, is, max, what]) => ({ effect: "deny", rule, detail: `${is} ${what}, where ${max} are allowed` }));
}
