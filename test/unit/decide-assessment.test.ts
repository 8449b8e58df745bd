import { describe, expect, it } from "vitest";
import { INCIDENT_STATES } from "../../lib/incidents/model.ts";
import { type Assessment, type AssessmentFacts, decideAssessment } from "../../lib/triage/decide-assessment.ts";

/** A new incident of the watched environment that is worth a repair, where the stage allows an investigation. */
const FACTS: AssessmentFacts = {
  state: "new",
  environment: "production",
  watchedEnvironment: "production",
  isElsewhere: false,
  sourceStatus: "unresolved",
  isEndedAtSource: false,
  worthRepair: true,
  isSymptom: false,
  suppression: null,
  dependency: null,
  priority: { before: null, now: "P1" },
  investigates: true,
  lastSeenAt: "2026-03-01T12:00:00Z",
  closedAt: null,
  investigatedAt: null,
  now: "2026-03-01T12:00:05Z",
};

const decide = (changes: Partial<AssessmentFacts> = {}) => decideAssessment({ ...FACTS, ...changes });

describe("a look at an incident", () => {
  it.each<[string, Partial<AssessmentFacts>, Partial<Assessment>]>([
    ["worth a repair is investigated", {}, { command: "investigate", isJudged: true, isTold: true }],
    ["without an environment is investigated", { environment: null }, { command: "investigate" }],
    [
      "of staging is left alone, unjudged",
      { environment: "staging" },
      { command: "observe", isJudged: false, isTold: true },
    ],
    ["of which no event is production's is left alone", { isElsewhere: true }, { command: "observe", isJudged: false }],
    ["archived at its source is ignored", { sourceStatus: "archived" }, { command: "ignore", isTold: true }],
    ["resolved at its source proves nothing", { sourceStatus: "resolved" }, { command: "investigate" }],
    ["of unknown status at its source goes on", { sourceStatus: null }, { command: "investigate" }],
    ["not worth a repair is observed", { worthRepair: false }, { command: "observe", isJudged: true, isTold: true }],
    [
      "at a stage that ends before is observed",
      { investigates: false },
      { command: "observe", reason: "worth a repair, but STAGE ends at triage" },
    ],
    [
      "of something that does not answer is observed",
      { dependency: "the database" },
      { command: "observe", reason: expect.stringContaining("the database does not answer") },
    ],
    [
      "that is a symptom is not judged by itself",
      { isSymptom: true },
      { command: null, isJudged: false, isTold: false },
    ],
    [
      "observed before and worth it now is investigated",
      { state: "observed" },
      { command: "investigate", isTold: true },
    ],
    [
      "observed before and still not worth it is no news",
      { state: "observed", worthRepair: false },
      { command: null, isJudged: true, isTold: false },
    ],
    [
      "investigated 59 minutes ago is not investigated again",
      { state: "observed", investigatedAt: "2026-03-01T11:01:05Z" },
      { command: null, isTold: false },
    ],
    [
      "investigated an hour ago is investigated again",
      { state: "observed", investigatedAt: "2026-03-01T11:00:05Z" },
      { command: "investigate" },
    ],
  ])("%s", (_, changes, expected) => {
    expect(decide(changes)).toMatchObject(expected);
  });
});

describe("an ignored incident", () => {
  const ignored = { state: "ignored", isEndedAtSource: true } as const;

  it.each<[string, Partial<AssessmentFacts>, "reopen" | null]>([
    ["ended at its source, where it is unresolved again", ignored, "reopen"],
    ["ended at its source, where it still is", { ...ignored, sourceStatus: "archived" }, null],
    ["ended at its source, which cannot be asked", { ...ignored, sourceStatus: null }, null],
    ["ignored here, whatever its source says", { ...ignored, isEndedAtSource: false }, null],
  ])("%s", (_, changes, command) => {
    expect(decide(changes).command).toBe(command);
  });
});

describe("an incident that is under way", () => {
  const UNDER_WAY = INCIDENT_STATES.filter((state) => !["new", "observed", "recovered", "ignored"].includes(state));

  it.each(UNDER_WAY)("%s: keeps its course, is told when it got worse, and is never lowered", (state) => {
    const look = (before: string | null, now: string) => decide({ state, priority: { before, now } });
    expect(look("P2", "P2")).toMatchObject({ command: null, isJudged: true, isTold: false });
    expect(look(null, "P2")).toMatchObject({ command: null, isJudged: true, isTold: false });
    expect(look("P2", "P0")).toMatchObject({
      command: null,
      isJudged: true,
      isTold: true,
      reason: expect.stringContaining("P2"),
    });
    expect(look("P0", "P2")).toMatchObject({ command: null, isJudged: false, isTold: false });
  });
});

describe("an incident that ended", () => {
  const CLOSED_AT = "2026-03-01T11:00:00Z";

  it.each<[string, Partial<AssessmentFacts>, boolean]>([
    ["seen after its closing may be a regression", { lastSeenAt: "2026-03-01T11:00:00.001Z" }, true],
    ["seen at its closing is not", { lastSeenAt: CLOSED_AT }, false],
    ["seen before its closing is not", { lastSeenAt: "2026-03-01T10:59:59Z" }, false],
    ["of unknown closing is not", { closedAt: null }, false],
  ])("%s", (_, changes, mayBeRegression) => {
    const verdict = decide({ state: "recovered", closedAt: CLOSED_AT, ...changes });
    expect(verdict).toMatchObject({ command: null, isTold: false, mayBeRegression });
  });

  it("that was ignored stays so, whatever comes", () => {
    const verdict = decide({ state: "ignored", closedAt: CLOSED_AT, priority: { before: "P3", now: "P0" } });
    expect(verdict).toMatchObject({ command: null, isJudged: false, isTold: false, mayBeRegression: false });
  });
});
