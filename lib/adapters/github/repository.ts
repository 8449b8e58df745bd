import * as z from "zod";
import type { RecentCommit, RepositoryReader } from "../../investigate/ports.ts";
import { AppError } from "../../kernel/errors.ts";
import type { CommitGraph } from "../../recovery/ports.ts";
import { nullWhenMissing } from "../http.ts";
import type { GitHubClient } from "./client.ts";
import { mapLimited } from "./map-limited.ts";

const MAX_COMMITS = 100;
/** GitHub lists at most 300 files of a commit a page; the first page is enough to know what it was about. */
const FILES_PER_COMMIT = 300;
const CONCURRENCY = 4;

const shaSchema = z.object({ sha: z.string() });
const treeSchema = z.object({
  truncated: z.boolean().default(false),
  tree: z.array(z.object({ path: z.string(), type: z.string() })),
});
const person = z.object({ name: z.string().optional(), date: z.string().optional() }).nullish();
const commitSchema = z.object({
  sha: z.string(),
  author: z.object({ login: z.string().optional() }).nullish(),
  commit: z.object({ message: z.string(), author: person, committer: person }),
  files: z.array(z.object({ filename: z.string(), previous_filename: z.string().optional() })).optional(),
});
const comparisonSchema = z.object({ status: z.enum(["ahead", "behind", "identical", "diverged"]) });

const UNKNOWN_COMMIT = new Set(["provider_not_found", "provider_unprocessable", "provider_conflict"]);

export async function getDefaultBranch(client: GitHubClient): Promise<string> {
  const schema = z.object({ default_branch: z.string() });
  return (await client.get("GET /repos/{owner}/{repo}", {}, schema)).default_branch;
}

/** GitHub answers 404, 422 (a SHA that is none of its own) or 409 (an empty repository) for what it does not know. */
export async function findCommit(client: GitHubClient, ref: string): Promise<string | null> {
  try {
    const answer = await client.get("GET /repos/{owner}/{repo}/commits/{ref}", { ref, per_page: 1 }, shaSchema);
    return answer.sha;
  } catch (thrown) {
    if (thrown instanceof AppError && UNKNOWN_COMMIT.has(thrown.code)) return null;
    throw thrown;
  }
}

async function listShas(client: GitHubClient, sha: string, limit: number): Promise<string[]> {
  const parameters = { sha, per_page: limit };
  const commits = await client.get("GET /repos/{owner}/{repo}/commits", parameters, z.array(shaSchema));
  return commits.slice(0, limit).map((commit) => commit.sha);
}

async function getRecentCommit(client: GitHubClient, sha: string): Promise<RecentCommit> {
  const parameters = { ref: sha, per_page: FILES_PER_COMMIT };
  const { author, commit, files } = await client.get(
    "GET /repos/{owner}/{repo}/commits/{ref}",
    parameters,
    commitSchema,
  );
  return {
    sha,
    date: commit.committer?.date ?? commit.author?.date ?? "",
    author: author?.login ?? commit.author?.name ?? "unknown",
    message: commit.message,
    files: [...new Set((files ?? []).flatMap((file) => [file.filename, file.previous_filename ?? []].flat()))],
  };
}

/** RepositoryReader on GitHub. At most 100 recent commits; of each, up to 300 files (both names of a renamed one). */
export function createRepositoryReader(client: GitHubClient): RepositoryReader {
  return {
    defaultBranch: () => getDefaultBranch(client),
    findCommit: (ref) => findCommit(client, ref),
    async listFiles(sha) {
      const route = "GET /repos/{owner}/{repo}/git/trees/{tree_sha}";
      const { tree, truncated } = await client.get(route, { tree_sha: sha, recursive: "1" }, treeSchema);
      return { paths: tree.filter((entry) => entry.type === "blob").map((entry) => entry.path), truncated };
    },
    async listRecentCommits(sha, limit) {
      const shas = await listShas(client, sha, Math.min(limit, MAX_COMMITS));
      return mapLimited(shas, CONCURRENCY, (one) => getRecentCommit(client, one));
    },
  };
}

/** CommitGraph by GitHub's compare: ahead or identical contains, behind or diverged does not, 404 is unknown. */
export function createCommitGraph(client: GitHubClient): CommitGraph {
  return {
    async containsCommit({ ancestor, descendant }) {
      const route = "GET /repos/{owner}/{repo}/compare/{basehead}";
      const parameters = { basehead: `${ancestor}...${descendant}`, per_page: 1 };
      const comparison = await nullWhenMissing(client.get(route, parameters, comparisonSchema));
      if (comparison === null) return null;
      return comparison.status === "ahead" || comparison.status === "identical";
    },
  };
}
