import { expect, test } from "vitest";
import { signalSchema } from "../../lib/intake/model.ts";
import { headerReader } from "../../lib/intake/read-headers.ts";
import { readVercel } from "../../lib/intake/read-vercel.ts";
import { fixtureJson, fixtureText } from "../support/sign-delivery.ts";

const read = (body: unknown) => readVercel(headerReader({}), body);
const ready = (...changes: [string, unknown][]) => read(fixtureJson("vercel/deployment.ready.json", ...changes));

test("deployment.ready is a deployment signal under the delivery's own id", () => {
  const answer = ready();
  expect(answer).toEqual({
    outcome: "accepted",
    reason: "deployment.ready of production",
    deliveryKey: "vercel:uev_4Nn3B8xQz",
    resource: "deployment.ready",
    signal: {
      kind: "deployment",
      event: "ready",
      deploymentId: "dpl_5WJWYSyB7BpgTj3EuwF37WMRBXBtPQ2iTMJHJBJyRfd",
      sourceProject: "prj_12HKQaOmR5t5Uy6vdcQsNIiZgHGB",
      target: "production",
      sha: "51ad537542d56ce7b04ffac96bd8e750bcf8b15a",
      ref: "main",
      url: "https://shop-abc123-acme.vercel.app",
      occurredAt: "2026-10-05T21:09:20.000Z",
    },
  });
  expect(() => signalSchema.parse(answer.outcome === "accepted" && answer.signal)).not.toThrow();
});

test.each(["created", "succeeded", "error", "canceled", "blocked"])("deployment.%s is a deployment signal", (event) => {
  expect(ready(["type", `deployment.${event}`])).toMatchObject({ outcome: "accepted", signal: { event } });
});

test.each<[string, [string, unknown][], Record<string, unknown>]>([
  ["a preview has no target", [["payload.target", null]], { target: null }],
  [
    "a promotion, which names no target, is production",
    [
      ["type", "deployment.promoted"],
      ["payload.target", undefined],
    ],
    { target: "production" },
  ],
  ["a deployment by CLI has no commit", [["payload.deployment.meta", {}]], { sha: null, ref: null }],
  ["GitLab's commit counts too", [["payload.deployment.meta", { gitlabCommitSha: "abc" }]], { sha: "abc" }],
  ["a team may be null", [["payload.team", null]], { event: "ready" }],
  ["a strange address is none", [["payload.deployment.url", 'evil.example/"><script>']], { url: null }],
])("%s", (_, changes, expected) => {
  expect(ready(...changes)).toMatchObject({ outcome: "accepted", signal: expected });
});

test("a rollback is about the deployment that serves afterwards", () => {
  expect(read(fixtureJson("vercel/deployment.rollback.json"))).toMatchObject({
    outcome: "accepted",
    signal: { event: "rollback", deploymentId: "dpl_good", target: "production" },
  });
});

test.each([
  ["deployment.cleanup", "event deployment.cleanup does not change what is deployed"],
  ["deployment.checks.failed", "event deployment.checks.failed does not change what is deployed"],
  ["project.created", "event project.created tells nothing of a deployment"],
  ["deployment-ready", "event deployment-ready is the legacy form of a deployment.* event"],
])("%s is ignored with its reason", (type, reason) => {
  expect(ready(["type", type])).toMatchObject({ outcome: "ignored", reason, deliveryKey: "vercel:uev_4Nn3B8xQz" });
});

test("a legacy delivery is ignored with its reason", () => {
  expect(read(JSON.parse(fixtureText("vercel/signed-legacy-deployment.txt")))).toMatchObject({
    outcome: "ignored",
    resource: "deployment",
  });
});

test.each<[string, [string, unknown][]]>([
  ["id", [["id", undefined]]],
  ["type", [["type", 3]]],
  ["payload", [["payload", null]]],
  ["payload.deployment.id", [["payload.deployment.id", 5]]],
])("without %s a delivery is refused by that name", (field, changes) => {
  expect(ready(...changes)).toMatchObject({
    outcome: "rejected",
    status: 400,
    reason: expect.stringContaining(`${field}: `),
  });
});
