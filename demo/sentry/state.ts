import { randomBytes, randomUUID } from "node:crypto";
import { join } from "node:path";
import { openJournal } from "../kit/journal.ts";
import { groupHash } from "./group-event.ts";
import {
  appendActivity,
  countEvent,
  endResolution,
  isCovered,
  isSnoozeOver,
  newIssue,
  type StatusChange,
} from "./issue-state.ts";
import type { CommitFacts, Issue, Release, SessionBucket, StoredEvent } from "./model.ts";
import type { NormalizedEvent } from "./normalize-event.ts";
import type { StoredSpan } from "./read-transaction.ts";

interface Identity {
  publicKey: string;
  installationUuid: string;
  projectId: string;
}

type Fact =
  | { kind: "identity"; identity: Identity }
  | { kind: "event"; event: StoredEvent }
  | { kind: "spans"; spans: StoredSpan[] }
  | { kind: "sessions"; buckets: SessionBucket[]; atMs: number }
  | { kind: "status"; issueId: string; change: StatusChange; atMs: number }
  | { kind: "release"; version: string; facts: ReleaseFacts; atMs: number }
  | { kind: "alert"; issueId: string; atMs: number };

export interface ReleaseFacts {
  releasedMs?: number | null;
  ref?: string | null;
  url?: string | null;
  commits?: CommitFacts[];
}

export interface Ingested {
  issue: Issue;
  event: StoredEvent;
  outcome: "new" | "seen" | "regressed" | "unsnoozed" | "duplicate";
}

/** Everything that this Sentry remembers: rebuilt from its journal at start. */
export class SentryState {
  readonly identity: Identity;
  readonly issues = new Map<string, Issue>();
  readonly releases = new Map<string, Release>();
  readonly sessions = new Map<string, SessionBucket>();
  readonly spans: StoredSpan[] = [];
  readonly #byHash = new Map<string, Issue>();
  readonly #seen = new Map<string, Issue>();
  readonly #tracedEvents = new Set<string>();
  readonly #alertedMs = new Map<string, number>();
  readonly #journal;
  readonly #project: string;

  constructor(dir: string, project: string) {
    this.#project = project;
    this.#journal = openJournal<Fact>(join(dir, "sentry.jsonl"));
    let identity: Identity | undefined;
    for (const fact of this.#journal.records) {
      if (fact.kind === "identity") identity = fact.identity;
      else this.#apply(fact);
    }
    this.identity = identity ?? this.#makeIdentity();
  }

  /** Groups, counts and stores one event; the second copy of an event id changes nothing. */
  ingest(event: NormalizedEvent): Ingested {
    const known = this.#seen.get(event.id);
    if (known) return { issue: known, event: known.latest, outcome: "duplicate" };
    const hash = groupHash(event);
    const issueId = this.#byHash.get(hash)?.id ?? this.#nextIssueId();
    const stored: StoredEvent = { ...event, hash, issueId };
    this.#journal.append({ kind: "event", event: stored });
    return this.#applyEvent(stored);
  }

  /** The spans of one transaction; the second copy of it changes nothing. */
  addSpans(spans: StoredSpan[]): void {
    const [first] = spans;
    if (!first || this.#tracedEvents.has(first.eventId)) return;
    this.#journal.append({ kind: "spans", spans });
    this.#applySpans(spans);
  }

  addSessions(buckets: SessionBucket[], atMs: number): void {
    if (buckets.length === 0) return;
    this.#journal.append({ kind: "sessions", buckets, atMs });
    this.#applySessions(buckets, atMs);
  }

  setStatus(issueId: string, change: StatusChange, atMs: number): Issue | null {
    if (!this.issues.has(issueId)) return null;
    this.#journal.append({ kind: "status", issueId, change, atMs });
    return this.#applyStatus(issueId, change, atMs);
  }

  putRelease(version: string, facts: ReleaseFacts, atMs: number): Release {
    this.#journal.append({ kind: "release", version, facts, atMs });
    return this.#applyRelease(version, facts, atMs);
  }

  /** True at most once in `everyMs` for one issue. */
  claimAlert(issueId: string, everyMs: number, atMs: number): boolean {
    const last = this.#alertedMs.get(issueId);
    if (last !== undefined && atMs - last < everyMs) return false;
    this.#journal.append({ kind: "alert", issueId, atMs });
    this.#alertedMs.set(issueId, atMs);
    return true;
  }

  findIssue(idOrShortId: string): Issue | null {
    const direct = this.issues.get(idOrShortId);
    if (direct) return direct;
    const wanted = idOrShortId.toUpperCase();
    return [...this.issues.values()].find((issue) => issue.shortId === wanted) ?? null;
  }

  /** Oldest release first: by release date, else by the moment it was first heard of. */
  releaseOrder(): Release[] {
    return [...this.releases.values()].sort(
      (a, b) => (a.releasedMs ?? a.createdMs) - (b.releasedMs ?? b.createdMs) || a.number - b.number,
    );
  }

  #makeIdentity(): Identity {
    const identity = {
      publicKey: randomBytes(16).toString("hex"),
      installationUuid: randomUUID(),
      projectId: String(4_509_000_000_000_000 + randomBytes(4).readUInt32BE()),
    };
    this.#journal.append({ kind: "identity", identity });
    return identity;
  }

