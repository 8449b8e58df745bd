import { describe, expect, it } from "vitest";
import { decideIssue, type IssueFacts } from "../../lib/reconcile/decide-issue.ts";
import { decidePosition, type LookFacts } from "../../lib/reconcile/decide-position.ts";
import { decideRedelivery } from "../../lib/reconcile/decide-redelivery.ts";
import type { GapReport, KnownIncident } from "../../lib/reconcile/model.ts";
import { rankAsked } from "../../lib/reconcile/rank-asked.ts";
import { renderGapLine } from "../../lib/reconcile/render-gaps.ts";
import { polledIssue } from "../support/polled.ts";

const NOW = "2026-10-06T12:00:00.000Z";
const minutesAgo = (minutes: number) => new Date(Date.parse(NOW) - minutes * 60_000);

describe("what an issue asks for", () => {
  const seenAt = minutesAgo(1);
  const issue = polledIssue("1", seenAt);
  const known: KnownIncident = {
    incidentId: "inc_1",
    issueId: "1",
    state: "observed",
    lastSeenAt: seenAt.toISOString(),
    closedAt: null,
    sourceStatus: null,
  };
  const unknown: IssueFacts = {
    source: "sentry",
    environment: "production",
    issue,
    isListed: true,
    known: null,
    graceMs: 600_000,
  };
  const decide = (facts: Partial<IssueFacts>) => decideIssue({ ...unknown, ...facts });
  const key = (facts: Partial<IssueFacts>) => {
    const decision = decide(facts);
    return decision.type === "deliver" ? decision.deliveryKey : decision.reason;
  };

  it.each<[string, Partial<IssueFacts>, string]>([
    ["unknown, with one event: as `issue.created` tells it", {}, `sentry:issue:1:created:${seenAt.toISOString()}`],
    [
      "unknown, with more: once an hour, for what a rule keeps out",
      { issue: { ...issue, raw: { firstSeen: "earlier", lastSeen: issue.raw.lastSeen } } },
      "sentry:poll:1:2026-10-06T11",
    ],
    ["unknown, asked for by its id", { isListed: false }, "not known here"],
    ["unknown and resolved", { issue: { ...issue, status: "resolved" } }, "resolved before it was known here"],
    ["of an outage", { issue: { ...issue, category: "outage" } }, `sentry:issue:1:created:${seenAt.toISOString()}`],
    ["of a user's feedback", { issue: { ...issue, category: "feedback" } }, "category feedback is no error"],
    ["known, open and seen", { known }, "open and up to date"],
    [
      "known, behind by the grace time",
      { known: { ...known, lastSeenAt: minutesAgo(11).toISOString() } },
      "open and up to date",
    ],
    [
      "known, behind by more",
      { known: { ...known, lastSeenAt: minutesAgo(12).toISOString() } },
      `sentry:poll:1:${seenAt.toISOString()}`,
    ],
    [
      "known, behind by little, and the source says that it came back",
      { known: { ...known, lastSeenAt: minutesAgo(2).toISOString() }, issue: { ...issue, isRegressed: true } },
      `sentry:poll:1:${seenAt.toISOString()}`,
    ],
    [
      "known, under way, behind by days",
      { known: { ...known, state: "repairing", lastSeenAt: "2026-10-01T00:00:00.000Z" } },
      "open and up to date",
    ],
    [
      "resolved while under way",
      { known: { ...known, state: "in_review" }, issue: { ...issue, status: "resolved" } },
      `sentry:issue:1:resolved:${seenAt.toISOString()}`,
    ],
    [
      "resolved, as was told",
      { known: { ...known, sourceStatus: "resolved" }, issue: { ...issue, status: "resolved" } },
      "resolved, as was told",
    ],
    ["ignored by a person's word", { known: { ...known, state: "ignored" } }, "ignored, and nothing changed"],
    [
      "ignored because archived, and taken back",
      { known: { ...known, state: "ignored", sourceStatus: "archived" } },
      `sentry:issue:1:unresolved:${seenAt.toISOString()}`,
    ],
    [
      "ignored because resolved, and back",
      { known: { ...known, state: "ignored", sourceStatus: "resolved" } },
      `sentry:issue:1:unresolved:${seenAt.toISOString()}`,
    ],
    [
      "recovered, and resolved by us",
      { known: { ...known, state: "recovered" }, issue: { ...issue, status: "resolved" } },
      "recovered, and nothing new",
    ],
  ])("%s", (_, facts, expected) => {
    expect(key(facts)).toBe(expected);
  });
});

