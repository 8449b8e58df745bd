import type { SeerSignal } from "../intake/model.ts";
import { oneLine } from "../kernel/quiet-text.ts";

/** What Seer did, as a predicate. */
export const SEER_WORDS: Record<SeerSignal["action"], string> = {
  root_cause_completed: "named a root cause",
  solution_completed: "proposed a solution",
  coding_completed: "wrote code",
  pr_created: "opened a pull request",
};

export type SeerDetail = Omit<SeerSignal, "kind" | "issueId">;

/** A result of Seer's as it is kept on the timeline: redacted, every text on one line and bounded. */
export function composeSeerDetail(signal: SeerSignal): SeerDetail {
  const { action, runId, description, steps, changes, pullRequests } = signal;
  return {
    action,
    runId,
    description: description === null ? null : oneLine(description, 1_500),
    steps: steps.map((step) => oneLine(step, 400)),
    changes: changes.map((change) => ({
      repository: change.repository === null ? null : oneLine(change.repository, 100),
      title: oneLine(change.title, 200),
      description: change.description === null ? null : oneLine(change.description, 300),
    })),
    pullRequests: pullRequests.map((pull) => ({
      url: pull.url,
      repository: pull.repository === null ? null : oneLine(pull.repository, 100),
      number: pull.number,
    })),
  };
}
