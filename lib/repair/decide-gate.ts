import { readFileRole } from "../kernel/read-file-role.ts";
import { decideContent } from "./decide-gate-content.ts";
import { decideDependencies } from "./decide-gate-dependencies.ts";
import { decideFacts, type GateSurroundings } from "./decide-gate-facts.ts";
import { decideGuards } from "./decide-gate-guards.ts";
import { decideHosts } from "./decide-gate-hosts.ts";
import { decideNewTests } from "./decide-gate-new-tests.ts";
import { decidePaths } from "./decide-gate-paths.ts";
import { decideSize } from "./decide-gate-size.ts";
import { decideSnapshots } from "./decide-gate-snapshots.ts";
import { decideStructure } from "./decide-gate-structure.ts";
import { decideSymptoms } from "./decide-gate-symptoms.ts";
import { decideTests } from "./decide-gate-tests.ts";
import type { FileChange } from "./diff-model.ts";
import { type Finding, type GateDecision, type GatePolicy, type JudgedFile, policySchema } from "./gate-model.ts";
import { readDiff } from "./read-diff.ts";
import { matchesAny } from "./read-glob.ts";

export interface GateFacts {
  /** A unified diff as git writes it. */
  diff: string;
  /** Any part of the policy; what is left out is its default. A policy that cannot be read denies everything. */
  policy?: unknown;
  /** What the patch is for: "bugfix" asks for a test and refuses swallowed errors, "docs" asks when code changes. Unknown or absent: neither. */
  taskKind?: string | null | undefined;
  /** Text of CODEOWNERS, for a policy that asks for owners. */
  codeowners?: string | null | undefined;
}

const MAX_REASONS = 40;

/**
 * May this patch be published? `deny`: no branch is made. `require_approval`: a person with the right has to agree first. The reasons name
 * rule, path and detail in plain words, the gravest first. Decided from the diff alone; a diff that cannot be read in full is denied.
 */
export function decideGate({ diff, policy, taskKind, codeowners = null }: GateFacts): GateDecision {
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
  return decideGateOnFiles(reading.files, parsed.data, taskKind ?? null, { codeowners });
}

/** The same for a diff that was read before, so that what is judged and what is published is one structure. */
export function decideGateOnFiles(
  changes: FileChange[],
  policy: GatePolicy,
  taskKind: string | null,
  surroundings: GateSurroundings = {},
): GateDecision {
  if (changes.length === 0)
    return { verdict: "deny", reasons: [{ rule: "empty-diff", detail: "the patch changes nothing" }] };
  const files = changes.map((change) => toJudged(change, policy));
  const isBugfix = taskKind === "bugfix";
  const findings = [
    ...decidePaths(files, policy),
    ...decideSize(files, policy),
    ...decideDependencies(files, policy),
    ...decideContent(files, policy),
    ...decideHosts(files),
    ...decideGuards(files),
    ...decideStructure(files),
    ...decideSymptoms(files, isBugfix),
    ...decideTests(files, policy, isBugfix),
    ...decideNewTests(files),
    ...decideSnapshots(files),
    ...decideTask(files, taskKind),
    ...decideFacts(changes, policy, surroundings),
  ];
  return toDecision(findings, files);
}

function toJudged(change: FileChange, policy: GatePolicy): JudgedFile {
  const path = change.newPath ?? change.oldPath ?? "";
  const file: JudgedFile = { change, path, role: roleOf(path, policy), added: [], deleted: [], addedAt: [] };
  for (const hunk of change.hunks) {
    let at = hunk.newStart;
    for (const { op, text } of hunk.lines) {
      if (op === "+") {
        file.added.push(text);
        file.addedAt.push(at);
      } else if (op === "-") file.deleted.push(text);
      if (op !== "-") at++;
    }
  }
  return file;
}

function roleOf(path: string, policy: GatePolicy): JudgedFile["role"] {
  return matchesAny(policy.testPaths, path) ? "test" : readFileRole(path);
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
  const reasons = [...denials, ...questions].slice(0, MAX_REASONS).map(({ effect: _effect, ...reason }) => reason);
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
