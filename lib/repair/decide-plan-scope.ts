import { readFileRole } from "../kernel/read-file-role.ts";
import type { GateJudgement } from "./decide-run-end.ts";
import type { FileChange } from "./diff-model.ts";
import type { Plan } from "./plan-model.ts";
import { fold } from "./read-glob.ts";

const RANK = { allow: 0, require_approval: 1, deny: 2 } as const;
const BEYOND = "is not in the plan that was agreed on";

/**
 * The gate's judgement of a patch that was planned: what it touches beyond the plan's files is named, and code among it
 * needs a person, who agreed to something else. Tests and documents are only named. Nothing becomes milder.
 */
export function decidePlanScope(gate: GateJudgement, files: readonly FileChange[], plan: Plan): GateJudgement {
  const planned = plan.files.map((path) => fold(path).replace(/^\.?\/+/, ""));
  const isPlanned = (path: string) =>
    planned.some((one) => path === one || (one.endsWith("/") && path.startsWith(one)));
  const touched = new Set(files.flatMap(({ oldPath, newPath }) => [oldPath, newPath].filter((path) => path !== null)));
  const beyond = [...touched].filter((path) => !isPlanned(fold(path)));
  if (beyond.length === 0) return gate;
  const needsPerson = beyond.some((path) => readFileRole(path) === "source");
  const verdict = needsPerson && RANK[gate.verdict] < RANK.require_approval ? "require_approval" : gate.verdict;
  const named = beyond.map((path) => ({ rule: "beyond-plan", path, detail: BEYOND }));
  const before = verdict === "allow" || gate.verdict !== "allow" ? gate.reasons : [];
  return { verdict, reasons: [...before, ...named] };
}
