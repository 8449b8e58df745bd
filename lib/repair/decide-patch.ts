import { decideGateOnFiles } from "./decide-gate.ts";
import type { FileChange } from "./diff-model.ts";
import type { GateDecision, GatePolicy } from "./gate-model.ts";
import type { RepositoryFile } from "./repository-file-model.ts";

export interface PatchFacts {
  changes: FileChange[];
  operator: GatePolicy;
  /** What the target repository asks for, at the base commit; null where it says nothing, or nothing that can be read. */
  file: RepositoryFile | null;
  taskKind: string | null;
  /** Text of CODEOWNERS at the base commit, or null. */
  codeowners: string | null;
  /** What the run cost, or null where that is unknown. */
  costUsd: number | null;
}

/** What a patch is judged by, whatever it is. */
export type PatchRules = Omit<PatchFacts, "changes" | "taskKind">;

/**
 * The gate with everything that has a say in it. The patch is judged by the operator's policy, and once more by the same with
 * the repository's own file laid over it; the graver verdict holds and all reasons are named. So a file can tighten and
 * never loosen, whatever stands in it.
 */
export function decidePatch(facts: PatchFacts): GateDecision {
  const policies = [facts.operator, ...(facts.file === null ? [] : [overlay(facts.operator, facts.file)])];
  const { changes, taskKind, codeowners, costUsd } = facts;
  return mergeDecisions(
    policies.map((policy) => decideGateOnFiles(changes, policy, taskKind, { codeowners, costUsd })),
  );
}

function overlay(operator: GatePolicy, { policy, paths }: RepositoryFile): GatePolicy {
  const said = Object.fromEntries(Object.entries(policy ?? {}).filter(([, value]) => value !== undefined));
  return {
    ...operator,
    ...said,
    blockedPaths: [...operator.blockedPaths, ...(paths?.blocked ?? [])],
    approvalPaths: [...operator.approvalPaths, ...(paths?.approval ?? [])],
    allowedPaths: paths?.allowed ?? operator.allowedPaths,
    testPaths: [...operator.testPaths, ...(paths?.tests ?? [])],
  };
}

const GRAVITY = { allow: 0, require_approval: 1, deny: 2 } as const;

/** The gravest verdict, and every reason once, those of graver decisions first. */
function mergeDecisions(decisions: readonly GateDecision[]): GateDecision {
  const sorted = [...decisions].sort((a, b) => GRAVITY[b.verdict] - GRAVITY[a.verdict]);
  const verdict = sorted[0]?.verdict ?? "deny";
  const counted = sorted.filter((decision) => verdict === "allow" || decision.verdict !== "allow");
  const reasons = counted.flatMap((decision) => decision.reasons);
  const unique = new Map(reasons.map((reason) => [`${reason.rule}\0${reason.path}\0${reason.detail}`, reason]));
  const first = verdict === "allow" ? [...unique.values()].slice(0, 1) : [...unique.values()];
  return { verdict, reasons: first };
}
