import { createGitHub, type GitHub } from "../adapters/github/index.ts";
import { createGlitchtip, type Glitchtip } from "../adapters/glitchtip/index.ts";
import { createHealthProbe } from "../adapters/health/index.ts";
import { createKvCache } from "../adapters/kv/index.ts";
import { createPostHog } from "../adapters/posthog/index.ts";
import { createSentry, type Sentry } from "../adapters/sentry/index.ts";
import {
  createDeploymentFeed,
  createTrafficSwitch,
  createVercel,
  type VercelConfig,
} from "../adapters/vercel/index.ts";
import type { Config } from "../config/read-config.ts";
import { readControl } from "../control/index.ts";
import type { FindSlowOutside } from "../performance/index.ts";
import type { DeploymentFeed } from "../reconcile/ports.ts";
import type { RecoverySettings } from "../recovery/index.ts";
import type { Deployments, HealthProbe, TrafficSwitch } from "../recovery/ports.ts";
import type { RepairSettings } from "../repair/index.ts";
import type { Context } from "../runtime/context.ts";
import { createOutbound, type Outbound } from "../runtime/outbound.ts";
import type { ImpactSettings, ProductAnalytics } from "../triage/index.ts";
import { DEFAULT_PROJECT_ID } from "./project.ts";

/** The outside, as far as it is configured. */
export interface Providers {
  github: GitHub | null;
  sentry: Sentry | null;
  glitchtip: Glitchtip | null;
  deployments: Deployments | null;
  deploymentFeed: DeploymentFeed | null;
  traffic: TrafficSwitch | null;
  health: HealthProbe;
  probe: HealthProbe | null;
  analytics: ProductAnalytics | null;
  outbound: Outbound;
}

const TIMEOUT_MS = 15_000;

/** Adapters from settings. Nothing is sent before their first call. */
export function createProviders(config: Config, ctx: Context): Providers {
  const { clock } = ctx;
  const { github, sentry, glitchtip, vercel, target, kv } = config;
  const { probe } = config.policy.recovery;
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
    glitchtip:
      glitchtip &&
      createGlitchtip({
        url: glitchtip.url,
        authToken: glitchtip.token,
        org: glitchtip.org,
        project: glitchtip.project,
        environment: sentry.environment,
        clock,
        timeoutMs: TIMEOUT_MS,
      }),
    deployments: vercel && createVercel(vercelConfig(vercel)),
    deploymentFeed: vercel && createDeploymentFeed(vercelConfig(vercel)),
    traffic: vercel && createTrafficSwitch(vercelConfig(vercel)),
    health: createHealthProbe({
      url: target?.url ?? null,
      path: target?.healthPath ?? "/",
      expectedStatus: target?.healthStatus ?? 200,
      timeoutMs: TIMEOUT_MS,
    }),
    probe:
      probe &&
      createHealthProbe({
        url: target?.url ?? null,
        method: probe.method,
        path: probe.path,
        expectedStatus: probe.expectedStatus,
        timeoutMs: probe.timeoutSeconds * 1_000,
      }),
    analytics:
      config.posthog &&
      createPostHog({
        host: config.posthog.host,
        apiKey: config.posthog.apiKey,
        projectId: config.posthog.projectId,
        clock,
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

/** The error tracker that a source is, or null where it is none or not configured. */
export function trackerOf(providers: Providers, source: string): Pick<Sentry, "errorSource" | "errorHistory"> | null {
  if (source === "sentry") return providers.sentry;
  return source === "glitchtip" ? providers.glitchtip : null;
}

/** Who watches a source's sites, and who lists its issues: GlitchTip's messages leave both to its API. */
export const monitorsOf = ({ glitchtip }: Providers, source: string) =>
  source === "glitchtip" ? (glitchtip?.monitors ?? null) : null;
export const listingOf = ({ glitchtip }: Providers, source: string) =>
  source === "glitchtip" ? (glitchtip?.issueListing ?? null) : null;

function vercelConfig({ apiUrl, token, teamId, projectId }: NonNullable<Config["vercel"]>): VercelConfig {
  return { url: apiUrl, token, teamId, projectId, timeoutMs: TIMEOUT_MS };
}

/** What repairs may do, from the operator's policy. */
export function repairSettings({ policy, workers }: Config): RepairSettings {
  const { totalMinutes, idleMinutes, costUsd, ...rest } = policy.repair;
  return {
    ...rest,
    projectId: DEFAULT_PROJECT_ID,
    profile: workers[0]?.profile ?? "claude",
    workers,
    budget: { totalMinutes, idleMinutes, costUsd },
    gate: policy.gate,
    storm: policy.storm,
  };
}

/** What of product impact is measured, from the operator's settings and policy. */
export function impactSettings({ policy, posthog }: Config): ImpactSettings {
  return { ...policy.impact, events: posthog?.events ?? [] };
}

/** What a look for slow spans goes by. A look cannot tell apart what began within the hours that it measures. */
export function slowSettings({ policy, sentry, stage }: Config): FindSlowOutside["settings"] {
  const togetherMinutes = Math.max(policy.storm.togetherMinutes, policy.performance.windowHours * 60);
  return {
    environment: sentry.environment,
    stage,
    policy: policy.performance,
    suppression: policy.triage,
    storm: { ...policy.storm, togetherMinutes },
  };
}

/** How patient recovery is, from the operator's policy. */
export function recoverySettings({ policy }: Config): RecoverySettings {
  const { verdict, postmortem: _postmortem, probe: _probe, ...rest } = policy.recovery;
  return {
    ...rest,
    slowFromMs: policy.performance.thresholdMs,
    verdict: { ...verdict, maxAttempts: policy.repair.maxAttempts },
  };
}
