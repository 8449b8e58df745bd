import type { Deployments, HealthProbe, ProductionDeployment } from "../../lib/recovery/ports.ts";

/** Production as its host tells it: deployments, newest first, and its health. */
export class MemoryProduction {
  readonly deployments: ProductionDeployment[] = [];
  health: "pass" | "fail" | "skipped" = "pass";

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
