import type { DeploymentSignal } from "../intake/model.ts";
import type { PolledDeployment } from "./model.ts";

export type DeploymentStep =
  | { type: "nothing"; reason: string }
  | { type: "under_way" }
  | { type: "deliver"; summary: string; deliveryKey: string; signal: DeploymentSignal };

/** One deployment's end by one name, however it was learnt of. */
export function endKey(deploymentId: string, event: string): string {
  return `${deploymentId}:${event}`;
}

/**
 * What a production deployment's present state asks for. `told` holds the ends that some delivery told of (see `endKey`).
 * Only an end is delivered: until then it is looked at again.
 */
export function decideDeployment(deployment: PolledDeployment, told: ReadonlySet<string>): DeploymentStep {
  const { deploymentId, state, sha, ref, url, readyAt, createdAt } = deployment;
  if (state === "queued" || state === "building") return { type: "under_way" };
  if (told.has(endKey(deploymentId, state))) return { type: "nothing", reason: `${state}, as was told` };
  const commit = sha === null ? "" : ` of ${sha.slice(0, 12)}`;
  return {
    type: "deliver",
    summary: `production deployment ${deploymentId}${commit} is ${state}`,
    deliveryKey: `vercel:poll:${endKey(deploymentId, state)}`,
    signal: {
      kind: "deployment",
      event: state,
      deploymentId,
      sourceProject: null,
      target: "production",
      sha,
      ref,
      url,
      occurredAt: readyAt ?? createdAt,
    },
  };
}
