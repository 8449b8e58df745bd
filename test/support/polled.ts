import type { FailedAttempt, PolledDeployment, PolledIssue, UnreadableItem } from "../../lib/reconcile/model.ts";
import type {
  DeploymentFeed,
  FailedDeliveries,
  IssueFeed,
  PageRequest,
  PolledPage,
} from "../../lib/reconcile/ports.ts";
import { assertPermit } from "../../lib/runtime/outbound.ts";

/** A list that is read in pages, newest first, as a provider keeps it. */
class PagedList<Item> {
  readonly items: Item[] = [];
  readonly unreadable: UnreadableItem[] = [];
  /** Every page that was asked for. */
  readonly requests: PageRequest[] = [];
  pageSize = 2;

  page(request: PageRequest, atOf: (item: Item) => string): PolledPage<Item> {
    this.requests.push(request);
    const found = this.items
      .filter((item) => atOf(item) >= request.since && atOf(item) <= request.until)
      .sort((a, b) => atOf(b).localeCompare(atOf(a)));
    const start = request.cursor === null ? 0 : Number(request.cursor);
    const end = start + this.pageSize;
    return {
      items: found.slice(start, end).map((item) => ({ ...item })),
      unreadable: start === 0 ? [...this.unreadable] : [],
      nextCursor: end < found.length ? String(end) : null,
    };
  }
}

/** What the sources' lists hold, beside what the bench's other memories do. */
export class MemoryPolls {
  readonly issues = new PagedList<PolledIssue>();
  readonly deployments = new PagedList<PolledDeployment>();
  readonly attempts = new PagedList<FailedAttempt>();
  /** Attempts whose delivery was asked for again. */
  readonly redelivered: string[] = [];
}

export function createMemoryIssueFeed({ issues }: MemoryPolls): IssueFeed {
  return {
    listChangedIssues: async (request) => issues.page(request, (issue) => issue.lastSeenAt),
    findIssue: async (issueId) => issues.items.find((one) => one.issueId === issueId) ?? null,
  };
}

export function createMemoryDeploymentFeed({ deployments }: MemoryPolls): DeploymentFeed {
  return { listDeployments: async (request) => deployments.page(request, (one) => one.createdAt) };
}

export function createMemoryFailedDeliveries(polls: MemoryPolls): FailedDeliveries {
  return {
    listFailedAttempts: async (request) => polls.attempts.page(request, (one) => one.at),
    async ensureRedelivered(permit, attemptId) {
      assertPermit(permit, "github.redelivery");
      polls.redelivered.push(attemptId);
    },
  };
}

/** An unresolved issue with one event, as its source lists it. */
export function polledIssue(issueId: string, lastSeenAt: Date, changes: Partial<PolledIssue> = {}): PolledIssue {
  const at = lastSeenAt.toISOString();
  return {
    issueId,
    shortId: `SHOP-${issueId}`,
    title: `TypeError: issue ${issueId}`,
    culprit: null,
    level: "error",
    status: "unresolved",
    isRegressed: false,
    category: "error",
    url: `https://errors.example/issues/${issueId}/`,
    sourceProject: null,
    events: 1,
    users: 1,
    firstSeenAt: at,
    lastSeenAt: at,
    raw: { firstSeen: at, lastSeen: at },
    ...changes,
  };
}
