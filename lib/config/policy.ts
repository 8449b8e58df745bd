import * as z from "zod";
import { recoveryRulesSchema } from "../recovery/model.ts";
import { policySchema as gatePolicySchema } from "../repair/gate-model.ts";

/**
 * What the operator allows and how patient we are. Every value has its documented default, so that an empty POLICY is
 * complete; an unknown name is a fault, never ignored.
 */
export const policySchema = z.strictObject({
  repair: z
    .strictObject({
      maxAttempts: z.number().int().min(1).max(10).default(3),
      totalMinutes: z.number().positive().default(30),
      idleMinutes: z.number().positive().default(10),
      costUsd: z.number().positive().nullable().default(null),
      /** How long a claimed run may be silent before it is given to another runner. */
      leaseSeconds: z.number().int().min(2).max(3_600).default(120),
      /** How long a run may wait for a runner before a person is told. */
      claimMinutes: z.number().positive().default(60),
      /** Ask for a runner by repository_dispatch (a workflow in the target repository); otherwise one polls for work. */
      dispatches: z.boolean().default(false),
      /** How often an open pull request is looked at, in case its webhook was lost. */
      pullRequestPollMinutes: z.number().positive().default(15),
    })
    .prefault({}),
  recovery: z
    .strictObject({
      /** How much of the time before the repair is the failing baseline, at most. */
      baselineHours: z.number().positive().default(24),
      /** How long a source may take until an event that it received can be counted. */
      ingestLagSeconds: z.number().min(0).max(3_600).default(60),
      /** How often a missing deployment is looked for. */
      deploymentPollMinutes: z.number().positive().default(10),
      /** Resolve the source's issue, in the release that holds the repair, when recovery is proved. */
      resolvesSource: z.boolean().default(true),
      /** The judge's own rules; see lib/recovery/model.ts. Attempts are `repair.maxAttempts`. */
      verdict: recoveryRulesSchema.omit({ maxAttempts: true }).prefault({}),
    })
    .prefault({}),
  jobs: z
    .strictObject({
      /** Shortens the waits between retries of the in-process driver; 1 in production. */
      retryScale: z.number().positive().max(1).default(1),
      leaseSeconds: z.number().int().min(2).max(3_600).default(60),
    })
    .prefault({}),
  /** Rules of the patch gate; see lib/repair/gate-model.ts. */
  gate: gatePolicySchema.prefault({}),
});
export type Policy = z.infer<typeof policySchema>;
