import type { ProductionDeployment } from "./ports.ts";

/** A production deployment, and whether it holds the repair; null when the code host cannot tell. */
export interface JudgedDeployment extends ProductionDeployment {
  containsRepair: boolean | null;
}

export type DeploymentDecision =
  | { type: "serving"; deployment: JudgedDeployment; readyAt: string }
  | { type: "wait"; reason: string; deployment: JudgedDeployment | null }
  | { type: "failed"; reason: string; deployment: JudgedDeployment };

/** The reason to wait where the repair is ready and has no traffic. */
export const READY_ELSEWHERE = "a deployment with the repair is ready, but production serves another one";

/** Where to look when Vercel itself says nothing. */
const HINTS: Partial<Record<ProductionDeployment["state"], string>> = {
  blocked: "the commit's author may have no seat in the Vercel team, or the project asks for verified commits",
  canceled: "by a person, by a newer commit, or by the project's ignored build step",
};

/**
 * Which deployment brings the repair to production, from the newest ones (newest first). The one that serves traffic now
 * decides: a repaired deployment that was rolled back is not in production. `readyAt` is when production first held the
 * repair without interruption.
 */
export function decideDeployment(deployments: readonly JudgedDeployment[]): DeploymentDecision {
  const serving =
    deployments.find((one) => one.isCurrent === true && one.state === "ready") ??
    deployments.find((one) => one.state === "ready" && one.isCurrent !== false);
  if (serving?.containsRepair === true) {
    return { type: "serving", deployment: serving, readyAt: firstReadyAt(deployments, serving) };
  }
  const coming = deployments.find(
    (one) => one.containsRepair === true && (one.state === "queued" || one.state === "building"),
  );
  if (coming) return { type: "wait", reason: `the deployment with the repair is ${coming.state}`, deployment: coming };
  const newest = deployments.find((one) => one.containsRepair === true);
  if (newest && newest.state !== "ready") {
    const why = `: ${newest.errorText ?? HINTS[newest.state] ?? "Vercel does not say why"}`;
    return { type: "failed", reason: `the deployment with the repair is ${newest.state}${why}`, deployment: newest };
  }
  if (newest)
    return {
      type: "wait",
      reason: READY_ELSEWHERE,
      deployment: newest,
    };
  return { type: "wait", reason: "no production deployment contains the repair yet", deployment: null };
}

/** Going back from the serving deployment, the oldest of the unbroken row of ready ones that hold the repair. */
function firstReadyAt(deployments: readonly JudgedDeployment[], serving: JudgedDeployment): string {
  let first = serving;
  const older = deployments.slice(deployments.indexOf(serving) + 1).filter((one) => one.state === "ready");
  for (const one of older) {
    if (one.containsRepair !== true) break;
    first = one;
  }
  return first.readyAt ?? first.createdAt;
}
