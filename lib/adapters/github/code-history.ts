import * as z from "zod";
import type { BlamedLine, CodeHistory, CodePlace, OpenIssue } from "../../investigate/ports.ts";
import { AppError } from "../../kernel/errors.ts";
import { nullWhenMissing } from "../http.ts";
import type { GitHubClient } from "./client.ts";
import { readFiles } from "./contents.ts";
import { mapLimited } from "./map-limited.ts";

const CONCURRENCY = 4;
const PER_PAGE = 100;
/** GitHub compares up to 250 commits without paging, and more with it: what is further apart is no trail any more. */
const MAX_COMPARE_PAGES = 3;

const BLAME = `query($owner: String!, $repo: String!, $sha: String!, $path: String!) {
  repository(owner: $owner, name: $repo) {
    object(expression: $sha) {
      ... on Commit {
        blame(path: $path) {
          ranges {
            startingLine
            endingLine
            commit { oid messageHeadline committedDate author { name user { login } } }
          }
        }
      }
    }
  }
}`;

const rangeSchema = z.object({
  startingLine: z.number().int(),
  endingLine: z.number().int(),
  commit: z.object({
    oid: z.string(),
    messageHeadline: z.string(),
    committedDate: z.string(),
    author: z.object({ name: z.string().nullish(), user: z.object({ login: z.string() }).nullish() }).nullish(),
  }),
});
const blameSchema = z.object({
  repository: z
    .object({ object: z.object({ blame: z.object({ ranges: z.array(rangeSchema) }).optional() }).nullish() })
    .nullish(),
});
const comparisonSchema = z.object({
  status: z.string(),
  total_commits: z.number().int(),
  commits: z.array(z.object({ sha: z.string() })),
});
const pullsSchema = z.array(
  z.object({ number: z.number(), title: z.string(), html_url: z.string(), merged_at: z.string().nullish() }),
);
const searchSchema = z.object({
  items: z.array(
    z.object({
      number: z.number(),
      title: z.string(),
      html_url: z.string(),
      updated_at: z.string(),
      pull_request: z.unknown().optional(),
    }),
  ),
});

/** GitHub names a path or object that is not there by this type. */
const isMissing = (thrown: unknown) =>
  thrown instanceof AppError &&
  thrown.code === "provider_refused" &&
  Array.isArray(thrown.context.types) &&
  thrown.context.types.includes("NOT_FOUND");

async function blameFile(client: GitHubClient, sha: string, path: string, lines: readonly number[]) {
  let answer: z.infer<typeof blameSchema>;
  try {
    answer = await client.query(BLAME, { owner: client.owner, repo: client.name, sha, path }, blameSchema);
  } catch (thrown) {
    if (isMissing(thrown)) return [];
    throw thrown;
  }
  const ranges = answer.repository?.object?.blame?.ranges ?? [];
  return lines.flatMap((line): BlamedLine[] => {
    const range = ranges.find(({ startingLine, endingLine }) => startingLine <= line && line <= endingLine);
    if (!range) return [];
    const { oid, committedDate, author, messageHeadline } = range.commit;
    const name = author?.user?.login ?? author?.name ?? "unknown";
    return [{ path, line, sha: oid, date: committedDate, author: name, message: messageHeadline }];
  });
}

async function blameLines(client: GitHubClient, sha: string, places: readonly CodePlace[]): Promise<BlamedLine[]> {
  const byPath = Map.groupBy(places, ({ path }) => path);
  const blamed = await mapLimited([...byPath], CONCURRENCY, ([path, asked]) =>
    blameFile(
      client,
      sha,
      path,
      asked.map(({ line }) => line),
    ),
  );
  return blamed.flat();
}

/** Pages of a comparison come oldest first. */
async function listCommitsBetween(client: GitHubClient, base: string, head: string) {
  const shas: string[] = [];
  let total = 0;
  for (let page = 1; page <= MAX_COMPARE_PAGES; page++) {
    const parameters = { basehead: `${base}...${head}`, per_page: PER_PAGE, page };
    const call = client.get("GET /repos/{owner}/{repo}/compare/{basehead}", parameters, comparisonSchema);
    const answer = await nullWhenMissing(call);
    if (answer === null || (answer.status !== "ahead" && answer.status !== "identical")) return null;
    total = answer.total_commits;
    shas.push(...answer.commits.map((commit) => commit.sha));
    if (answer.commits.length < PER_PAGE) break;
  }
  return { shas: [...new Set(shas)].reverse(), total };
}

/** 404, 409 and 422 are for a commit that GitHub does not know. */
const UNKNOWN_COMMIT = new Set(["provider_not_found", "provider_unprocessable", "provider_conflict"]);

async function findPullRequestOf(client: GitHubClient, sha: string) {
  const route = "GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls";
  try {
    const pulls = await client.get(route, { commit_sha: sha, per_page: 10 }, pullsSchema);
    const pull = pulls.find((one) => typeof one.merged_at === "string") ?? pulls[0];
    return pull ? { number: pull.number, title: pull.title, url: pull.html_url } : null;
  } catch (thrown) {
    if (thrown instanceof AppError && UNKNOWN_COMMIT.has(thrown.code)) return null;
    throw thrown;
  }
}

/**
 * Asked once for issues and once for pull requests: an installation's token gets 422 for both at once
 * (docs.github.com, "Search issues and pull requests").
 */
async function searchOpen(client: GitHubClient, words: string, limit: number): Promise<OpenIssue[]> {
  const text = words.replace(/[^\p{L}\p{N}_$.-]+/gu, " ").trim();
  if (text === "") return [];
  const found = await mapLimited(["issue", "pull-request"], 2, async (kind) => {
    const q = `repo:${client.repository} is:open is:${kind} in:title,body "${text}"`;
    const { items } = await client.get("GET /search/issues", { q, per_page: limit }, searchSchema);
    return items;
  });
  return found.flat().map((item) => ({
    kind: item.pull_request === undefined ? "issue" : "pull",
    number: item.number,
    title: item.title,
    url: item.html_url,
    updatedAt: item.updated_at,
  }));
}

/** Text of each path at `ref`; null where there is no file, or no text in it. */
export async function readTexts(client: GitHubClient, paths: readonly string[], ref: string) {
  const texts = await mapLimited(paths, CONCURRENCY, async (path) => {
    try {
      return (await readFiles(client, [path], ref)).get(path) ?? null;
    } catch (thrown) {
      if (thrown instanceof AppError && thrown.code === "file_not_text") return null;
      throw thrown;
    }
  });
  return new Map(paths.map((path, at) => [path, texts[at] ?? null]));
}

/** CodeHistory on GitHub. Blame by GraphQL (REST has none), the rest by REST. Permissions: contents, issues and pull requests, read. */
export function createCodeHistory(client: GitHubClient): CodeHistory {
  return {
    async webUrl() {
      const { html_url: url } = await client.get("GET /repos/{owner}/{repo}", {}, z.object({ html_url: z.string() }));
      return url.replace(/\/+$/, "");
    },
    readTexts: (paths, ref) => readTexts(client, paths, ref),
    blameLines: (sha, places) => blameLines(client, sha, places),
    listCommitsBetween: (base, head) => listCommitsBetween(client, base, head),
    findPullRequestOf: (sha) => findPullRequestOf(client, sha),
    searchOpen: (words, limit) => searchOpen(client, words, limit),
  };
}
