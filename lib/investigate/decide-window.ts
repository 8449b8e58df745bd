/** A production deployment that served traffic. */
export interface DeploymentFact {
  deploymentId: string;
  sha: string | null;
  url: string | null;
  readyAt: string;
}

/**
 * `bad` served when the error began, `good` is what served before it; `lagMinutes` from the first to the beginning.
 * A long lag says that the deployment alone does not explain the error.
 */
export type DeploymentWindow =
  | { bad: DeploymentFact & { sha: string }; good: DeploymentFact & { sha: string }; lagMinutes: number }
  | { unknown: string };

/** Traffic moves to a deployment a moment before its host calls it ready, and clocks differ. */
const TOLERANCE_MS = 60_000;

const hasSha = (one: DeploymentFact): one is DeploymentFact & { sha: string } => one.sha !== null;

/** Between which deployments the error came in. `beganAt` ISO 8601. */
export function decideWindow(facts: { deployments: readonly DeploymentFact[]; beganAt: string }): DeploymentWindow {
  const beganMs = Date.parse(facts.beganAt);
  const before = facts.deployments
    .filter(hasSha)
    .filter((one) => Date.parse(one.readyAt) <= beganMs + TOLERANCE_MS)
    .sort((a, b) => Date.parse(b.readyAt) - Date.parse(a.readyAt));
  const bad = before[0];
  if (!bad) return { unknown: "no production deployment from before it began is known" };
  const good = before.find((one) => one.sha !== bad.sha);
  if (!good) return { unknown: "no deployment before the failing one is known" };
  const lagMinutes = Math.max(0, Math.round((beganMs - Date.parse(bad.readyAt)) / 60_000));
  return { bad, good, lagMinutes };
}
