import { severityRank } from "./decide-findings.ts";
import type { Finding, Refutation, ReviewPolicy } from "./model.ts";

export interface PostedFinding {
  finding: Finding;
  state: "open" | "listed" | "dropped";
  /** Why it is not an inline comment; null where it is. */
  reason: string | null;
}

/** A doubt that the second pass does not share itself is only that. */
const SURE_REFUTATION = 0.5;
const UNSURE_FACTOR = 0.7;
const round = (value: number) => Math.round(value * 100) / 100;

type PostPolicy = Pick<ReviewPolicy, "refutes" | "minConfidence" | "minSeverity" | "maxComments">;

/** What the second pass leaves of a finding: its confidence, or why it is refuted. */
function judge(
  finding: Finding,
  verdict: Refutation["verdicts"][number] | undefined,
): { confidence: number } | { refuted: string } {
  if (verdict?.verdict === "refuted" && verdict.confidence >= SURE_REFUTATION) return { refuted: verdict.why };
  if (verdict?.verdict === "holds") return { confidence: round((finding.confidence + verdict.confidence) / 2) };
  return { confidence: round(finding.confidence * UNSURE_FACTOR) };
}

const rank = ({ finding }: PostedFinding) => (severityRank(finding.severity) + 1) * finding.confidence;

/**
 * Which findings are posted. `refutation` numbers `findings` from 1, in this order; what it does not speak of, it is
 * unsure about. null: no second pass was made. The result is in the order of weight, gravest and surest first.
 */
export function decidePosted(
  findings: readonly Finding[],
  refutation: Refutation | null,
  policy: PostPolicy,
): PostedFinding[] {
  const verdicts = new Map(refutation?.verdicts.map((one) => [one.finding, one]));
  const judged = findings.map((finding, index): PostedFinding => {
    const dropped = (reason: string, confidence = finding.confidence): PostedFinding => ({
      finding: { ...finding, confidence },
      state: "dropped",
      reason,
    });
    const left = refutation !== null && policy.refutes ? judge(finding, verdicts.get(index + 1)) : finding;
    if ("refuted" in left) return dropped(`refuted by the second pass: ${left.refuted || "no reason given"}`);
    const { confidence } = left;
    if (confidence < policy.minConfidence)
      return dropped(`confidence ${confidence} is below ${policy.minConfidence}`, confidence);
    // Remarks on style weigh little by nature; who asked for them gets them.
    const isLight = severityRank(finding.severity) < severityRank(policy.minSeverity) && finding.kind !== "style";
    if (isLight) return dropped(`severity ${finding.severity} is below ${policy.minSeverity}`, confidence);
    return { finding: { ...finding, confidence }, state: "open", reason: null };
  });
  const ordered = judged.sort((a, b) => rank(b) - rank(a));
  let posted = 0;
  return ordered.map((one) => {
    if (one.state !== "open") return one;
    posted += 1;
    return posted <= policy.maxComments
      ? one
      : { ...one, state: "listed", reason: `more than ${policy.maxComments} comments in one review` };
  });
}

/** Whether policy has a review with these findings ask for changes. GitHub lets nobody ask that of their own pull request. */
export function decideEvent(
  open: readonly Pick<Finding, "severity">[],
  { requestChangesFrom: from }: Pick<ReviewPolicy, "requestChangesFrom">,
  isOwnPull = false,
): "comment" | "request_changes" {
  const isReached = from !== null && open.some((one) => severityRank(one.severity) >= severityRank(from));
  return isReached && !isOwnPull ? "request_changes" : "comment";
}