describe("how far a cursor goes", () => {
  const look: LookFacts = {
    position: "2026-10-06T11:00:00.000Z",
    since: "2026-10-06T10:00:00.000Z",
    until: NOW,
    isComplete: true,
    unsettled: [],
  };

  it.each<[string, Partial<LookFacts>, string]>([
    ["to the end of a whole look", {}, NOW],
    [
      "to the oldest item that is not settled",
      { unsettled: [NOW, "2026-10-06T11:30:00.000Z"] },
      "2026-10-06T11:30:00.000Z",
    ],
    ["never back, though such an item is older", { unsettled: ["2026-10-06T10:30:00.000Z"] }, look.position ?? ""],
    ["nowhere when the time of one is not known", { unsettled: [null] }, look.position ?? ""],
    ["nowhere when a page is missing", { isComplete: false }, look.position ?? ""],
    ["to its beginning when the first look fails", { position: null, isComplete: false }, look.since],
  ])("%s", (_, facts, expected) => {
    expect(decidePosition({ ...look, ...facts })).toBe(expected);
  });
});

describe("asking for a delivery again", () => {
  const attempt = (minutes: number, statusCode = 502) => ({
    attemptId: `at-${minutes}`,
    guid: "g",
    event: "push",
    at: minutesAgo(minutes).toISOString(),
    statusCode,
  });
  const decide = (first: [number, number?], ...rest: [number, number?][]) =>
    decideRedelivery({
      attempts: [attempt(...first), ...rest.map((one) => attempt(...one))],
      isStored: false,
      now: NOW,
    });

  it.each<[string, ReturnType<typeof decide>, string]>([
    ["at once after the first failure", decide([0]), "redeliver"],
    ["not within 5 minutes of the second", decide([4.9], [10]), "wait"],
    ["after them", decide([5], [10]), "redeliver"],
    ["after 10 minutes of the third", decide([9.9], [20], [30]), "wait"],
    ["at most after an hour", decide([60], ...Array.from({ length: 20 }, (_, at): [number] => [61 + at])), "redeliver"],
    ["a few times when it is refused", decide([30, 401], [60, 401], [90, 401]), "redeliver"],
    ["no more after that", decide([30, 401], [60, 401], [90, 401], [120, 401]), "give_up"],
    ["however often it fails on the way", decide([60, 503], [120, 503], [180, 503], [240, 503]), "redeliver"],
    ["and for a limit as for a failure", decide([60, 429], [120, 429], [180, 429], [240, 429]), "redeliver"],
  ])("%s", (_, decision, expected) => {
    expect(decision.type).toBe(expected);
  });

  it("not at all once it is stored", () => {
    expect(decideRedelivery({ attempts: [attempt(1)], isStored: true, now: NOW })).toEqual({ type: "stored" });
  });
});

describe("who is asked for, of many", () => {
  it("changes with every step, until all had their turn", () => {
    const all = [1, 2, 3, 4, 5];
    const turns = [0, 1, 2, 3, 4].map((step) => rankAsked(all, 2, step * 1_000, 1_000));
    expect(turns).toEqual([
      [1, 2],
      [3, 4],
      [5, 1],
      [2, 3],
      [4, 5],
    ]);
    expect(rankAsked(all, 5, 7, 1)).toEqual(all);
  });
});

describe("the gap in one line", () => {
  const report: GapReport = { since: NOW, graceMinutes: 10, count: 0, bySource: {}, gaps: [], sources: [] };
  const source = { source: "sentry", position: NOW, fault: null, retryAt: null, lookedAt: NOW };

  it.each<[Partial<GapReport>, string | null]>([
    [{ sources: [source] }, null],
    [
      { count: 3, bySource: { sentry: 3 } },
      "3 messages (Sentry) came by polling only in the last 24 h: check the webhook",
    ],
    [
      { count: 3, bySource: { vercel: 1, github: 2 } },
      "3 messages (GitHub 2, Vercel 1) came by polling only in the last 24 h: check the webhooks",
    ],
    [{ sources: [{ ...source, fault: "out of time" }] }, "Sentry could not be polled: out of time"],
  ])("%j", (changes, expected) => {
    expect(renderGapLine({ ...report, ...changes })).toBe(expected);
  });
});
