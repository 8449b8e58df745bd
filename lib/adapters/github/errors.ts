import * as z from "zod";
import type { Clock } from "../../kernel/clock.ts";
import { AppError } from "../../kernel/errors.ts";
import { type CallSite, errorForFailure, errorForStatus } from "../http-errors.ts";

const headersSchema = z.record(z.string(), z.unknown());

/** What @octokit/request throws. Without `response` nothing was answered, and `cause` says why. */
const requestErrorSchema = z.object({
  status: z.number(),
  response: z.object({ headers: headersSchema, data: z.unknown() }).optional(),
  cause: z.unknown().optional(),
});

const problemSchema = z.object({
  documentation_url: z.string().optional().catch(undefined),
  errors: z
    .array(z.union([z.string(), z.object({ resource: z.string(), field: z.string(), code: z.string() }).partial()]))
    .optional()
    .catch(undefined),
});

/** What @octokit/graphql throws for a 200 with `errors`. */
const graphqlErrorSchema = z.object({
  name: z.literal("GraphqlResponseError"),
  headers: headersSchema,
  errors: z.array(z.object({ type: z.string().optional() })),
});

const headerOf = (headers: Record<string, unknown>) => (name: string) => {
  const value = headers[name];
  return value === undefined || value === null ? null : String(value);
};

/**
 * A refused query or mutation by the types of its errors (docs.github.com, GraphQL "rate limits"; STALE_DATA is what
 * createCommitOnBranch answers for another head). Without a type GitHub ran out of time or failed inside: later.
 */
function errorForGraphql(site: CallSite, types: readonly string[], headers: Record<string, unknown>): AppError {
  if (types.includes("RATE_LIMITED")) {
    return errorForStatus({ ...site, status: 429, header: headerOf(headers), detail: { types } });
  }
  const isStale = types.includes("STALE_DATA");
  return new AppError(isStale ? "stale_head" : "provider_refused", `GitHub refused it: ${types.join(", ")}`, {
    retry: types.length === 0 ? "later" : "never",
    context: { ...site, types },
  });
}

/**
 * Everything that Octokit throws as AppError. A secondary limit without headers is known by the page that its
 * `documentation_url` names, never by its text.
 */
export function toAppError(site: CallSite, thrown: unknown, clock: Clock): AppError {
  if (thrown instanceof AppError) return thrown;
  const refused = graphqlErrorSchema.safeParse(thrown);
  if (refused.success) {
    const types = refused.data.errors.flatMap((one) => one.type ?? []);
    return errorForGraphql(site, types, refused.data.headers);
  }
  const read = requestErrorSchema.safeParse(thrown);
  if (!read.success || !read.data.response) return errorForFailure(site, read.data?.cause ?? thrown);
  const { status, response } = read.data;
  const problem = problemSchema.safeParse(response.data).data;
  return errorForStatus({
    ...site,
    status,
    header: headerOf(response.headers),
    isLimit: status === 403 && /\brate-limits?\b/.test(problem?.documentation_url ?? ""),
    clock,
    detail: { requestId: headerOf(response.headers)("x-github-request-id"), errors: problem?.errors ?? [] },
  });
}
