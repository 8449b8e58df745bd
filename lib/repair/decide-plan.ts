import { ALWAYS_BLOCKED_PATHS } from "./gate-paths-model.ts";
import type { Plan, RequestMode } from "./plan-model.ts";
import { matchesAny } from "./read-glob.ts";

export interface PlanFacts {
  plan: Plan;
  mode: RequestMode;
  /** Names of the labels. */
  labels: readonly string[];
  /** `always`: every plan waits for a person; `by_risk`: features, high risk and paths that need a person do. */
  approval: "always" | "by_risk";
  /** Paths that the gate would ask a person for. */
  approvalPaths: readonly string[];
}

export interface PlanReason {
  rule: string;
  path?: string;
  detail: string;
}

/** `ask`: it cannot begin before people answered; `wait`: it can once a person approves; `go`: it begins. */
export type PlanDecision = { type: "go" | "wait" | "ask"; reasons: PlanReason[] };

/** A worker may call a feature a bug; people's labels are believed before it. */
const FEATURE_LABEL = /^(?:type[:/ ]*)?(?:enhancement|feature(?:[ -]request)?|improvement)s?$/i;

/** What becomes of a plan. Features and high risk always need a person; questions and blockers come before anything. */
export function decidePlan(facts: PlanFacts): PlanDecision {
  const { plan } = facts;
  const asked = [
    ...plan.blockers.map((detail) => ({ rule: "blocker", detail })),
    ...plan.questions.map((detail) => ({ rule: "question", detail })),
  ];
  if (asked.length > 0) return { type: "ask", reasons: asked };
  const reasons = approvalReasons(facts);
  if (reasons.length > 0) return { type: "wait", reasons };
  return {
    type: "go",
    reasons: [{ rule: "by-risk", detail: `a ${plan.kind} of ${plan.risk} risk needs no approval` }],
  };
}

function approvalReasons({ plan, mode, labels, approval, approvalPaths }: PlanFacts): PlanReason[] {
  const label = labels.find((name) => FEATURE_LABEL.test(name));
  const isFeature = plan.kind === "feature" || label !== undefined;
  const paths = plan.files.flatMap((path): PlanReason[] => {
    if (matchesAny(ALWAYS_BLOCKED_PATHS, path)) return [{ rule: "path", path, detail: "no patch may touch it" }];
    return matchesAny(approvalPaths, path) ? [{ rule: "path", path, detail: "touching it needs a person" }] : [];
  });
  return [
    ...(mode === "plan" ? [{ rule: "asked-for", detail: "only a plan was asked for" }] : []),
    ...(isFeature ? [{ rule: "feature", detail: label ? `it is labelled ${label}` : "it is a feature" }] : []),
    ...(plan.risk === "high" ? [{ rule: "risk", detail: "its risk is high" }] : []),
    ...paths,
    ...(approval === "always" ? [{ rule: "policy", detail: "every plan is approved by a person" }] : []),
  ];
}