  #nextIssueId(): string {
    return String(6_507_376_900 + this.issues.size + 1);
  }

  #apply(fact: Exclude<Fact, { kind: "identity" }>): void {
    switch (fact.kind) {
      case "event":
        this.#applyEvent(fact.event);
        break;
      case "spans":
        this.#applySpans(fact.spans);
        break;
      case "sessions":
        this.#applySessions(fact.buckets, fact.atMs);
        break;
      case "status":
        this.#applyStatus(fact.issueId, fact.change, fact.atMs);
        break;
      case "release":
        this.#applyRelease(fact.version, fact.facts, fact.atMs);
        break;
      case "alert":
        this.#alertedMs.set(fact.issueId, fact.atMs);
        break;
    }
  }

  #applyEvent(event: StoredEvent): Ingested {
    if (event.release !== null) this.#applyRelease(event.release, {}, event.receivedMs, event);
    const known = this.#byHash.get(event.hash);
    const issue = known ?? newIssue(event, this.#project, this.issues.size + 1);
    this.#seen.set(event.id, issue);
    if (!known) {
      this.issues.set(issue.id, issue);
      this.#byHash.set(event.hash, issue);
      const release = this.releases.get(event.release ?? "");
      if (release) release.newGroups += 1;
    }
    const outcome = known ? this.#reopen(issue, event) : "new";
    countEvent(issue, event);
    return { issue, event, outcome };
  }

  #reopen(issue: Issue, event: StoredEvent): "seen" | "regressed" | "unsnoozed" {
    const order = this.releaseOrder().map((release) => release.version);
    if (issue.status === "resolved" && !isCovered(issue, event, order)) {
      endResolution(issue, "regressed", "set_regression", event.receivedMs, event.release);
      return "regressed";
    }
    if (issue.status === "ignored" && isSnoozeOver(issue, event.receivedMs)) {
      endResolution(issue, "ongoing", "set_unresolved", event.receivedMs, event.release);
      return "unsnoozed";
    }
    return "seen";
  }

  #applySpans(spans: StoredSpan[]): void {
    for (const span of spans) {
      this.#tracedEvents.add(span.eventId);
      this.spans.push(span);
    }
  }

  #applySessions(buckets: SessionBucket[], atMs: number): void {
    for (const bucket of buckets) {
      if (bucket.release !== null) this.#applyRelease(bucket.release, {}, atMs);
      const key = `${bucket.minuteMs}|${bucket.release}|${bucket.environment}`;
      const sum = this.sessions.get(key);
      if (!sum) {
        this.sessions.set(key, { ...bucket });
        continue;
      }
      sum.total += bucket.total;
      sum.errored += bucket.errored;
      sum.crashed += bucket.crashed;
      sum.abnormal += bucket.abnormal;
    }
  }

  #applyStatus(issueId: string, change: StatusChange, atMs: number): Issue | null {
    const issue = this.issues.get(issueId);
    if (!issue) return null;
    issue.status = change.status;
    issue.substatus = change.substatus;
    issue.statusDetails = change.statusDetails;
    issue.resolution = change.resolution;
    issue.resolvedAtMs = change.status === "resolved" ? atMs : null;
    const untilCount = change.ignoreCount === null ? null : issue.count + change.ignoreCount;
    issue.ignore = change.status === "ignored" ? { untilMs: change.ignoreUntilMs, untilCount } : null;
    appendActivity(issue, change.activity, atMs, {});
    return issue;
  }

  #applyRelease(version: string, facts: ReleaseFacts, atMs: number, event?: StoredEvent): Release {
    let release = this.releases.get(version);
    if (!release) {
      release = {
        number: 1_402_755_000 + this.releases.size + 1,
        version,
        createdMs: atMs,
        releasedMs: null,
        ref: null,
        url: null,
        commits: [],
        firstEventMs: null,
        lastEventMs: null,
        newGroups: 0,
      };
      this.releases.set(version, release);
    }
    if (facts.releasedMs !== undefined) release.releasedMs = facts.releasedMs;
    if (facts.ref !== undefined) release.ref = facts.ref;
    if (facts.url !== undefined) release.url = facts.url;
    if (facts.commits !== undefined) release.commits = facts.commits;
    if (event) {
      release.firstEventMs ??= event.timestampMs;
      release.lastEventMs = Math.max(release.lastEventMs ?? 0, event.timestampMs);
    }
    return release;
  }
}
