import type { IncidentCommand, IncidentState } from "../incidents/model.ts";

export interface AssessmentFacts {
  state: IncidentState;
  environment: string | null;
  watchedEnvironment: string;
  /** The source has no event of this issue from the watched environment. */
  isElsewhere: boolean;
  sourceStatus: "unresolved" | "resolved" | "archived" | null;
  /** It is ignored because somebody resolved or archived the issue at its source, and for no other reason. */
  isEndedAtSource: boolean;
  worthRepair: boolean;
  /** It is a symptom of another incident that is still under way. */
  isSymptom: boolean;
  /** Why the operator wants nothing done about it, by name, or null. */
  suppression: string | null;
  /** What does not answer, if that is what the error says. */
  dependency: string | null;
  /** The priority as it stands, null before the first judgement, and as it is judged now. */
  priority: { before: string | null; now: string };
  /** Whether the stage lets an investigation begin. */
  investigates: boolean;
  lastSeenAt: string;
  closedAt: string | null;
  /** When the incident was investigated last. */
  investigatedAt: string | null;
  now: string;
}

export interface Assessment {
  command: IncidentCommand | null;
  reason: string;
  /** Whether priority and severity are set from this look; later looks only refresh the facts. */
  isJudged: boolean;
  /** Whether the timeline gets an entry: repeated alerts of a known incident are not news. */
  isTold: boolean;
  /** The error was seen after the incident was closed as recovered. */
  mayBeRegression: boolean;
}

const QUIET: Assessment = { command: null, reason: "known", isJudged: false, isTold: false, mayBeRegression: false };

/** An incident that was investigated and left alone (STAGE, DRY_RUN) is not investigated again by every alert. */
const INVESTIGATION_HOLDS_MS = 3_600_000;

/** What follows from a look at an incident, by its state. */
export function decideAssessment(facts: AssessmentFacts): Assessment {
  if (facts.state === "recovered") {
    const isAfterClosing = facts.closedAt !== null && Date.parse(facts.lastSeenAt) > Date.parse(facts.closedAt);
    return isAfterClosing ? { ...QUIET, mayBeRegression: true } : QUIET;
  }
  if (facts.state === "ignored") {
    const isBack = facts.isEndedAtSource && facts.sourceStatus === "unresolved";
    const reason = "the issue is unresolved again at its source";
    return isBack ? { ...QUIET, command: "reopen", reason, isTold: true } : QUIET;
  }
  if (facts.state !== "new" && facts.state !== "observed") return underway(facts);
  if (facts.isSymptom) return { ...QUIET, reason: "a symptom of another incident" };
  const told = { isJudged: true, isTold: true, mayBeRegression: false };
  if (facts.isElsewhere) return elsewhere(facts, `none of its events comes from ${facts.watchedEnvironment}`);
  if (facts.environment !== null && facts.environment !== facts.watchedEnvironment) {
    return elsewhere(facts, `its events come from ${facts.environment}, and ${facts.watchedEnvironment} is watched`);
  }
  if (facts.sourceStatus === "archived")
    return { ...told, command: "ignore", reason: "the issue is archived at its source" };
  if (facts.suppression !== null) return watched(facts, facts.suppression);
  if (facts.dependency !== null)
    return watched(facts, `${facts.dependency} does not answer, and no patch helps against that`);
  if (!facts.worthRepair) return watched(facts, "not worth a repair of its own");
  if (!facts.investigates) return watched(facts, "worth a repair, but STAGE ends at triage");
  const investigatedMs = facts.investigatedAt === null ? Number.NEGATIVE_INFINITY : Date.parse(facts.investigatedAt);
  if (facts.state === "observed" && Date.parse(facts.now) - investigatedMs < INVESTIGATION_HOLDS_MS)
    return watched(facts, "worth a repair, and investigated a short while ago");
  return { ...told, command: "investigate", reason: "worth a repair" };
}

/** On its way already: its judgement keeps up with its facts, and is told when it got worse. It is never lowered on the way. */
function underway({ priority: { before, now } }: AssessmentFacts): Assessment {
  if (before === null || now === before) return { ...QUIET, isJudged: true };
  if (now > before) return QUIET;
  return { ...QUIET, isJudged: true, isTold: true, reason: `raised from ${before}: it got worse` };
}

/** Not of the environment that is watched: kept without a judgement, so that a later event from there is judged afresh. */
function elsewhere(facts: AssessmentFacts, reason: string): Assessment {
  return { ...QUIET, reason, command: facts.state === "new" ? "observe" : null, isTold: facts.state === "new" };
}

/** Left alone; said once, when the incident is new. */
function watched(facts: AssessmentFacts, reason: string): Assessment {
  if (facts.state === "observed") return { ...QUIET, reason, isJudged: true };
  return { command: "observe", reason, isJudged: true, isTold: true, mayBeRegression: false };
}
