import type { Deployments, HealthProbe, ProductionDeployment, TrafficSwitch } from "../../lib/recovery/ports.ts";
import { assertPermit } from "../../lib/runtime/outbound.ts";

/** Production as its host tells it: deployments, newest first, and its health. */
export class MemoryProduction {
  readonly deployments: ProductionDeployment[] = [];
  health: "pass" | "fail" | "skipped" = "pass";
  /** What the failing route answers the operator's own check. */
  route: "pass" | "fail" = "pass";
  /** Every move of traffic that was really asked for, and variables that changed; null: they may not be seen. */
  readonly moves: string[] = [];
  variables: string[] | null = [];
  /** Whether traffic follows at once; else it does with `arrive`. */
  isSlow = false;
  asked: string | null = null;

  /** Production is asked to go to this deployment; a repeat of what is under way is none. */
  move(deploymentId: string, kind: "rollback" | "promote"): void {
    if (this.asked === deploymentId) return;
    this.asked = deploymentId;
    this.moves.push(`${kind} ${deploymentId}`);
    if (!this.isSlow) this.arrive();
  }

  arrive(): void {
    for (const one of this.deployments) one.isCurrent = one.deploymentId === this.asked;
  }

  /** A deployment of `sha`. A ready one takes the traffic over, unless it says otherwise. */
  deploy(
    sha: string,
    at: Date,
    state: ProductionDeployment["state"] = "ready",
    errorText: string | null = null,
  ): ProductionDeployment {
    const isReady = state === "ready";
    if (isReady) for (const one of this.deployments) one.isCurrent = false;
    const deployment: ProductionDeployment = {
      deploymentId: `dpl_${this.deployments.length + 1}`,
      sha,
      ref: "main",
      url: `https://shop-${this.deployments.length + 1}.example`,
      state,
      createdAt: at.toISOString(),
      readyAt: isReady ? at.toISOString() : null,
      isCurrent: isReady,
      isRollbackCandidate: isReady,
      errorText,
    };
    this.deployments.unshift(deployment);
    return deployment;
  }
}

export function createMemoryDeployments(production: MemoryProduction): Deployments {
  return {
    listProductionDeployments: async (limit) => production.deployments.slice(0, limit).map((one) => ({ ...one })),
  };
}

export function createMemoryHealth(production: MemoryProduction): HealthProbe {
  return { check: async () => ({ status: production.health, detail: `health is ${production.health}` }) };
}

export function createMemoryProbe(production: MemoryProduction): HealthProbe {
  const answers = { pass: "GET /cart answered 200", fail: "GET /cart answered 500, expected 200" };
  return { check: async () => ({ status: production.route, detail: answers[production.route] }) };
}

export function createMemoryTraffic(production: MemoryProduction): TrafficSwitch {
  return {
    async ensureRolledBack(permit, { deploymentId }) {
      assertPermit(permit, "vercel.rollback");
      production.move(deploymentId, "rollback");
    },
    async ensurePromoted(permit, { deploymentId }) {
      assertPermit(permit, "vercel.promote");
      production.move(deploymentId, "promote");
    },
    listChangedVariables: async () => production.variables,
  };
}
