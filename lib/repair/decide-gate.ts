import { decideContent } from "./decide-gate-content.ts";
import { decideDependencies } from "./decide-gate-dependencies.ts";
import { decidePaths } from "./decide-gate-paths.ts";
import { decideSize } from "./decide-gate-size.ts";
import { decideSymptoms } from "./decide-gate-symptoms.ts";
import { decideTests } from "./decide-gate-tests.ts";
import type { FileChange } from "./diff-model.ts";
import { type Finding, type GateDecision, type GatePolicy, type JudgedFile, policySchema } from "./gate-model.ts";
import { readDiff } from "./read-diff.ts";
import { readFileRole } from "./read-file-role.ts";
import { matchesAny } from "./read-glob.ts";

export interface GateFacts {
  /** A unified diff as git writes it. */
  diff: string;
  /** Any part of the policy; what is left out is its default. A policy that cannot be read denies everything. */
  policy?: unknown;
  /** What the patch is for: "bugfix" asks for a test and refuses swallowed errors, "docs" asks when code changes. Unknown or absent: neither. */
  taskKind?: string | null;
}

const MAX_REASONS = 40;

/**
 * May this patch be published? `deny`: no branch is made. `require_approval`: a person with the right has to agree first. The reasons name
 * rule, path and detail in plain words, the gravest first. Decided from the diff alone; a diff that cannot be read in full is denied.
 */
export function decideGate({ diff, policy, taskKind }: GateFacts): GateDecision {
  const parsed = policySchema.safeParse(policy ?? {});
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    return {
      verdict: "deny",
      reasons: [
        { rule: "policy", detail: `the policy cannot be read: ${issue?.path.join(".") || "it"}: ${issue?.message}` },
      ],
    };
  }
  const kilobytes = Math.ceil(diff.length / 1024);
  if (kilobytes > parsed.data.maxDiffKilobytes) {
    return {
      verdict: "deny",
      reasons: [
        { rule: "too-big", detail: `a diff of ${kilobytes} KB, where ${parsed.data.maxDiffKilobytes} are allowed` },
      ],
    };
  }
  const reading = readDiff(diff);
  if (!reading.ok) return { verdict: "deny", reasons: [{ rule: "unreadable-diff", detail: reading.reason }] };
  return decideGateOnFiles(reading.files, parsed.data, taskKind ?? null);
}

/** The same for a diff that was read before, so that what is judged and what is published is one structure. */
export function decideGateOnFiles(changes: FileChange[], policy: GatePolicy, taskKind: string | null): GateDecision {
  if (changes.length === 0)
    return { verdict: "deny", reasons: [{ rule: "empty-diff", detail: "the patch changes nothing" }] };
  const files = changes.map((change) => toJudged(change, policy));
  const isBugfix = taskKind === "bugfix";
  const findings = [
    ...decidePaths(files, policy),
    ...decideSize(files, policy),
    ...decideDependencies(files),
    ...decideContent(files, policy),
    ...decideSymptoms(files, isBugfix),
    ...decideTests(files, policy, isBugfix),
    ...decideTask(files, taskKind),
  ];
  return toDecision(findings, files);
}

function toJudged(change: FileChange, policy: GatePolicy): JudgedFile {
  const path = change.newPath ?? change.oldPath ?? "";
  const lines = change.hunks.flatMap((hunk) => hunk.lines);
  const textOf = (op: "+" | "-") => lines.filter((line) => line.op === op).map((line) => line.text);
  const role = matchesAny(policy.testPaths, path) ? "test" : readFileRole(path);
  return { change, path, role, added: textOf("+"), deleted: textOf("-") };
}

function decideTask(files: JudgedFile[], taskKind: string | null): Finding[] {
  const code = files.find((file) => file.role === "source");
  if (taskKind !== "docs" || code === undefined) return [];
  return [
    {
      effect: "require_approval",
      rule: "beyond-task",
      path: code.path,
      detail: "the task is about documents, and the patch changes code",
    },
  ];
}

function toDecision(findings: Finding[], files: JudgedFile[]): GateDecision {
  const unique = [
    ...new Map(
      findings.map((finding) => [`${finding.effect}\0${finding.rule}\0${finding.path}\0${finding.detail}`, finding]),
    ).values(),
  ];
  const denials = unique.filter((finding) => finding.effect === "deny");
  const questions = unique.filter((finding) => finding.effect === "require_approval");
  const reasons = [...denials, ...questions]
    .slice(0, MAX_REASONS)
    .map(({ rule, path, detail }) => ({ rule, ...(path === undefined ? {} : { path }), detail }));
  if (denials.length > 0) return { verdict: "deny", reasons };
  if (questions.length > 0) return { verdict: "require_approval", reasons };
  const lines = files.reduce((sum, { change }) => sum + change.addedLines + change.deletedLines, 0);
  return {
    verdict: "allow",
    reasons: [
      {
        rule: "within-policy",
        detail: `${files.length} ${files.length === 1 ? "file" : "files"}, ${lines} changed lines, no rule broken`,
      },
    ],
  };
}
