import * as z from "zod";
import { backlogPolicySchema, scanPolicySchema } from "../backlog/model.ts";
import { memoryPolicySchema } from "../investigate/lesson-model.ts";
import { slowPolicySchema } from "../performance/model.ts";
import { rollbackPolicySchema } from "../recovery/approval-model.ts";
import { recoveryRulesSchema } from "../recovery/model.ts";
import { probePolicySchema } from "../recovery/probe-model.ts";
import { feedbackPolicySchema } from "../repair/feedback-model.ts";
import { policySchema as gatePolicySchema } from "../repair/gate-model.ts";
import { reviewPolicySchema } from "../review/policy-model.ts";

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
      /** The workflow file that may claim runs by GitHub's OIDC token; see `patchpilot workflow`. */
      workflow: z
        .string()
        .regex(/^\.github\/workflows\/[\w.-]+\.ya?ml$/, "is not a file of .github/workflows/")
        .default(".github/workflows/patchpilot.yml"),
      /** Runs that may begin in any 24 hours, over all incidents; null: no limit. */
      maxRunsPerDay: z.number().int().min(0).nullable().default(50),
      /** Money that runs may take in any 24 hours; null: no limit. */
      dailyUsd: z.number().positive().nullable().default(null),
      /** Which plans for handed-over issues wait for a person; features and high risk always do. */
      planApproval: z.enum(["by_risk", "always"]).default("by_risk"),
      /** How often an open pull request is looked at, in case its webhook was lost. */
      pullRequestPollMinutes: z.number().positive().default(15),
      /** What follows from reviews of our pull requests; see lib/repair/feedback-model.ts. */
      feedback: feedbackPolicySchema.prefault({}),
    })
    .prefault({}),
  recovery: z
    .strictObject({
      /** How much of the time before the repair is the failing baseline, at most; of a rare error up to two weeks. */
      baselineHours: z.number().positive().default(24),
      /** How long a source may take until an event that it received can be counted. */
      ingestLagSeconds: z.number().min(0).max(3_600).default(60),
      /** How often a missing deployment is looked for. */
      deploymentPollMinutes: z.number().positive().default(10),
      /** Resolve the source's issue, in the release that holds the repair, when recovery is proved. */
      resolvesSource: z.boolean().default(true),
      /** The judge's own rules; see lib/recovery/model.ts. Attempts are `repair.maxAttempts`. */
      verdict: recoveryRulesSchema.omit({ maxAttempts: true }).prefault({}),
      /** A request for the failing route at each look; see lib/recovery/probe-model.ts. null: none. */
      probe: probePolicySchema.nullable().default(null),
      /** When going back to the deployment before is offered; see lib/recovery/approval-model.ts. */
      rollback: rollbackPolicySchema.prefault({}),
      /** Where the draft of a postmortem goes when an incident recovered: folded into the comment, or nowhere. */
      postmortem: z.enum(["comment", "off"]).default("comment"),
    })
    .prefault({}),
  triage: z
    .strictObject({
      /** What is watched and nothing more: a rule fits when all that it names fits; `*` stands for anything. */
      ignore: z
        .array(
          z
            .strictObject({
              name: z.string().min(1),
              environment: z.string().optional(),
              release: z.string().optional(),
              path: z.string().optional(),
              title: z.string().optional(),
            })
            .refine(({ name: _name, ...rest }) => Object.values(rest).some(Boolean), "names nothing to ignore"),
        )
        .default([]),
      /** Fewer events or users than this are watched only. */
      minEvents: z.number().int().min(0).default(0),
      minUsers: z.number().int().min(0).default(0),
      /** Times in which errors are expected. */
      maintenance: z
        .array(
          z.strictObject({
            from: z.iso.datetime({ offset: true }),
            to: z.iso.datetime({ offset: true }),
            reason: z.string().min(1),
          }),
        )
        .default([]),
      /** An incident that came back this often is not repaired again by itself. */
      flappingReturns: z.number().int().min(1).default(3),
    })
    .prefault({}),
  storm: z
    .strictObject({
      /** Problems that begin within this time of each other may be one. */
      togetherMinutes: z.number().positive().default(15),
      /** How long a problem that only says that somebody else failed waits for that cause before it gets an issue. */
      causeGraceSeconds: z.number().min(0).max(3_600).default(60),
      /** More new incidents than this within `breakerMinutes` open the breaker: triage goes on, repairs wait. */
      breakerIncidents: z.number().int().positive().default(10),
      breakerMinutes: z.number().positive().default(10),
    })
    .prefault({}),
  impact: z
    .strictObject({
      /** The longest part of an incident that is compared with the same hours of earlier weeks. */
      windowHours: z.number().positive().max(168).default(24),
      /** An incident younger than this is not measured yet. */
      minWindowMinutes: z.number().positive().default(10),
      weeks: z.number().int().min(2).max(8).default(4),
      /** An incident's impact is asked for no more often. */
      askMinutes: z.number().positive().default(10),
      /** How long a reported event may take until it can be counted. */
      ingestLagSeconds: z.number().min(0).max(3_600).default(60),
    })
    .prefault({}),
  reconcile: z
    .strictObject({
      /** How far back before its cursor a look begins: a source may list late what it received early. */
      overlapMinutes: z.number().min(0).max(10_080).default(60),
      /** How far back the first look at a source goes. */
      firstLookHours: z.number().positive().max(720).default(24),
      /** How long a webhook may take before what polling found counts as missed by it. */
      graceMinutes: z.number().min(0).max(1_440).default(10),
      /** How often one process looks by itself; null: as its schedule says. */
      everySeconds: z.number().min(1).max(3_600).nullable().default(null),
    })
    .prefault({}),
  /** What asking a model may take; see lib/investigate and lib/llm. */
  model: z
    .strictObject({
      maxSteps: z.number().int().min(1).max(50).default(10),
      maxTokens: z.number().int().min(1_000).default(250_000),
      /** Of one investigation; null: none. Only binds where the model's price is known. */
      maxUsd: z.number().positive().nullable().default(1),
      /** Of the whole project, over the last 24 hours. */
      dailyUsd: z.number().positive().nullable().default(20),
      /** How long an incident waits for the model at most, whatever happens to it. */
      maxMinutes: z.number().positive().max(60).default(5),
      maxOutputTokens: z.number().int().min(256).max(64_000).default(6_000),
      /** One call's time; a function of Vercel's has 60 s. */
      callSeconds: z.number().positive().max(280).default(45),
      /** Below this no root cause is asserted, and a person is asked. */
      minConfidence: z.number().min(0).max(1).default(0.5),
      /** US dollars for a million tokens, by `provider/model`, where the list's are wrong or there are none. */
      prices: z
        .record(
          z.string(),
          z.strictObject({
            inputUsd: z.number().min(0),
            cacheReadUsd: z.number().min(0),
            cacheWriteUsd: z.number().min(0),
            outputUsd: z.number().min(0),
          }),
        )
        .default({}),
    })
    .prefault({}),
  jobs: z
    .strictObject({
      /** Shortens the waits between retries of the in-process driver; 1 in production. */
      retryScale: z.number().positive().max(1).default(1),
      leaseSeconds: z.number().int().min(2).max(3_600).default(60),
    })
    .prefault({}),
  /** What counts as slow; see lib/performance/model.ts. */
  performance: slowPolicySchema.prefault({}),
  /** How long lessons are kept; see lib/investigate/lesson-model.ts. */
  memory: memoryPolicySchema.prefault({}),
  /** Checklists that become issues, and work found in the code; see lib/backlog/model.ts. */
  backlog: backlogPolicySchema.prefault({}),
  scan: scanPolicySchema.prefault({}),
  /** What is reviewed, when, and what of it is said; see lib/review/model.ts. */
  review: reviewPolicySchema.prefault({}),
  /** Rules of the patch gate; see lib/repair/gate-model.ts. */
  gate: gatePolicySchema.prefault({}),
});
export type Policy = z.infer<typeof policySchema>;
