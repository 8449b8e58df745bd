import { describe, expect, it } from "vitest";
import { type ApprovalFacts, decideApproval } from "../../lib/recovery/decide-approval.ts";
import { decideMove, decideOffer, isMigrationPath, type OfferFacts } from "../../lib/recovery/decide-rollback.ts";
import type { ProductionDeployment } from "../../lib/recovery/ports.ts";
import { readApprovalId, readRollbackToken } from "../../lib/recovery/read-approval-token.ts";

const at = (minute: number) => new Date(Date.UTC(2026, 2, 1, 12, minute)).toISOString();
const deployment = (
  deploymentId: string,
  minute: number,
  more: Partial<ProductionDeployment> = {},
): ProductionDeployment => ({
  deploymentId,
  sha: `${deploymentId}-sha`,
  ref: "main",
  url: null,
  state: "ready",
  createdAt: at(minute),
  readyAt: at(minute),
  isCurrent: false,
  isRollbackCandidate: true,
  errorText: null,
  ...more,
});
const good = deployment("good", 0);
const bad = deployment("bad", 30, { isCurrent: true, isRollbackCandidate: false });
const facts = { deployments: [bad, good], beganAt: new Date(at(31)), rolledBack: null, repairedId: null };

describe("where production could go", () => {
  it("is back to the deployment before the one in which the error began", () => {
    expect(decideMove(facts)).toMatchObject({ kind: "rollback", from: bad, to: good, lagMinutes: 1 });
  });

  it.each([
    ["nothing is known to serve", { deployments: [{ ...bad, isCurrent: null }, good] }, "does not say"],
    ["there is no earlier one", { deployments: [bad] }, "no earlier deployment is known"],
    [
      "the earlier one cannot serve again",
      { deployments: [bad, { ...good, isRollbackCandidate: false }] },
      "no earlier",
    ],
    ["the error is older than all of them", { beganAt: new Date(at(-60)) }, "no production deployment from before"],
    [
      "production went back already",
      {
        deployments: [
          { ...bad, isCurrent: false, isRollbackCandidate: true },
          { ...good, isCurrent: true },
        ],
      },
      "from before the error began already",
    ],
  ])("is nowhere where %s", (_, change, reason) => {
    expect(decideMove({ ...facts, ...change })).toEqual({ type: "none", reason: expect.stringContaining(reason) });
  });

  it("after a rollback of ours is forward: to the repair where it is ready, else to where it came from", () => {
    const back = { ...good, isCurrent: true };
    const repaired = deployment("repaired", 50, { isRollbackCandidate: false });
    const rolledBack = { fromDeploymentId: "bad", toDeploymentId: "good" };
    const after = { ...facts, deployments: [repaired, { ...bad, isCurrent: false }, back], rolledBack };
    expect(decideMove(after)).toMatchObject({ kind: "promote", to: { deploymentId: "bad" }, isRepaired: false });
    expect(decideMove({ ...after, repairedId: "repaired" })).toMatchObject({ to: repaired, isRepaired: true });
  });
});

const move = decideMove(facts);
if (move.type === "none") throw new Error(move.reason);
const offerFacts: OfferFacts = {
  move,
  isAsked: false,
  state: "repairing",
  suspect: { sha: "bad-sha", isMoved: true },
  eventsOnTarget: 0,
  policy: { offers: true, causeMinutes: 60 },
};

describe("a rollback", () => {
  it("is offered, with its reasons", () => {
    expect(decideOffer(offerFacts)).toMatchObject({
      type: "offer",
      reasons: expect.arrayContaining([expect.stringContaining("suspect commit")]),
    });
  });

  it.each<[string, Partial<OfferFacts>, "offer" | "none"]>([
    ["policy offers none", { policy: { offers: false, causeMinutes: 60 } }, "offer"],
    ["the error began too long after the deployment", { move: { ...move, lagMinutes: 61 } }, "offer"],
    ["no commit of it is suspected", { suspect: { sha: "x", isMoved: false } }, "offer"],
    ["nobody knows whether it is", { suspect: { sha: "x", isMoved: null } }, "offer"],
    ["nobody knows whether the older one is well", { eventsOnTarget: null }, "offer"],
    ["a repair is merged", { state: "verifying" }, "offer"],
    ["the older one has the error too", { eventsOnTarget: 1 }, "none"],
    ["the incident is over", { state: "recovered" }, "none"],
  ])("is not offered by itself where %s; to who asks it may be", (_, change, asked) => {
    expect(decideOffer({ ...offerFacts, ...change }).type).toBe("none");
    expect(decideOffer({ ...offerFacts, ...change, isAsked: true }).type).toBe(asked);
  });
});

const NOW = new Date(at(40));
const approval: ApprovalFacts = {
  now: NOW,
  offer: { kind: "rollback", state: "offered", incidentId: "inc_1", expiresAt: new Date(at(41)), approvedBy: null },
  isSigned: true,
  incident: { id: "inc_1", state: "repairing" },
};
const offer = approval.offer;
if (offer === null) throw new Error("there is an offer");

describe("a word of approval", () => {
  it("counts in time, for its own incident", () => {
    expect(decideApproval(approval)).toEqual({ type: "approve" });
  });

  it.each<[string, Partial<ApprovalFacts>, string]>([
    ["of nothing", { offer: null }, "no offer of this token"],
    ["with a foreign signature", { isSigned: false }, "tampered with"],
    ["for another incident", { incident: { id: "inc_2", state: "repairing" } }, "another incident"],
    ["at the moment of expiry", { now: new Date(at(41)) }, "expired at"],
    ["given before", { offer: { ...offer, state: "moving", approvedBy: "ada" } }, "used already, by ada"],
    ["on an expired offer", { offer: { ...offer, state: "expired" } }, "expired"],
    ["on a withdrawn offer", { offer: { ...offer, state: "withdrawn" } }, "withdrawn"],
    ["when it is over", { incident: { id: "inc_1", state: "recovered" } }, "the incident is recovered"],
  ])("%s is refused with its reason", (_, change, reason) => {
    expect(decideApproval({ ...approval, ...change })).toEqual({
      type: "refuse",
      reason: expect.stringContaining(reason),
    });
  });

  it("is read from the comment's first line alone", () => {
    const token = `apr_0123456789abcdef.${"a".repeat(40)}`;
    expect(readRollbackToken(`/patchpilot rollback ${token}\nthanks`)).toBe(token);
    expect(readRollbackToken("/patchpilot rollback")).toBeNull();
    expect(readRollbackToken(`/patchpilot status\n/patchpilot rollback ${token}`)).toBeNull();
    expect(readApprovalId(token)).toBe("apr_0123456789abcdef");
    for (const text of ["", "apr_x", `${token}0`, `run_0123456789abcdef.${"a".repeat(40)}`])
      expect(readApprovalId(text)).toBeNull();
  });
});

it.each([
  ["db/migrations/0001_x.sql", true],
  ["drizzle/0001_x.sql", true],
  ["prisma/schema.prisma", true],
  ["src/immigration/form.ts", false],
  ["src/cart.ts", false],
])("%s is a change of the database's shape: %s", (path, is) => expect(isMigrationPath(path)).toBe(is));
