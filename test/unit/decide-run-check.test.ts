import { describe, expect, it } from "vitest";
import { decideRunCheck, type RunCheckFacts } from "../../lib/repair/decide-run-check.ts";

/** Claimed at 12:00 for 30 minutes, with a lease until 12:02; it is 12:01. */
const CLAIMED: RunCheckFacts = {
  state: "claimed",
  isWanted: true,
  claims: 1,
  now: "2026-03-01T12:01:00.000Z",
  createdAt: "2026-03-01T11:50:00.000Z",
  claimedAt: "2026-03-01T12:00:00.000Z",
  leaseUntil: "2026-03-01T12:02:00.000Z",
  claimMinutes: 60,
  totalMinutes: 30,
  dispatches: 0,
};
const QUEUED: RunCheckFacts = { ...CLAIMED, state: "queued", claims: 0, claimedAt: null, leaseUntil: null };

const check = (base: RunCheckFacts, changes: Partial<RunCheckFacts>) => decideRunCheck({ ...base, ...changes });
const at = (time: string) => `2026-03-01T${time}.000Z`;

describe("a claimed run", () => {
  it.each<[string, Partial<RunCheckFacts>, object]>([
    ["with a lease is left alone until it ends", {}, { type: "wait", until: at("12:02:00") }],
    ["a moment before its lease ends", { now: "2026-03-01T12:01:59.999Z" }, { type: "wait" }],
    [
      "whose lease ends now goes to another runner",
      { now: at("12:02:00") },
      { type: "requeue", reason: expect.stringContaining("was not heard of") },
    ],
    [
      "heard of, but past one and a half times its time and an hour for commands",
      { now: at("13:45:00"), leaseUntil: at("13:46:00") },
      { type: "requeue", reason: expect.stringContaining("ran past its time") },
    ],
    [
      "heard of, a moment before",
      { now: at("13:44:59"), leaseUntil: at("13:46:00") },
      { type: "wait", until: at("13:45:00") },
    ],
    ["lost by its fourth runner goes to a fifth", { now: at("12:02:00"), claims: 4 }, { type: "requeue" }],
    [
      "lost by its fifth runner is given up",
      { now: at("12:02:00"), claims: 5 },
      { type: "give_up", reason: expect.stringContaining("5") },
    ],
    ["without a lease goes to another runner", { leaseUntil: null }, { type: "requeue" }],
    ["nobody wants any more is dropped", { isWanted: false }, { type: "drop", reason: "the incident moved on" }],
    ["nobody wants any more is dropped, lost or not", { isWanted: false, now: at("20:00:00") }, { type: "drop" }],
  ])("%s", (_, changes, expected) => {
    expect(check(CLAIMED, changes)).toMatchObject(expected);
  });
});

describe("a run that waits for a runner", () => {
  it.each<[string, Partial<RunCheckFacts>, object]>([
    ["waits its hour", {}, { type: "wait", until: at("12:50:00") }],
    ["to the last moment", { now: "2026-03-01T12:49:59.999Z" }, { type: "wait" }],
    [
      "and is given up then, saying what to do",
      { now: at("12:50:00") },
      { type: "give_up", reason: expect.stringContaining("patchpilot runner") },
    ],
    [
      "has another hour after each runner that lost it",
      { now: at("12:50:00"), claims: 1 },
      { type: "wait", until: at("13:50:00") },
    ],
    [
      "whose workflow was asked for a runner is told where to look",
      { now: at("12:50:00"), dispatches: 3 },
      { type: "give_up", reason: expect.stringMatching(/asked for one 3 times.*patchpilot workflow/s) },
    ],
    ["is dropped when nobody wants it", { isWanted: false }, { type: "drop" }],
  ])("%s", (_, changes, expected) => {
    expect(check(QUEUED, changes)).toMatchObject(expected);
  });
});
