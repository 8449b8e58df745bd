import { decidePatch, type PatchRules } from "./decide-patch.ts";
import { decidePlanScope } from "./decide-plan-scope.ts";
import type { GateJudgement } from "./decide-run-end.ts";
import type { FileChange } from "./diff-model.ts";
import type { Plan } from "./plan-model.ts";

export interface RoundGateFacts {
  /** What the round changes. */
  files: readonly FileChange[];
  /** What the pull request changes with it; null where the round is the whole pull request. */
  whole: readonly FileChange[] | null;
  /** Paths that patches of ours changed before: what only a person's commits changed is theirs to answer for. */
  ourPaths: readonly string[];
  /** What the pull request is for. */
  originalKind: string;
  /** What was agreed on, where the pull request was planned. */
  plan: Plan | null;
}

const RANK = { allow: 0, require_approval: 1, deny: 2 } as const;

export const pathsOf = (files: readonly FileChange[]): string[] =>
  files.flatMap((file) => [file.oldPath, file.newPath].filter((path) => path !== null));

/** A round passes where both its own change and the whole pull request with it would pass. */
export function decideRoundGate(facts: RoundGateFacts, rules: PatchRules): GateJudgement {
  const { files, whole, originalKind, plan } = facts;
  const judge = (changes: readonly FileChange[], taskKind: string): GateJudgement => {
    const gate = decidePatch({ ...rules, changes: [...changes], taskKind });
    return plan === null ? gate : decidePlanScope(gate, changes, plan);
  };
  if (whole === null) return judge(files, originalKind);
  const ours = new Set([...facts.ourPaths, ...pathsOf(files)]);
  const ownPart = whole.filter((file) => pathsOf([file]).some((path) => ours.has(path)));
  const round = judge(files, "followup");
  // A round may take back all that was there: then there is no whole to judge.
  const all = ownPart.length === 0 ? round : judge(ownPart, originalKind);
  const worse = RANK[all.verdict] > RANK[round.verdict] ? all.verdict : round.verdict;
  const seen = new Set<string>();
  const reasons = [...round.reasons, ...all.reasons].filter(({ rule, path, detail }) => {
    const key = `${rule}\n${path ?? ""}\n${detail}`;
    return !seen.has(key) && seen.add(key);
  });
  return { verdict: worse, reasons };
}
