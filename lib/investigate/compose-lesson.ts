import { type IncidentState, isAboutCode } from "../incidents/model.ts";
import { redact } from "../kernel/redact.ts";
import type { LessonAttempt, LessonOutcome } from "./lesson-model.ts";

/** One run of the incident; `why` is what is known of its failing. */
export interface TaughtRun {
  attempt: number;
  /** As its worker reported it; null: it never did. */
  reported: string | null;
  summary: string | null;
  why: string;
  diff: string;
  pullRequestUrl: string | null;
  isMerged: boolean;
}

export interface LessonFacts {
  state: IncidentState;
  kind: string;
  /** What moved it into this state; null where nobody told. */
  ending: { kind: string; actor: string; summary: string } | null;
  errorType: string | null;
  errorMessage: string | null;
  suspect: string | null;
  rootCause: string | null;
  isInvestigated: boolean;
  runs: readonly TaughtRun[];
  verdict: { action: string; facts: Record<string, unknown>; verdict: Record<string, unknown> } | null;
  /** The lesson as it stands; null: there is none yet. */
  before: { outcome: string; attempts: LessonAttempt[]; fixFiles: string[]; cause: string | null } | null;
}

export interface TaughtLesson {
  outcome: LessonOutcome;
  cause: string | null;
  attempts: LessonAttempt[];
  fixFiles: string[];
  summary: string;
  verdict: Record<string, unknown> | null;
}

const MAX_ATTEMPTS = 10;
const MAX_FILES = 20;
const clean = (text: string, max: number): string => redact(text.slice(0, max * 4)).text.slice(0, max);

/** What an incident taught, from what really happened, short and redacted; null where its end teaches nothing. */
export function composeLesson(facts: LessonFacts): TaughtLesson | null {
  const outcome = outcomeOf(facts);
  if (outcome === null) return null;
  const attempts = facts.runs.slice(-MAX_ATTEMPTS).map((run) => composeAttempt(run, outcome, facts));
  const helped = attempts.findLast((attempt) => attempt.outcome === "helped");
  const fixFiles = outcome === "regressed" ? (facts.before?.fixFiles ?? []) : (helped?.files ?? []);
  const cause = causeOf(facts);
  return {
    outcome,
    cause,
    attempts,
    fixFiles,
    summary: summarize({ ...facts, cause }, { outcome, attempts, fixFiles }),
    verdict: facts.verdict && verdictNumbers(facts.verdict),
  };
}

/** What a rule ignored teaches nothing. */
function outcomeOf({ state, kind, ending, runs, before, isInvestigated }: LessonFacts): LessonOutcome | null {
  if (!isAboutCode(kind)) return null;
  if (state === "recovered") return "recovered";
  if (state === "ignored") {
    const isPerson = ending !== null && (ending.actor.startsWith("person:") || ending.kind === "source_status");
    return isPerson ? "false_alarm" : null;
  }
  if (state === "escalated") {
    if (runs.length > 0 && runs.every((run) => run.reported === "no_patch")) return "unfixable";
    return runs.length > 0 || isInvestigated ? "escalated" : null;
  }
  return before?.outcome === "recovered" || before?.outcome === "false_alarm" ? "regressed" : null;
}

function composeAttempt(run: TaughtRun, outcome: LessonOutcome, { ending }: LessonFacts): LessonAttempt {
  const helped = outcome === "recovered" && run.isMerged;
  const why = outcome === "regressed" && run.isMerged ? (ending?.summary ?? "the error came back") : run.why;
  return {
    attempt: run.attempt,
    outcome: helped ? "helped" : "failed",
    why: helped ? null : clean(why, 300),
    files: changedPaths(run.diff).slice(0, MAX_FILES),
    pullRequestUrl: run.pullRequestUrl,
  };
}

/** What an investigator found, else what the worker whose patch was merged said, else what stood before. */
function causeOf({ rootCause, runs, before }: LessonFacts): string | null {
  const said = rootCause ?? runs.findLast((run) => run.isMerged)?.summary ?? before?.cause ?? null;
  return said === null || said.trim() === "" ? null : clean(said.trim(), 500);
}

const HEADS: Record<LessonOutcome, string> = {
  recovered: "Recovered",
  escalated: "Needed a person",
  unfixable: "No worker found anything to change",
  false_alarm: "A person said that it does not matter",
  regressed: "Came back after it had ended",
};

function summarize(
  facts: LessonFacts & { cause: string | null },
  { outcome, attempts, fixFiles }: Pick<TaughtLesson, "outcome" | "attempts" | "fixFiles">,
): string {
  const error = [facts.errorType, facts.errorMessage].filter(Boolean).join(": ") || "an error without a type";
  const place = facts.suspect ? ` in ${facts.suspect}` : "";
  const failed = attempts.flatMap(({ attempt, why }) => (why === null ? [] : [`attempt ${attempt}: ${why}`]));
  const explanation = facts.verdict?.verdict.explanation;
  const isTold = outcome !== "recovered" && facts.ending !== null;
  const parts = [
    `${HEADS[outcome]}: ${error.slice(0, 300)}${place}.`,
    facts.cause === null ? null : `Cause: ${facts.cause}`,
    fixFiles.length > 0 ? `Changed: ${fixFiles.join(", ")}.` : null,
    failed.length > 0 ? `Did not help: ${failed.join("; ")}.` : null,
    isTold ? `${facts.ending?.summary}.` : null,
    outcome === "recovered" && typeof explanation === "string" ? explanation : null,
  ];
  return clean(parts.filter((part) => part !== null).join(" "), 1_000);
}

const NUMBERS = ["events", "hours", "sessions"] as const;

/** What the last verdict rested on: counts and times, no text from outside. */
function verdictNumbers({ action, facts, verdict }: NonNullable<LessonFacts["verdict"]>): Record<string, unknown> {
  const period = (value: unknown) => {
    const of = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
    return Object.fromEntries(NUMBERS.flatMap((name) => (typeof of[name] === "number" ? [[name, of[name]]] : [])));
  };
  const confidence = typeof verdict.confidence === "number" ? verdict.confidence : null;
  return { action, confidence, before: period(facts.baseline), since: period(facts.since) };
}

/** Paths that a gated diff writes to; the gate has already read it strictly. */
function changedPaths(diff: string): string[] {
  return [...diff.matchAll(/^\+\+\+ b\/(.+)$/gm)].flatMap((match) => (match[1] ? [match[1]] : []));
}
