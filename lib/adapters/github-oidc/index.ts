import { createRemoteJWKSet, errors, jwtVerify } from "jose";
import * as z from "zod";
import type { Clock } from "../../kernel/clock.ts";
import { AppError, messageOf } from "../../kernel/errors.ts";
import type { WorkflowClaims } from "../../repair/decide-workflow.ts";

export interface GithubOidcConfig {
  /** The issuer, exactly as its tokens name it. */
  issuer: string;
  /** What a token has to be meant for: our own public address. */
  audience: string;
  clock: Clock;
  timeoutMs: number;
}

/** Reads the claims of a GitHub Actions OIDC token, once it is proved to be one. */
export type ReadWorkflowToken = (token: string) => Promise<WorkflowClaims>;

/** docs.github.com/en/actions/reference/security/oidc */
const claimsSchema = z.object({
  repository: z.string(),
  workflow_ref: z.string(),
  ref: z.string(),
  event_name: z.string(),
  run_id: z.string(),
});

const CLOCK_TOLERANCE_SECONDS = 30;

/**
 * Verifies GitHub's OIDC tokens by its published keys (RS256 and nothing else). The keys are kept for ten minutes; a token
 * by a key that is not among them has them fetched again, at most twice a minute. AppErrors: `oidc_refused` says what is
 * wrong with the token, `oidc_keys_unreachable` can be tried again.
 */
export function createGithubOidc(config: GithubOidcConfig): ReadWorkflowToken {
  const keys = createRemoteJWKSet(new URL(`${config.issuer}/.well-known/jwks`), { timeoutDuration: config.timeoutMs });
  return async (token) => {
    const verified = await jwtVerify(token, keys, {
      issuer: config.issuer,
      audience: config.audience,
      algorithms: ["RS256"],
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      currentDate: config.clock.now(),
      requiredClaims: ["exp", "iat", "nbf"],
    }).catch((cause: unknown) => {
      throw faultOf(cause);
    });
    const claims = claimsSchema.safeParse(verified.payload);
    if (!claims.success) throw refused(`it lacks ${claims.error.issues[0]?.path.join(".") ?? "its claims"}`);
    const { repository, workflow_ref, ref, event_name, run_id } = claims.data;
    return { repository, workflowRef: workflow_ref, ref, eventName: event_name, runId: run_id };
  };
}

/** What is said of a token that jose refused: its own words name the claim and never the token. */
function faultOf(cause: unknown): AppError {
  const isToken =
    cause instanceof errors.JOSEError &&
    !(cause instanceof errors.JWKSTimeout || cause instanceof errors.JWKSInvalid) &&
    // jose's plain error is that of an answer without keys.
    cause.code !== "ERR_JOSE_GENERIC";
  if (isToken) return refused(messageOf(cause), cause);
  return new AppError("oidc_keys_unreachable", `GitHub's OIDC keys cannot be read: ${messageOf(cause)}`, {
    retry: "later",
    cause,
  });
}

function refused(why: string, cause?: unknown): AppError {
  return new AppError("oidc_refused", `the workflow's OIDC token is not accepted: ${why}`, { retry: "never", cause });
}
