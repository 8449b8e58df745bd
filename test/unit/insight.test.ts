import { describe, expect, it } from "vitest";
import type { IncidentState } from "../../lib/incidents/model.ts";
import { composeHeadline, renderCount, renderProof } from "../../lib/insight/compose-headline.ts";
import { decideSteps } from "../../lib/insight/decide-steps.ts";
import type { IncidentStory, PullRequestView, RunView, VerificationView } from "../../lib/insight/model.ts";
import { readCursor, renderCursor } from "../../lib/insight/read-cursor.ts";
import { viewInvestigation } from "../../lib/insight/views.ts";

const AT = "2026-11-24T10:00:00.000Z";
const run = (more: Partial<RunView> = {}): RunView => ({
  id: "run_1",
  attempt: 1,
  taskKind: "bugfix",
  state: "queued",
  profile: "custom",
  phase: null,
  runnerId: null,
  reason: null,
  baseSha: "b",
  commitSha: null,
  outcome: null,
  detail: null,
  summary: null,
  worker: null,
  commands: [],
  gate: null,
  diff: null,
  plan: null,
  round: null,
  costUsd: null,
  createdAt: AT,
  claimedAt: null,
  finishedAt: null,
  ...more,
});
const pull = (more: Partial<PullRequestView> = {}): PullRequestView => ({
  number: 8,
  url: "https://github.example/8",
  state: "open",
  branch: "b",
  headSha: "h",
  isDraft: true,
  isVerifiedCommit: true,
  runId: "run_1",
  createdAt: AT,
  mergedAt: null,
  mergeSha: null,
  ...more,
});
const look = (more: Partial<VerificationView> = {}): VerificationView => ({
  at: "2026-11-24T11:00:00.000Z",
  action: "wait",
  reason: "r",
  explanation: "e",
  confidence: null,
  recheckAt: null,
  health: null,
  deploymentId: null,
  before: { events: 34, hours: 0.2, sessions: null },
  since: { events: 0, eventsOnOldReleases: 0, hours: 0.06, sessions: null },
  expected: 10.2,
  ...more,
});

function story(
  state: IncidentState,
  more: Partial<IncidentStory> & { pullRequest?: PullRequestView } = {},
): IncidentStory {
  const { pullRequest = null, ...rest } = more;
  return {
    incident: {
      id: "inc_1",
      number: 1,
      state,
      kind: "error",
      title: "t",
      culprit: null,
      level: "error",
      environment: null,
      release: null,
      source: "sentry",
      sourceShortId: null,
      sourceUrl: null,
      priority: "P1",
      severity: "high",
      events: 1,
      users: 0,
      attempts: 1,
      reopenedCount: 0,
      issueNumber: 7,
      issueUrl: "https://github.example/7",
      firstSeenAt: AT,
      lastSeenAt: AT,
      reopenedAt: null,
      nextCheckAt: null,
      createdAt: AT,
      updatedAt: AT,
      causeId: null,
      causeReason: null,
      snoozedUntil: null,
      pausedAt: null,
      pausedBy: null,
      closedAt: null,
      pullRequest,
    },
    alerts: { count: 1, lastAt: AT },
    triage: null,
    investigation: null,
    runs: [],
    deployments: [],
    pullRequests: pullRequest ? [pullRequest] : [],
    feedback: [],
    verifications: [],
    timeline: [],
    symptoms: [],
    approvals: [],
    ...rest,
  };
}

const INVESTIGATION: NonNullable<IncidentStory["investigation"]> = {
  summary: "s",
  errorType: null,
  errorMessage: null,
  request: null,
  stack: [],
  suspects: [],
  commits: [],
  notes: [],
  lessons: [],
};

/** One letter a step: d(one), c(urrent), s(topped), t(o do). */
const letters = (told: IncidentStory) =>
  decideSteps(told)
    .map((step) => step.status[0])
    .join("");

describe("the loop's steps", () => {
  it.each([
    ["new", {}, "dcttttt"],
    ["investigating", {}, "ddctttt"],
    ["investigating", { investigation: INVESTIGATION }, "dddcttt"],
    ["repairing", { runs: [run()] }, "dddcttt"],
    ["in_review", { runs: [run()], pullRequest: pull() }, "ddddctt"],
    ["deploying", {}, "dddddct"],
    ["verifying", {}, "ddddddc"],
    ["recovered", {}, "ddddddd"],
    ["observed", {}, "ddstttt"],
    ["observed", { investigation: INVESTIGATION }, "dddsttt"],
    ["ignored", {}, "ddstttt"],
    ["escalated", { runs: [run({ state: "denied" })] }, "dddsttt"],
    ["escalated", { runs: [run()], pullRequest: pull({ state: "closed" }) }, "ddddstt"],
    ["escalated", { runs: [run()], pullRequest: pull({ mergedAt: AT }) }, "dddddst"],
    ["escalated", { runs: [run()], pullRequest: pull({ mergedAt: AT }), verifications: [look()] }, "dddddds"],
    ["escalated", { runs: [run(), run({ id: "run_2", attempt: 2 })], pullRequest: pull({ mergedAt: AT }) }, "dddsttt"],
  ] as const)("%s %#: %s", (state, more, expected) => {
    expect(letters(story(state, { ...more } as Partial<IncidentStory>))).toBe(expected);
  });
});

