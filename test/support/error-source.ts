import type { EventExcerpt } from "../../lib/intake/model.ts";
import type { ErrorSource, IssueContext, SourceEvent, SourceIssue } from "../../lib/investigate/ports.ts";
import type { ErrorHistory, SessionBucket, SessionHistory } from "../../lib/recovery/ports.ts";
import { assertPermit } from "../../lib/runtime/outbound.ts";

export const ISSUE_ID = "4711";

export interface MemoryEvent {
  at: Date;
  release: string | null;
  environment: string;
  excerpt: EventExcerpt;
}

/** An event of a crash in src/cart.js, as a source tells it. */
export function composeExcerpt(changes: Partial<EventExcerpt> = {}): EventExcerpt {
  const frame = { absPath: null, module: null, column: 3, contextLine: null, inApp: true };
  return {
    eventId: "e".repeat(32),
    occurredAt: null,
    platform: "node",
    errorType: "TypeError",
    errorMessage: "Cannot read properties of null (reading 'percent')",
    handled: false,
    frames: [
      { ...frame, filename: "src/server.js", function: "handle", line: 12 },
      { ...frame, filename: "src/cart.js", function: "total", line: 2 },
    ],
    tags: {},
    requestMethod: "POST",
    requestUrl: "https://shop.example/checkout",
    ...changes,
  };
}

/** An error tracker that remembers events of one issue, and what became of its status. */
export class MemoryErrors {
  readonly events: MemoryEvent[] = [];
  readonly resolvedIn: (string | null)[] = [];
  status: SourceIssue["status"] = "unresolved";
  title = "TypeError: Cannot read properties of null (reading 'percent')";
  level = "error";
  users = 40;
  /** What the source was told of releases, by version. */
  readonly releases = new Map<string, { createdAt: string; commits: string[] }>();
  /** null: release health is not used. */
  sessions: SessionBucket[] | null = null;
  /** The source's own counts over time; undefined: it keeps none. */
  stats: SourceIssue["stats"];
  /** false once somebody deleted the issue at its source. */
  exists = true;

  report(at: Date, release: string | null, environment = "production", changes: Partial<EventExcerpt> = {}): void {
    this.events.push({ at, release, environment, excerpt: composeExcerpt(changes) });
  }

  /** Reports `count` events evenly over [from, to). */
  reportMany(count: number, from: Date, to: Date, release: string | null): void {
    const step = (to.getTime() - from.getTime()) / count;
    for (let index = 0; index < count; index++) this.report(new Date(from.getTime() + index * step), release);
  }
}

const byTime = (a: MemoryEvent, b: MemoryEvent) => b.at.getTime() - a.at.getTime();

export function createMemoryErrorSource(errors: MemoryErrors, environment = "production"): ErrorSource {
  return {
    async findIssue(issueId): Promise<SourceIssue | null> {
      const newest = [...errors.events].sort(byTime);
      const last = newest[0];
      const first = newest.at(-1);
      if (!errors.exists || issueId !== ISSUE_ID || !first || !last) return null;
      return {
        issueId,
        shortId: "SHOP-1",
        title: errors.title,
        culprit: "total(src/cart)",
        level: errors.level,
        status: errors.status,
        isRegressed: false,
        url: `https://errors.example/issues/${issueId}/`,
        events: errors.events.length,
        users: errors.users,
        firstSeenAt: first.at.toISOString(),
        lastSeenAt: last.at.toISOString(),
        ...(errors.stats && { stats: errors.stats }),
      };
    },
    async findLatestEvent(): Promise<SourceEvent | null> {
      const found = errors.events.filter((event) => event.environment === environment).sort(byTime)[0];
      return found ? { excerpt: found.excerpt, release: found.release, environment: found.environment } : null;
    },
  };
}

export function createMemoryIssueContext(errors: MemoryErrors): IssueContext {
  return {
    async findTagSpread(_issueId, key) {
      const values = errors.events.flatMap(({ excerpt }) => excerpt.tags[key] ?? []);
      const counts = Map.groupBy(values, (value) => value);
      const spread = [...counts]
        .map(([value, all]) => ({ value, count: all.length }))
        .sort((a, b) => b.count - a.count);
      return spread.length === 0 ? null : { total: values.length, values: spread };
    },
    async findRelease(version) {
      const release = errors.releases.get(version);
      return release ? { createdAt: release.createdAt, releasedAt: null, commits: release.commits } : null;
    },
  };
}

export function createMemoryErrorHistory(errors: MemoryErrors): ErrorHistory {
  return {
    async listEvents({ environment, from, to }) {
      const events = errors.events
        .filter((event) => environment === null || event.environment === environment)
        .filter((event) => event.at >= new Date(from) && event.at < new Date(to))
        .sort(byTime)
        .map((event) => ({ at: event.at.toISOString(), release: event.release }));
      return { events, truncated: false };
    },
    findStatus: async () => errors.status,
    async ensureResolved(permit, { release }) {
      assertPermit(permit, "source.status");
      if (errors.status === "resolved") return;
      errors.status = "resolved";
      errors.resolvedIn.push(release);
    },
  };
}

export function createMemorySessions(errors: MemoryErrors): SessionHistory {
  return { listSessions: async () => errors.sessions };
}
