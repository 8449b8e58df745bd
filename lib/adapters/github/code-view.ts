import * as z from "zod";
import type { CodeView } from "../../investigate/ports.ts";
import type { GitHubClient } from "./client.ts";

const person = z.object({ name: z.string().nullish(), date: z.string().nullish() }).nullish();
const commitsSchema = z.array(
  z.object({
    sha: z.string(),
    author: z.object({ login: z.string().optional() }).nullish(),
    commit: z.object({ message: z.string(), author: person, committer: person }),
  }),
);
const foundSchema = z.object({ items: z.array(z.object({ path: z.string() })) });

/** GitHub takes queries of up to 256 characters (docs.github.com, "Considerations for code search"). */
const MOST_QUERY = 160;

/** CodeView on GitHub. Its code search knows the default branch only, and not every file of it. */
export function createCodeView(client: GitHubClient): CodeView {
  return {
    async findFiles(words, limit) {
      // Inside quotes nothing of what was asked for can become a qualifier, such as another repository.
      const text = words
        .replace(/["\\\s]+/g, " ")
        .trim()
        .slice(0, MOST_QUERY);
      const q = `"${text}" repo:${client.repository}`;
      const { items } = await client.get("GET /search/code", { q, per_page: limit }, foundSchema);
      return [...new Set(items.map((item) => item.path))];
    },
    async listCommitsOf(sha, path, limit) {
      const parameters = { sha, per_page: limit, ...(path !== null && { path }) };
      const commits = await client.get("GET /repos/{owner}/{repo}/commits", parameters, commitsSchema);
      return commits.slice(0, limit).map(({ sha: oid, author, commit }) => ({
        sha: oid,
        date: commit.committer?.date ?? commit.author?.date ?? "",
        author: author?.login ?? commit.author?.name ?? "unknown",
        message: commit.message,
      }));
    },
  };
}
