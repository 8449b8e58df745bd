import * as z from "zod";
import { actingAccount, canSee } from "./auth.ts";
import type { Actor, Api, Ctx } from "./context.ts";
import { GitHubError, requiresAuthentication } from "./errors.ts";
import { accountNode } from "./graphql-git-nodes.ts";
import { GraphqlSyntaxError } from "./graphql-lex.ts";
import { mutationRoot } from "./graphql-mutations.ts";
import { commentNode, issueNode, pullNode, repositoryNode, reviewCommentNode, threadNode } from "./graphql-nodes.ts";
import { type Args, FieldError, type Node, runGraphql } from "./graphql-run.ts";
import { readBody } from "./http.ts";
import { readNodeId } from "./node-ids.ts";
import { readRateLimit } from "./rate-limit.ts";
import type { RepoRecord } from "./records.ts";
import { findIssue, findPull, findRepo, type World } from "./world.ts";

const Request = z.object({
  query: z.string(),
  variables: z.record(z.string(), z.unknown()).nullable().optional(),
  operationName: z.string().nullable().optional(),
});

function visible(world: World, actor: Actor, repo: RepoRecord | null | undefined): RepoRecord | null {
  return repo && canSee(world, actor, repo) ? repo : null;
}

function repositoryOf(world: World, actor: Actor, args: Args): Node {
  const [owner, name] = [String(args.owner ?? ""), String(args.name ?? "")];
  const repo = visible(world, actor, findRepo(world, owner, name));
  if (!repo) throw new FieldError("NOT_FOUND", `Could not resolve to a Repository with the name '${owner}/${name}'.`);
  return repositoryNode({ world, repo, actor });
}

function nodeOf(world: World, actor: Actor, id: string): Node {
  const missing = new FieldError("NOT_FOUND", `Could not resolve to a node with the global id of '${id}'`);
  const found = readNodeId(id);
  if (!found) throw missing;
  const [repoId = "", number = ""] = found.key.split("/");
  const { comments, repos, reviewComments } = world.store;
  const comment = found.prefix === "IC" ? comments.get(found.key) : undefined;
  const reviewComment = found.prefix === "PRRC" || found.prefix === "PRRT" ? reviewComments.get(found.key) : undefined;
  const repo = visible(world, actor, repos.get(comment?.repoId ?? reviewComment?.repoId ?? repoId));
  if (!repo) throw missing;
  const scope = { world, repo, actor };
  if (found.prefix === "R") return repositoryNode(scope);
  if (comment) return commentNode(scope, comment);
  if (reviewComment)
    return found.prefix === "PRRT" ? threadNode(scope, reviewComment) : reviewCommentNode(scope, reviewComment);
  const pull = found.prefix === "PR" ? findPull(world, repo, Number(number)) : null;
  if (pull) return pullNode(scope, pull);
  const issue = found.prefix === "I" ? findIssue(world, repo, Number(number)) : null;
  if (issue) return issueNode(scope, issue);
  throw missing;
}

function queryRoot(world: World, actor: Actor): Node {
  return {
    __typename: "Query",
    viewer: () => ({ ...accountNode(world, actingAccount(world, actor)), login: actingAccount(world, actor).login }),
    repository: (args: Args) => repositoryOf(world, actor, args),
    node: (args: Args) => nodeOf(world, actor, String(args.id ?? "")),
    rateLimit: () => {
      const { limit, remaining, used, reset } = readRateLimit(world, actor, "graphql");
      return {
        __typename: "RateLimit",
        limit,
        remaining,
        used,
        cost: 1,
        nodeCount: 0,
        resetAt: new Date(reset * 1000).toISOString(),
      };
    },
  };
}

async function answer(c: Ctx, world: World): Promise<Response> {
  const actor = c.get("actor");
  if (actor.kind === "anonymous") throw requiresAuthentication();
  if (actor.kind === "app") throw new GitHubError(403, "Resource not accessible by integration");
  const { query, variables, operationName } = await readBody(c, Request);
  const roots = { Query: queryRoot(world, actor), Mutation: mutationRoot(world, actor) };
  try {
    return c.json(await runGraphql(roots, query, variables ?? {}, operationName ?? null));
  } catch (error) {
    if (!(error instanceof GraphqlSyntaxError)) throw error;
    return c.json({ errors: [{ message: error.message, locations: [{ line: error.line, column: error.column }] }] });
  }
}

/** POST /graphql: 200 with `errors` for whatever is wrong with the query itself. */
export function graphqlRoutes(api: Api, world: World): void {
  api.post("/graphql", (c) => answer(c, world));
}
