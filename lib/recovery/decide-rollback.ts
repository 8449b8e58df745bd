import type { IncidentState } from "../incidents/model.ts";
import type { ApprovalKind } from "./approval-model.ts";
import type { ProductionDeployment } from "./ports.ts";

/** A move of production that could be made, or why there is none. */
export type MoveDecision =
  | {
      type: "move";
      kind: ApprovalKind;
      from: ProductionDeployment;
      to: ProductionDeployment;
      lagMinutes: number;
      /** Production would go to a deployment that contains the repair. */
      isRepaired: boolean;
    }
  | { type: "none"; reason: string };

/** Traffic moves to a deployment a moment before its host calls it ready, and clocks differ. */
const TOLERANCE_MS = 60_000;
const MINUTE_MS = 60_000;

const none = (reason: string) => ({ type: "none", reason }) as const;

/**
 * Where production could be moved to. After a rollback of ours that is in force: forward again, to the deployment with
 * the repair where one is ready, else to the one that production was taken from. Otherwise back, to the last deployment
 * that served before the one in which the error began. `deployments` newest first.
 */
export function decideMove(facts: {
  deployments: readonly ProductionDeployment[];
  beganAt: Date;
  /** The deployments between which we rolled back last, where we did. */
  rolledBack: { fromDeploymentId: string; toDeploymentId: string } | null;
  /** The newest ready deployment that contains the merged repair. */
  repairedId: string | null;
}): MoveDecision {
  const { deployments, beganAt, rolledBack } = facts;
  const byId = (id: string | null) => deployments.find((one) => one.deploymentId === id && one.state === "ready");
  const current = deployments.find((one) => one.isCurrent === true);
  if (current === undefined) return none("Vercel does not say which deployment production serves");
  if (rolledBack?.toDeploymentId === current.deploymentId) {
    const repaired = byId(facts.repairedId);
    const to = repaired ?? byId(rolledBack.fromDeploymentId);
    if (to === undefined) return none("the deployment that production was taken from is not known any more");
    return { type: "move", kind: "promote", from: current, to, lagMinutes: 0, isRepaired: repaired !== undefined };
  }
  const served = deployments
    .filter((one) => one.state === "ready" && one.readyAt !== null)
    .filter((one) => one.isCurrent === true || one.isRollbackCandidate !== false)
    .sort((a, b) => timeOf(b) - timeOf(a));
  const bad = served.find((one) => timeOf(one) <= beganAt.getTime() + TOLERANCE_MS);
  if (bad === undefined) return none("no production deployment from before the error began is known");
  if (timeOf(current) < timeOf(bad)) return none("production serves a deployment from before the error began already");
  const good = served.find((one) => timeOf(one) < timeOf(bad) && one.sha !== bad.sha);
  if (good === undefined) return none("no earlier deployment is known that production could go back to");
  const lagMinutes = Math.max(0, Math.round((beganAt.getTime() - timeOf(bad)) / MINUTE_MS));
  return { type: "move", kind: "rollback", from: current, to: good, lagMinutes, isRepaired: false };
}

function timeOf(one: ProductionDeployment): number {
  return Date.parse(one.readyAt ?? one.createdAt);
}

export interface OfferFacts {
  move: Extract<MoveDecision, { type: "move" }>;
  isAsked: boolean;
  state: IncidentState;
  /** The commit that the investigation suspects, and whether it is among those that would go back; null: not known. */
  suspect: { sha: string; isMoved: boolean | null } | null;
  /** Events of this error on the deployment that production would go back to; null: not known. */
  eventsOnTarget: number | null;
  policy: { offers: boolean; causeMinutes: number };
}

export type OfferDecision = { type: "offer"; reasons: string[] } | { type: "none"; reason: string };

const TOO_LATE: ReadonlySet<IncidentState> = new Set(["recovered", "ignored", "done"]);
/** A repair is merged: it will reach production by itself, or is there. */
const REPAIRED: ReadonlySet<IncidentState> = new Set(["deploying", "verifying"]);

const plural = (count: number, noun: string) => `${count} ${noun}${count === 1 ? "" : "s"}`;
const short = (sha: string | null) => (sha === null ? "unknown commit" : sha.slice(0, 7));

/**
 * Whether this move is offered to people. By itself only where a deployment is the likely cause and the one before is
 * well; a person who asks decides more, but not that an error would stop which the older deployment has too.
 */
export function decideOffer(facts: OfferFacts): OfferDecision {
  const { move, isAsked, state, suspect, eventsOnTarget, policy } = facts;
  if (move.kind === "promote") {
    // Back to what failed only when a person asks for it.
    if (!isAsked && !move.isRepaired) return none("no deployment with the repair is ready");
    const to = move.isRepaired ? "the deployment with the repair" : "the deployment that failed";
    return { type: "offer", reasons: [`production was rolled back, and can go forward again, to ${to}`] };
  }
  if (!isAsked && !policy.offers) return none("policy offers no rollbacks");
  if (TOO_LATE.has(state)) return none(`the incident is ${state}`);
  if (!isAsked && REPAIRED.has(state)) return none("a repair is merged");
  if (eventsOnTarget !== null && eventsOnTarget > 0)
    return none(
      `the error was seen ${plural(eventsOnTarget, "time")} on the earlier deployment (${short(move.to.sha)}) too`,
    );
  const isSoon = move.lagMinutes <= policy.causeMinutes;
  if (!isAsked && !isSoon)
    return none(`the error began ${plural(move.lagMinutes, "minute")} after its deployment took traffic`);
  if (!isAsked && eventsOnTarget === null) return none("whether the earlier deployment is well is not known");
  if (!isAsked && suspect?.isMoved !== true) return none("no commit of the failing deployment is suspected");
  return {
    type: "offer",
    reasons: [
      `the error began ${move.lagMinutes < 1 ? "within a minute" : plural(move.lagMinutes, "minute")} after its deployment took traffic`,
      suspect?.isMoved === true ? `suspect commit ${short(suspect.sha)} is in it` : "no commit of it is suspected",
      eventsOnTarget === null
        ? "whether the earlier deployment has the error is not known"
        : `the error was never seen on the earlier deployment (${short(move.to.sha)})`,
    ],
  };
}

const MIGRATION =
  /(?:^|\/)(?:migrations?|migrate|drizzle|alembic|flyway|liquibase)\/|(?:^|\/)db\/(?:changes|schema)|(?:^|\/)schema\.(?:sql|prisma|rb)$|\.sql$/i;

/** Whether a path looks like a change of the database's shape. */
export function isMigrationPath(path: string): boolean {
  return MIGRATION.test(path);
}
