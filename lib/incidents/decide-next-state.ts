import type { IncidentCommand, IncidentState } from "./model.ts";

/**
 * The state machine, whole. A command that is not in a state's row is refused there: that is how a late webhook or the
 * loser of a race changes nothing.
 *
 * new: alerts came, nothing judged · observed: judged, and left alone (not worth it, or the stage stops here) ·
 * repairing: a run is queued or at work · in_review: a pull request waits for people · deploying: merged, waiting for
 * production · verifying: deployed, the error's rate is watched · escalated: a person has to look. Of a request (an issue
 * that a person handed over) alone: planned: its plan waits for a person · done: merged, there is no recovery to prove.
 */
export const NEXT: Record<IncidentState, Partial<Record<IncidentCommand, IncidentState>>> = {
  new: { observe: "observed", investigate: "investigating", ignore: "ignored", escalate: "escalated" },
  observed: { investigate: "investigating", ignore: "ignored", escalate: "escalated" },
  investigating: { observe: "observed", start_repair: "repairing", ignore: "ignored", escalate: "escalated" },
  repairing: {
    plan: "planned",
    open_review: "in_review",
    retry: "repairing",
    ignore: "ignored",
    escalate: "escalated",
  },
  planned: { retry: "repairing", ignore: "ignored", escalate: "escalated" },
  in_review: { merge: "deploying", finish: "done", retry: "repairing", ignore: "ignored", escalate: "escalated" },
  deploying: { deploy: "verifying", ignore: "ignored", escalate: "escalated" },
  verifying: {
    deploy: "verifying",
    recover: "recovered",
    retry: "repairing",
    ignore: "ignored",
    escalate: "escalated",
  },
  recovered: { reopen: "new" },
  done: { reopen: "new" },
  escalated: {
    open_review: "in_review",
    retry: "repairing",
    merge: "deploying",
    recover: "recovered",
    finish: "done",
    ignore: "ignored",
    reopen: "new",
  },
  ignored: { reopen: "new" },
};

/** The state after `command`, or null when the command does not apply in `state`. */
export function decideNextState(state: IncidentState, command: IncidentCommand): IncidentState | null {
  return NEXT[state][command] ?? null;
}
