import type { Glitchtip } from "../../lib/adapters/glitchtip/index.ts";
import type { SourceIssue } from "../../lib/investigate/ports.ts";
import type { Monitor } from "../../lib/triage/ports.ts";
import { createMemoryErrorHistory, createMemoryErrorSource, type MemoryErrors } from "./error-source.ts";

/** What a GlitchTip knows beside the one issue of `MemoryErrors`: other issues by id, and monitors. */
export class MemoryGlitchtip {
  readonly issues: SourceIssue[] = [];
  readonly monitors = new Map<string, Monitor>();

  addIssue(issueId: string, lastSeenAt: Date, changes: Partial<SourceIssue> = {}): void {
    const at = lastSeenAt.toISOString();
    this.issues.push({
      issueId,
      shortId: `SHOP-${issueId}`,
      title: `Error ${issueId}`,
      culprit: null,
      level: "error",
      status: "unresolved",
      isRegressed: false,
      url: `https://glitchtip.example/acme/issues/${issueId}`,
      events: 3,
      users: 0,
      firstSeenAt: at,
      lastSeenAt: at,
      ...changes,
    });
  }
}

export function createMemoryGlitchtip(known: MemoryGlitchtip, errors: MemoryErrors): Glitchtip {
  const source = createMemoryErrorSource(errors);
  const newestFirst = () => [...known.issues].sort((a, b) => b.lastSeenAt.localeCompare(a.lastSeenAt));
  return {
    errorSource: {
      ...source,
      findIssue: async (issueId) =>
        known.issues.find((issue) => issue.issueId === issueId) ?? (await source.findIssue(issueId)),
    },
    errorHistory: createMemoryErrorHistory(errors),
    issueListing: {
      listRecentIssues: async ({ since, limit }) =>
        newestFirst()
          .filter((issue) => issue.status === "unresolved" && issue.lastSeenAt >= since)
          .slice(0, limit),
    },
    issueFeed: {
      listChangedIssues: async () => ({ items: [], unreadable: [], nextCursor: null }),
      findIssue: async () => null,
    },
    monitors: { findMonitor: async (monitorId) => known.monitors.get(monitorId) ?? null },
  };
}
