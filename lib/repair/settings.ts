import type { FeedbackPolicy } from "./feedback-model.ts";
import type { GatePolicy } from "./gate-model.ts";
import type { RunBudget, WorkerChoice, WorkerProfile } from "./model.ts";

/** What repairs are allowed, from the operator's policy. */
export interface RepairSettings {
  projectId: string;
  /** What a run is queued for: the first of `workers`. */
  profile: WorkerProfile;
  workers: readonly WorkerChoice[];
  maxAttempts: number;
  budget: RunBudget;
  leaseSeconds: number;
  claimMinutes: number;
  pullRequestPollMinutes: number;
  /** Whether a runner is asked for by repository_dispatch. */
  dispatches: boolean;
  /** Which plans for handed-over issues wait for a person; see decide-plan.ts. */
  planApproval: "always" | "by_risk";
  /** What runs may take in any 24 hours; null: no limit. */
  maxRunsPerDay: number | null;
  dailyUsd: number | null;
  gate: GatePolicy;
  feedback: FeedbackPolicy;
  /** Absent: no storm holds repairs up. */
  storm?: { breakerIncidents: number; breakerMinutes: number };
}
