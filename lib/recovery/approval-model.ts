import * as z from "zod";

/** rollback: production goes back to the deployment before; promote: it goes forward again. Neither builds anything. */
export const APPROVAL_KINDS = ["rollback", "promote"] as const;
export type ApprovalKind = (typeof APPROVAL_KINDS)[number];

/**
 * offered → approved → moving (the provider was asked) → watching (traffic moved, the error's rate is measured; rollback
 * only) → an end: worked, no_help, unclear, done (a promotion) · failed: it was not done · held: STAGE or DRY_RUN forbid
 * it · expired and withdrawn: nobody approved it in time, or there was nothing left to approve.
 */
export const APPROVAL_STATES = [
  "offered",
  "approved",
  "moving",
  "watching",
  "worked",
  "no_help",
  "unclear",
  "done",
  "failed",
  "held",
  "expired",
  "withdrawn",
] as const;
export type ApprovalState = (typeof APPROVAL_STATES)[number];

const deploymentSchema = z.object({
  deploymentId: z.string(),
  sha: z.string().nullable(),
  url: z.string().nullable(),
  readyAt: z.string().nullable(),
});
export type MovedDeployment = z.infer<typeof deploymentSchema>;

/** What else moves with production. null: it could not be learnt, and nothing is claimed. */
export const consequencesSchema = z.object({
  commits: z
    .object({
      total: z.number().int(),
      shown: z.array(z.object({ sha: z.string(), message: z.string() })),
    })
    .nullable(),
  pulls: z.array(z.object({ number: z.number().int(), title: z.string(), url: z.string() })).nullable(),
  /** Names of environment variables that changed since the other deployment was built; it keeps the values of then. */
  variables: z.array(z.string()).nullable(),
  /** Files of those commits that look like database migrations: they are not undone. */
  migrations: z.array(z.string()).nullable(),
});
export type Consequences = z.infer<typeof consequencesSchema>;

export const approvalSubjectSchema = z.object({
  from: deploymentSchema,
  to: deploymentSchema,
  reasons: z.array(z.string()),
  consequences: consequencesSchema,
  /** The move and its consequences, in words. */
  says: z.string(),
  lines: z.array(z.string()),
});
export type ApprovalSubject = z.infer<typeof approvalSubjectSchema>;

/** How rollbacks are offered. */
export const rollbackPolicySchema = z.strictObject({
  /** Offer one by itself where a deployment is the likely cause; off: only when a person asks. */
  offers: z.boolean().default(true),
  /** An error first seen later after its deployment took traffic is not blamed on it. */
  causeMinutes: z.number().positive().max(1_440).default(60),
  /** How long an offer is good for. */
  offerMinutes: z.number().positive().max(1_440).default(60),
});
export type RollbackPolicy = z.infer<typeof rollbackPolicySchema>;
