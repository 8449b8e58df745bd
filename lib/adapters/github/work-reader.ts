import * as z from "zod";
import type { Finding, KnownIssue } from "../../backlog/model.ts";
import type { WorkPull, WorkReader } from "../../backlog/ports.ts";
import type { CodeView, RepositoryReader } from "../../investigate/ports.ts";
import { AppError } from "../../kernel/errors.ts";
import { authoredSchema, type GitHubClient } from "./client.ts";
import type { Markers } from "./markers.ts";

/** What is older is not looked at: a list of every issue that ever was would cost minutes. */
const MAX_ISSUES = 3_000;
const MAX_PULLS = 300;
const MAX_ALERTS = 500;
const MARK = /^(?:backlog|scan):[\w.-]{1,80}$/;
/** Code scanning is off, or our App may not read it. */
const NO_ALERTS = new Set(["provider_forbidden", "provider_not_found"]);

const issueSchema = z.object({
  ...authoredSchema.shape,
  number: z.number(),
  html_url: z.string(),
  title: z.string(),
  body: z.string().nullish(),
  state: z.enum(["open", "closed"]).catch("closed"),
  pull_request: z.unknown().optional(),
});
const pullSchema = z.object({
  number: z.number(),
  html_url: z.string(),
  state: z.enum(["open", "closed"]),
  merged_at: z.string().nullish(),
  head: z.object({ ref: z.string() }),
});
const alertSchema = z.object({
  rule: z.object({ id: z.string().nullish(), description: z.string().nullish() }),
  tool: z.object({ name: z.string().nullish() }),
  most_recent_instance: z.object({
    message: z.object({ text: z.string().nullish() }).nullish(),
    location: z.object({ path: z.string().nullish(), start_line: z.number().nullish() }).nullish(),
  }),
});

/** WorkReader on GitHub. A marker counts only in what our own App wrote, with our own signature. */
export function createWorkReader(
  client: GitHubClient,
  markers: Markers,
  { repository, view }: { repository: RepositoryReader; view: CodeView },
): WorkReader {
  const markOf = async (issue: z.infer<typeof issueSchema>): Promise<string | null> => {
    const mark = await markers.read(issue.body);
    if (mark === null || !MARK.test(mark)) return null;
    return (await client.isOurs(issue)) ? mark : null;
  };
  return {
    async listIssues() {
      const issues: KnownIssue[] = [];
      const order = { state: "all", sort: "created", direction: "desc" };
      for await (const issue of client.list("GET /repos/{owner}/{repo}/issues", order, z.array(issueSchema))) {
        if (issue.pull_request !== undefined) continue;
        const { number, html_url: url, title, state } = issue;
        issues.push({ number, url, title, state, mark: await markOf(issue) });
        if (issues.length >= MAX_ISSUES) break;
      }
      return issues;
    },
    listFiles: async (sha) => (await repository.listFiles(sha)).paths,
    findFiles: (words, limit) => view.findFiles(words, limit),
    async listPulls(branchPrefix) {
      const found: WorkPull[] = [];
      let read = 0;
      const order = { state: "all", sort: "created", direction: "desc" };
      for await (const pull of client.list("GET /repos/{owner}/{repo}/pulls", order, z.array(pullSchema))) {
        const { number, html_url: url, state, merged_at: mergedAt, head } = pull;
        if (head.ref.startsWith(branchPrefix)) {
          found.push({ number, url, branch: head.ref, state, isMerged: typeof mergedAt === "string" });
        }
        read += 1;
        if (read >= MAX_PULLS) break;
      }
      return found;
    },
    async listScanAlerts() {
      const alerts: Finding[] = [];
      const route = "GET /repos/{owner}/{repo}/code-scanning/alerts";
      try {
        for await (const alert of client.list(route, { state: "open" }, z.array(alertSchema))) {
          alerts.push(findingOf(alert));
          if (alerts.length >= MAX_ALERTS) break;
        }
      } catch (thrown) {
        if (!(thrown instanceof AppError) || !NO_ALERTS.has(thrown.code)) throw thrown;
      }
      return alerts;
    },
  };
}

function findingOf({ rule, tool, most_recent_instance: seen }: z.infer<typeof alertSchema>): Finding {
  return {
    tool: tool.name ?? "code scanning",
    rule: rule.id ?? "unnamed",
    path: seen.location?.path ?? "",
    line: seen.location?.start_line ?? 1,
    text: seen.message?.text ?? rule.description ?? "",
  };
}
