import { redact } from "../kernel/redact.ts";

export interface LessonFacts {
  outcome: "recovered" | "escalated" | "ignored";
  errorType: string | null;
  errorMessage: string | null;
  suspect: string | null;
  attempts: { attempt: number; outcome: string }[];
  fixFiles: string[];
  verdict: string | null;
}

/** One short paragraph on what really happened, redacted: what helped, what did not, and how it was known. */
export function composeLesson(facts: LessonFacts): string {
  const error = [facts.errorType, facts.errorMessage].filter(Boolean).join(": ") || "an error without a type";
  const place = facts.suspect ? ` in ${facts.suspect}` : "";
  const failed = facts.attempts.slice(0, -1).map(({ attempt, outcome }) => `attempt ${attempt}: ${outcome}`);
  const tried = failed.length > 0 ? ` Did not help: ${failed.join("; ")}.` : "";
  const fix = facts.fixFiles.length > 0 ? ` Changed: ${facts.fixFiles.join(", ")}.` : "";
  const verdict = facts.verdict ? ` ${facts.verdict}` : "";
  const head =
    facts.outcome === "recovered" ? "Recovered" : facts.outcome === "escalated" ? "Needed a person" : "Ignored";
  return redact(`${head}: ${error}${place}.${fix}${tried}${verdict}`).text.slice(0, 1_000);
}
