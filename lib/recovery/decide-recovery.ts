import { composeVerdict } from "./compose-verdict.ts";
import { decideByCounts } from "./decide-counts.ts";
import { expectedToClose } from "./decide-evidence.ts";
import { type RecoveryFacts, type RecoveryPolicy, type RecoveryVerdict, recoveryPolicySchema } from "./model.ts";
import { renderDeployment, renderHours } from "./render-verdict.ts";

const HOUR_MS = 3_600_000;

/**
 * Did production recover? Only a READY deployment that contains the repair can tell; then events since, against the rate before, decide: close when
 * half the old rate or more is ruled out, retry when it still fails, wait until the moment at which silence would first be enough, escalate when
 * a person has to look. Looking more often does not raise the risks. `policy` may be given in part and goes before the facts' own.
 */
export function decideRecovery(facts: RecoveryFacts, policy?: Partial<RecoveryPolicy>): RecoveryVerdict {
  const rules =
    policy === undefined
      ? (facts.policy ?? recoveryPolicySchema.parse({}))
      : recoveryPolicySchema.parse({ ...facts.policy, ...policy });
  if (facts.repair === null) return decideWithoutRepair(facts, rules);
  return decideDeployment(facts, rules) ?? decideByCounts(facts, rules);
}

function hoursSince(facts: RecoveryFacts, moment: string): number {
  return Math.max(0, (Date.parse(facts.now) - Date.parse(moment)) / HOUR_MS);
}

/** Nothing was repaired: silence has no cause that could hold, so it is watched and then handed over by that name, never closed. */
function decideWithoutRepair(facts: RecoveryFacts, policy: RecoveryPolicy): RecoveryVerdict {
  const { events, hours } = facts.baseline;
  const quiet = hoursSince(facts, facts.incident.lastSeenAt);
  const single = [{ dispersion: 1, lnWeight: 0 }];
  const needed =
    events === 0
      ? policy.longestWatchHours
      : (expectedToClose(events, single, policy) * Math.max(hours, 1 / 60)) / events;
  const watch = Math.min(Math.max(needed, policy.minWatchMinutes / 60), policy.longestWatchHours);
  const words = `The last event was ${renderHours(quiet)} ago and nothing was repaired.`;
  if (quiet >= watch) {
    return composeVerdict(
      facts,
      "escalate",
      "went_quiet",
      `${words} The error went quiet: that is no proof of recovery, so a person should look.`,
    );
  }
  return composeVerdict(
    facts,
    "wait",
    "no_repair",
    `${words} If it stays silent it will be handed to a person as "went quiet".`,
    { recheckHours: watch - quiet, confidence: 0 },
  );
}

/** What the deployment alone decides; null when a READY one contains the repair. */
function decideDeployment(facts: RecoveryFacts, policy: RecoveryPolicy): RecoveryVerdict | null {
  const { deployment, repair } = facts;
  const state = deployment?.state.toUpperCase().replace("CANCELLED", "CANCELED") ?? null;
  if (deployment !== null && deployment.containsRepair !== false && state !== null) {
    if (state === "BLOCKED") return composeVerdict(facts, "escalate", "deployment_blocked", renderDeployment(state));
    if (/^(?:ERROR|CANCELED|DELETED|FAILED)$/.test(state))
      return composeVerdict(facts, "escalate", "deployment_failed", renderDeployment(state));
  }
  if (state === "READY" && deployment?.containsRepair === true) return null;
  const waited = hoursSince(facts, repair?.mergedAt ?? facts.now);
  const what = describeMissing(deployment?.containsRepair ?? null, state);
  if (waited >= policy.deploymentWaitHours) {
    return composeVerdict(
      facts,
      "escalate",
      "deployment_never_came",
      `${what} ${renderHours(waited)} after the merge production still does not run the repair.`,
    );
  }
  const recheckHours = Math.min(Math.max(waited / 2, 1 / 20), 1, policy.deploymentWaitHours - waited);
  const reason = deployment?.containsRepair === false ? "deployment_without_repair" : "waiting_for_deployment";
  return composeVerdict(facts, "wait", reason, `${what} Without it nothing can be said of the repair.`, {
    recheckHours,
    confidence: 0.5,
    partialStreak: facts.history.partialStreak,
  });
}

function describeMissing(containsRepair: boolean | null, state: string | null): string {
  if (state === null) return "No production deployment with the repair is known yet.";
  if (containsRepair === false) return "The production deployment does not contain the repair.";
  if (state !== "READY") return `The production deployment is ${state.toLowerCase()}.`;
  return "Whether the production deployment contains the repair is not known.";
}
