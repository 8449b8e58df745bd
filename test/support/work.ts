import type { Finding } from "../../lib/backlog/model.ts";
import type { WorkReader } from "../../lib/backlog/ports.ts";
import type { MemoryRepository } from "./code-host.ts";
import type { MemoryIssues } from "./issues.ts";

/** WorkReader over the same repository and issues that our other ports share; `alerts` is its code scanning. */
export function createMemoryWorkReader(
  repository: MemoryRepository,
  issues: MemoryIssues,
  alerts: readonly Finding[] = [],
): WorkReader {
  const filesOf = (sha: string) => repository.commits.get(sha)?.files ?? new Map<string, string>();
  return {
    listIssues: async () =>
      issues.all
        .map(({ number, url, title, state, marker }) => {
          return { number, url, title, state, mark: /^(?:backlog|scan):/.test(marker) ? marker : null };
        })
        .reverse(),
    listFiles: async (sha) => [...filesOf(sha).keys()],
    async findFiles(words, limit) {
      const files = filesOf(repository.branches.get("main") ?? "");
      return [...files].flatMap(([path, text]) => (text.includes(words) ? [path] : [])).slice(0, limit);
    },
    listPulls: async (prefix) =>
      repository.pulls
        .filter((pull) => pull.headRef.startsWith(prefix))
        .map(({ number, url, headRef, state, isMerged }) => ({ number, url, branch: headRef, state, isMerged }))
        .reverse(),
    listScanAlerts: async () => [...alerts],
  };
}
