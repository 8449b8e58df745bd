import * as z from "zod";
import { assertMay } from "./auth.ts";
import type { Actor } from "./context.ts";
import { GitHubError } from "./errors.ts";
import { type Args, FieldError } from "./graphql-run.ts";
import type { RepoRecord } from "./records.ts";
import type { World } from "./world.ts";

export const Id = z.string().optional();

export function readInput<T>(args: Args, schema: z.ZodType<T>, type: string): T {
  const parsed = schema.safeParse(args.input);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new FieldError(
    "INVALID_VARIABLES",
    `Variable $input of type ${type}! was provided invalid value for ${issue?.path.join(".")} (${issue?.message})`,
  );
}

/** As assertMay, in GraphQL's words. */
export function assertAllowed(world: World, actor: Actor, repo: RepoRecord, area: string): void {
  try {
    assertMay(world, actor, repo, { area, level: "write" });
  } catch (error) {
    if (!(error instanceof GitHubError)) throw error;
    if (error.status === 404)
      throw new FieldError(
        "NOT_FOUND",
        `Could not resolve to a Repository with the name '${repo.owner}/${repo.name}'.`,
      );
    throw new FieldError("FORBIDDEN", error.message);
  }
}