describe("the headline", () => {
  it("recovered says what came and what was expected", () => {
    const { text, tone } = composeHeadline(story("recovered", { verifications: [look()] }));
    expect([text, tone]).toEqual(["Recovered: 0 events since the repair, where 10.2 were expected", "ok"]);
  });

  it("in review names the pull request and what to do", () => {
    const said = composeHeadline(story("in_review", { pullRequest: pull() }));
    expect(said).toMatchObject({ tone: "person", text: "A repair waits for you in draft pull request #8" });
    expect(said.next).toContain("merge");
  });

  it("escalated gives the reason, and the way to approve when only an approval is missing", () => {
    const entry = {
      seq: 1,
      at: AT,
      actor: "system:x",
      kind: "escalated",
      summary: "too many lines",
      detail: {},
      url: null,
    };
    const gate = { verdict: "require_approval", reasons: [] } as const;
    const said = composeHeadline(
      story("escalated", { timeline: [entry], runs: [run({ state: "denied", gate: { ...gate, reasons: [] } })] }),
    );
    expect(said.detail).toBe("too many lines");
    expect(said.next).toContain("/patchpilot approve");
    expect(composeHeadline(story("escalated", { timeline: [entry] })).next).not.toContain("approve");
  });

  it.each([
    ["queued", null, "waits for a runner"],
    ["claimed", "run_tests", "a worker is on attempt 1 (run tests)"],
    ["reported", null, "is being judged"],
    ["failed", null, "the next one is being prepared"],
  ])("a %s run is told as it is", (state, phase, words) => {
    expect(composeHeadline(story("repairing", { runs: [run({ state, phase })] })).text).toContain(words);
  });

  it("a pull request that is being revised is not yet one to merge", () => {
    const round = run({ id: "run_2", state: "claimed", round: { pullNumber: 8, round: 2, of: 5 } });
    const said = composeHeadline(
      story("in_review", { pullRequest: pull(), runs: [run({ state: "published" }), round] }),
    );
    expect(said).toMatchObject({ tone: "work", text: "Pull request #8 is being revised: round 2 of at most 5" });
    const ended = composeHeadline(
      story("in_review", { pullRequest: pull(), runs: [run(), { ...round, state: "published" }] }),
    );
    expect(ended.tone).toBe("person");
  });

  it("a symptom asks nothing of anybody, and what others say beside is not how it stands", () => {
    const told = story("in_review", { pullRequest: pull() });
    const symptom = { ...told.incident, causeId: "inc_2", causeReason: "the same failing call" };
    expect(composeHeadline({ ...told, incident: symptom })).toEqual({
      tone: "quiet",
      text: "A symptom: worked on where its cause is",
      detail: "the same failing call",
      next: null,
    });
    const entry = { seq: 1, at: AT, actor: "system:x", detail: {}, url: null };
    const timeline = [
      { ...entry, kind: "triaged", summary: "P1" },
      { ...entry, kind: "seer", summary: "an opinion" },
    ];
    expect(composeHeadline(story("investigating", { timeline })).detail).toBe("P1");
  });

  it("never claims an expectation that nobody could compute", () => {
    expect(renderProof(look({ expected: null }))).toBe("0 events since the repair");
    expect(renderProof(look({ since: null }))).toBeNull();
    expect([renderCount(0), renderCount(0.04), renderCount(10.24), renderCount(1234.5)]).toEqual([
      "0",
      "0.0",
      "10.2",
      "1235",
    ]);
  });
});

describe("a stored investigation", () => {
  it("is shown as far as it is one: parts that are older or of another shape are left out, and nothing fails", () => {
    const odd = {
      report: 3,
      change: "?",
      owners: {},
      commit: 1,
      inquiry: [],
      evidence: { code: "?", unknown: ["why"] },
    };
    const told = viewInvestigation({ ...INVESTIGATION, ...odd });
    expect(told).toMatchObject({
      summary: INVESTIGATION.summary,
      report: null,
      change: null,
      owners: null,
      commit: null,
    });
    expect(told?.evidence).toMatchObject({ code: [], timeline: [], unknown: ["why"] });
    expect(viewInvestigation(INVESTIGATION)?.evidence ?? null).toBeNull();
    expect(viewInvestigation("?")).toBeNull();
  });
});

describe("cursors", () => {
  it("come back as they were", () => {
    expect(readCursor(renderCursor(["2026-11-24T10:00:00.000Z", "dlv_1"]), 2)).toEqual([
      "2026-11-24T10:00:00.000Z",
      "dlv_1",
    ]);
  });
  it.each(["", "%", "a b", "====", "x".repeat(300), renderCursor(["one"]), renderCursor(["", "two"])])(
    "%s is none of ours",
    (text) => {
      expect(readCursor(text, 2)).toBeNull();
    },
  );
});
