import { expect, it } from "vitest";
import { decideDeployment, type JudgedDeployment } from "../../lib/recovery/decide-deployment.ts";

const deployment = (deploymentId: string, changes: Partial<JudgedDeployment> = {}): JudgedDeployment => ({
  deploymentId,
  sha: null,
  ref: "main",
  url: null,
  state: "ready",
  createdAt: `2026-03-01T12:0${deploymentId}:00Z`,
  readyAt: `2026-03-01T12:0${deploymentId}:30Z`,
  isCurrent: null,
  isRollbackCandidate: null,
  errorText: null,
  containsRepair: true,
  ...changes,
});

const before = { containsRepair: false } as const;
const readyAt = (deploymentId: string) => `2026-03-01T12:0${deploymentId}:30Z`;

/** Deployments newest first, as the provider lists them. */
it.each<[string, JudgedDeployment[], object]>([
  ["none", [], { type: "wait", reason: "no production deployment contains the repair yet" }],
  [
    "only one from before the repair",
    [deployment("1", before)],
    { type: "wait", reason: "no production deployment contains the repair yet" },
  ],
  ["one of which nobody can tell", [deployment("1", { containsRepair: null })], { type: "wait" }],
  [
    "a ready one with the repair",
    [deployment("2"), deployment("1", before)],
    { type: "serving", readyAt: readyAt("2") },
  ],
  [
    "one with the repair that is being built",
    [deployment("2", { state: "building" }), deployment("1", before)],
    { type: "wait", reason: "the deployment with the repair is building" },
  ],
  [
    "one with the repair that waits",
    [deployment("2", { state: "queued" }), deployment("1", before)],
    { type: "wait", reason: "the deployment with the repair is queued" },
  ],
  [
    "one with the repair that failed",
    [deployment("2", { state: "error", errorText: "tsc" }), deployment("1", before)],
    { type: "failed", reason: "the deployment with the repair is error: tsc" },
  ],
  [
    "one that was canceled",
    [deployment("2", { state: "canceled" }), deployment("1", before)],
    { type: "failed", reason: expect.stringMatching(/^the deployment with the repair is canceled: by a person/) },
  ],
  [
    "a failed one, and a newer one on its way",
    [deployment("3", { state: "building" }), deployment("2", { state: "error" })],
    { type: "wait" },
  ],
  [
    "a failed one after a ready one",
    [deployment("3", { state: "error" }), deployment("2")],
    { type: "serving", readyAt: readyAt("2") },
  ],
  [
    "further ones after the first: it counts from the first",
    [deployment("4"), deployment("3"), deployment("2"), deployment("1", before)],
    { type: "serving", readyAt: readyAt("2") },
  ],
  [
    "a failed one between two ready ones",
    [deployment("4"), deployment("3", { state: "error" }), deployment("2")],
    { type: "serving", readyAt: readyAt("2") },
  ],
  [
    "one without the repair between: it counts from the return",
    [deployment("4"), deployment("3", before), deployment("2")],
    { type: "serving", readyAt: readyAt("4") },
  ],
  [
    "a rollback behind the repair",
    [deployment("2", { isCurrent: false }), deployment("1", { ...before, isCurrent: true })],
    { type: "wait", reason: expect.stringContaining("production serves another one") },
  ],
  [
    "a ready one that is not promoted",
    [deployment("2", { isCurrent: false }), deployment("1", before)],
    { type: "wait", reason: expect.stringContaining("production serves another one") },
  ],
  [
    "an older one that serves, which has the repair too",
    [deployment("3", { isCurrent: false }), deployment("2", { isCurrent: true }), deployment("1", before)],
    { type: "serving", readyAt: readyAt("2") },
  ],
  [
    "a ready one of unknown time",
    [deployment("2", { readyAt: null })],
    { type: "serving", readyAt: "2026-03-01T12:02:00Z" },
  ],
])("%s", (_, deployments, expected) => {
  expect(decideDeployment(deployments)).toMatchObject(expected);
});
