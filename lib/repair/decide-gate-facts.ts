import { findOwners, readOwners } from "../kernel/read-owners.ts";
import type { FileChange } from "./diff-model.ts";
import type { Finding, GatePolicy } from "./gate-model.ts";

/** What the gate may know beside the diff; each null or left out where it is unknown. */
export interface GateSurroundings {
  /** Text of CODEOWNERS at the base commit. */
  codeowners?: string | null;
  /** What the run cost. */
  costUsd?: number | null;
}

/** Files that somebody answers for, where the policy wants them asked; runs that cost more than one may. */
export function decideFacts(changes: FileChange[], policy: GatePolicy, facts: GateSurroundings): Finding[] {
  return [...findOwned(changes, policy, facts.codeowners ?? null), ...findCostly(policy, facts.costUsd ?? null)];
}

function findOwned(changes: FileChange[], policy: GatePolicy, codeowners: string | null): Finding[] {
  if (policy.codeowners !== "require_approval" || codeowners === null) return [];
  const rules = readOwners(codeowners);
  const paths = new Set(changes.flatMap((change) => [change.oldPath, change.newPath]).filter((path) => path !== null));
  return [...paths].flatMap((path) => {
    const owners = findOwners(rules, path) ?? [];
    if (owners.length === 0) return [];
    const detail = `CODEOWNERS names ${owners.slice(0, 3).join(", ")} for this path`;
    return [{ effect: "require_approval", rule: "codeowners", path, detail }];
  });
}

function findCostly({ maxCostUsd }: GatePolicy, costUsd: number | null): Finding[] {
  if (maxCostUsd === null || costUsd === null || costUsd <= maxCostUsd) return [];
  const detail = `the run cost $${costUsd.toFixed(2)}, where $${maxCostUsd.toFixed(2)} are allowed`;
  return [{ effect: "require_approval", rule: "budget", detail }];
}
