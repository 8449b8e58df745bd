import { canSee } from "./auth.ts";
import type { Api, Ctx } from "./context.ts";
import { GitHubError, validationFailed } from "./errors.ts";
import { paged } from "./http.ts";
import { sorted } from "./issues.ts";
import type { IssueRecord, RepoRecord } from "./records.ts";
import { serializeIssue } from "./serialize-issue.ts";
import { fullName, type World } from "./world.ts";

type Test = (issue: IssueRecord, repo: RepoRecord) => boolean;

/** One word of a search: a qualifier, or text for title, body and comments. */
function searchTerm(world: World, term: string, areas: string[]): Test {
  const [, isNot = "", name = "", quoted, plain] = /^(-?)(\w+):(?:"([^"]*)"|(\S+))$/.exec(term) ?? [];
  const value = (quoted ?? plain ?? "").toLowerCase();
  const tests: Record<string, Test> = {
    repo: (_, repo) => fullName(repo).toLowerCase() === value,
    org: (_, repo) => repo.owner.toLowerCase() === value,
    user: (_, repo) => repo.owner.toLowerCase() === value,
    is: (issue) =>
      ({ issue: !issue.isPull, pr: issue.isPull, "pull-request": issue.isPull })[value] ?? issue.state === value,
    type: (issue) => issue.isPull === (value === "pr"),
    state: (issue) => issue.state === value,
    label: (issue) => issue.labels.some((label) => label.toLowerCase() === value),
    author: (issue) => issue.author.toLowerCase() === value.replace(/^app\/(.+)$/, "$1[bot]"),
    in: () => true,
  };
  const test = tests[name];
  if (test) return (issue, repo) => test(issue, repo) !== (isNot === "-");
  const text = term.replace(/^"|"$/g, "").toLowerCase();
  return (issue) => {
    const comments = () =>
      world.store.comments
        .where((one) => one.repoId === issue.repoId && one.number === issue.number)
        .map((one) => one.body);
    const sources: Record<string, () => string[]> = {
      title: () => [issue.title],
      body: () => [issue.body ?? ""],
      comments,
    };
    return areas.some((area) => sources[area]?.().some((one) => one.toLowerCase().includes(text)));
  };
}

function searchIssues(c: Ctx, world: World): Response {
  const query = c.req.query("q") ?? "";
  if (query.trim() === "") throw validationFailed({ resource: "Search", code: "missing", field: "q" });
  const terms = query.match(/-?\w+:"[^"]*"|"[^"]*"|\S+/g) ?? [];
  const areas = terms.flatMap((term) => (term.startsWith("in:") ? term.slice(3).split(",") : []));
  const tests = terms.map((term) => searchTerm(world, term, areas.length > 0 ? areas : ["title", "body", "comments"]));
  if (c.get("actor").kind === "app") throw new GitHubError(403, "Resource not accessible by integration");
  const found = world.store.issues.where((issue) => {
    const repo = world.store.repos.get(issue.repoId);
    return repo !== undefined && canSee(world, c.get("actor"), repo) && tests.every((test) => test(issue, repo));
  });
  const items = paged(c, world, sorted(c, found)).flatMap((issue) => {
    const repo = world.store.repos.get(issue.repoId);
    return repo ? [{ ...serializeIssue(world, repo, issue), score: 1 }] : [];
  });
  return c.json({ total_count: found.length, incomplete_results: false, search_type: "lexical", items });
}

/** Search in issues and pull requests. */
export function searchRoutes(api: Api, world: World): void {
  api.get("/search/issues", (c) => searchIssues(c, world));
}
