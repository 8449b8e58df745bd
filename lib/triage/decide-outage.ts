import type { IncidentCommand, IncidentState } from "../incidents/model.ts";

export interface OutageFacts {
  state: IncidentState;
  /** The source's monitor as its API tells it; null where it knows none. */
  monitor: { name: string; isUp: boolean | null } | null;
  /** Our own request to the target; skipped where no target is configured. */
  probe: "pass" | "fail" | "skipped";
  /** Since the incident was opened, or opened again. */
  ageMinutes: number;
  /** Why nothing is done about an outage now (a snooze, a maintenance window), or null. */
  quiet: string | null;
}

export interface OutageStep {
  command: IncidentCommand | null;
  /** For the timeline; null where nothing changed. */
  reason: string | null;
  /** When to look again; null where only a new alert is a reason to. */
  lookAgainMinutes: number | null;
}

export const OUTAGE_POLICY = {
  /** For so long the monitor's word against our own probe is a passing thing. */
  doubtMinutes: 10,
  doubtLookMinutes: 1,
  /** The message that the site is back is sent once and can be lost. */
  downLookMinutes: 5,
};

const QUIET: OutageStep = { command: null, reason: null, lookAgainMinutes: null };

/**
 * What follows from a look at an outage. Code does not repair one: a person is told while the site is down, and the
 * incident recovers when it is up. Both are proved by the monitor as its API tells it, and by a request of our own.
 */
export function decideOutage(facts: OutageFacts, policy = OUTAGE_POLICY): OutageStep {
  const { state, monitor } = facts;
  if (state === "ignored") return QUIET;
  if (monitor === null) {
    if (state !== "new") return QUIET;
    return { ...QUIET, command: "observe", reason: "its source does not know this monitor" };
  }
  // A monitor without a first check has not said that anything is down either.
  return monitor.isUp === false ? down(facts, monitor.name, policy) : up(facts, monitor.name, policy);
}

function up({ state, probe }: OutageFacts, name: string, policy: typeof OUTAGE_POLICY): OutageStep {
  if (state === "new") return { ...QUIET, command: "observe", reason: `${name} is up: the outage ended by itself` };
  if (state !== "escalated") return QUIET;
  if (probe === "fail") return { ...QUIET, lookAgainMinutes: policy.doubtLookMinutes };
  return { ...QUIET, command: "recover", reason: `${name} is back up` };
}

function down(
  { state, probe, ageMinutes, quiet }: OutageFacts,
  name: string,
  policy: typeof OUTAGE_POLICY,
): OutageStep {
  const isTold = state === "escalated";
  if (quiet !== null && !isTold) {
    const look = { ...QUIET, lookAgainMinutes: policy.downLookMinutes };
    return state === "new"
      ? { ...look, command: "observe", reason: `${name} is down, and left alone: ${quiet}` }
      : look;
  }
  if (state === "recovered") return { command: "reopen", reason: `${name} is down again`, lookAgainMinutes: 0 };
  if (isTold) return { ...QUIET, lookAgainMinutes: policy.downLookMinutes };
  const isDoubted = probe === "pass" && ageMinutes < policy.doubtMinutes;
  if (isDoubted) return { ...QUIET, lookAgainMinutes: policy.doubtLookMinutes };
  const words = {
    fail: "is down, for its monitor and for our own request",
    skipped: "is down for its monitor",
    pass: "is down for its monitor, while our own request is answered",
  };
  const reason = `${name} ${words[probe]}: a person has to look`;
  return { command: "escalate", reason, lookAgainMinutes: policy.downLookMinutes };
}
