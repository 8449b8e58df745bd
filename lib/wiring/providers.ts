import { createGitHub, type GitHub } from "../adapters/github/index.ts";
import { createHealthProbe } from "../adapters/health/index.ts";
import { createKvCache } from "../adapters/kv/index.ts";
import { createSentry, type Sentry } from "../adapters/sentry/index.ts";
import { createVercel } from "../adapters/vercel/index.ts";
import type { Config } from "../config/read-config.ts";
import { readControl } from "../control/index.ts";
import type { RecoverySettings } from "../recovery/index.ts";
import type { Deployments, HealthProbe } from "../recovery/ports.ts";
import type { RepairSettings } from "../repair/index.ts";
import type { Context } from "../runtime/context.ts";
import { createOutbound, type Outbound } from "../runtime/outbound.ts";
import { DEFAULT_PROJECT_ID } from "./project.ts";

/** The outside, as far as it is configured. */
export interface Providers {
  github: GitHub | null;
  sentry: Sentry | null;
  deployments: Deployments | null;
  health: HealthProbe;
  outbound: Outbound;
}

const TIMEOUT_MS = 15_000;

/** Adapters from settings. Nothing is sent before their first call. */
export function createProviders(config: Config, ctx: Context): Providers {
  const { clock } = ctx;
  const { github, sentry, vercel, target, kv } = config;
  const cache = createKvCache({
    rest: kv,
    clock,
    onFault: (fault) => ctx.log.log("warn", "kv.failed", { code: fault.code, error: fault.message }),
  });
  return {
    github:
      github &&
      createGitHub({
        apiUrl: github.apiUrl,
        appId: String(github.appId),
        privateKey: github.privateKey,
        installationId: github.installationId,
        repository: github.repository,
        markerKey: config.encryptionKey ?? github.webhookSecret,
        cache,
        clock,
        timeoutMs: TIMEOUT_MS,
      }),
    sentry:
      sentry.api &&
      createSentry({
        url: sentry.url,
        authToken: sentry.api.token,
        org: sentry.api.org,
        project: sentry.api.project,
        environment: sentry.environment,
        clock,
        timeoutMs: TIMEOUT_MS,
      }),
    deployments:
      vercel &&
      createVercel({
        url: vercel.apiUrl,
        token: vercel.token,
        teamId: vercel.teamId,
        projectId: vercel.projectId,
        timeoutMs: TIMEOUT_MS,
      }),
    health: createHealthProbe({
      url: target?.url ?? null,
      path: target?.healthPath ?? "/",
      expectedStatus: target?.healthStatus ?? 200,
      timeoutMs: TIMEOUT_MS,
    }),
    outbound: createOutbound({
      dryRun: config.dryRun,
      stage: config.stage,
      async isStopped() {
        const control = await readControl(ctx.db.db, DEFAULT_PROJECT_ID);
        return { stopped: control.isStopped, reason: control.reason };
      },
    }),
  };
}

/** What repairs may do, from the operator's policy. */
export function repairSettings({ policy, workerProfile }: Config): RepairSettings {
  const { totalMinutes, idleMinutes, costUsd, ...rest } = policy.repair;
  return {
    ...rest,
    projectId: DEFAULT_PROJECT_ID,
    profile: workerProfile,
    budget: { totalMinutes, idleMinutes, costUsd },
    gate: policy.gate,
  };
}

/** How patient recovery is, from the operator's policy. */
export function recoverySettings({ policy }: Config): RecoverySettings {
  const { verdict, ...rest } = policy.recovery;
  return { ...rest, verdict: { ...verdict, maxAttempts: policy.repair.maxAttempts } };
}
