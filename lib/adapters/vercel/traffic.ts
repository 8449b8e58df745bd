import * as z from "zod";
import type { TrafficSwitch } from "../../recovery/ports.ts";
import { assertPermit } from "../../runtime/outbound.ts";
import { createGet, nullWhenHidden, post, type VercelConfig } from "./client.ts";

/** `lastAliasRequest`: the last rollback or promotion that was asked for, and how it stands. */
const projectSchema = z.object({
  targets: z
    .object({ production: z.object({ id: z.string() }).nullish().catch(null) })
    .nullish()
    .catch(null),
  lastAliasRequest: z
    .object({ toDeploymentId: z.string(), requestedAt: z.number(), jobStatus: z.string() })
    .nullish()
    .catch(null),
});
const variablesSchema = z.object({
  envs: z.array(
    z.object({
      key: z.string(),
      target: z
        .union([z.string(), z.array(z.string())])
        .nullish()
        .catch(null),
      createdAt: z.number().nullish(),
      updatedAt: z.number().nullish(),
    }),
  ),
});
const FAILED = new Set(["failed", "skipped"]);

/**
 * TrafficSwitch on Vercel: `POST /v1/projects/{p}/rollback/{d}` and `POST /v10/projects/{p}/promote/{d}`, which build
 * nothing and answer before traffic moves, and `GET /v10/projects/{p}/env` for names of variables. What was asked for
 * already is seen in the project (`GET /v9/projects/{p}`).
 */
export function createTrafficSwitch(config: VercelConfig): TrafficSwitch {
  const get = createGet(config);
  const project = encodeURIComponent(config.projectId);
  const isUnderWay = async (deploymentId: string, since: string): Promise<boolean> => {
    const answer = await nullWhenHidden(get(`/v9/projects/${project}`, {}, projectSchema));
    if (answer?.value.targets?.production?.id === deploymentId) return true;
    const last = answer?.value.lastAliasRequest;
    return (
      last?.toDeploymentId === deploymentId && last.requestedAt >= Date.parse(since) && !FAILED.has(last.jobStatus)
    );
  };
  return {
    async ensureRolledBack(permit, { deploymentId, since, reason }) {
      assertPermit(permit, "vercel.rollback");
      if (await isUnderWay(deploymentId, since)) return;
      const path = `/v1/projects/${project}/rollback/${encodeURIComponent(deploymentId)}`;
      await post(config, permit, { kind: "vercel.rollback", path, query: { description: reason.slice(0, 200) } });
    },
    async ensurePromoted(permit, { deploymentId, since }) {
      assertPermit(permit, "vercel.promote");
      if (await isUnderWay(deploymentId, since)) return;
      const path = `/v10/projects/${project}/promote/${encodeURIComponent(deploymentId)}`;
      await post(config, permit, { kind: "vercel.promote", path });
    },
    async listChangedVariables(since) {
      const answer = await nullWhenHidden(get(`/v10/projects/${project}/env`, {}, variablesSchema));
      if (answer === null) return null;
      const isProduction = ({ target }: z.infer<typeof variablesSchema>["envs"][number]) =>
        !target || [target].flat().includes("production");
      const changed = answer.value.envs.filter(
        (one) => isProduction(one) && Math.max(one.updatedAt ?? 0, one.createdAt ?? 0) > Date.parse(since),
      );
      return [...new Set(changed.map(({ key }) => key))].sort();
    },
  };
}
