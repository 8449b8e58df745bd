import type { GatePolicy } from "./gate-model.ts";
import type { RunBudget, WorkerProfile } from "./model.ts";

/** What repairs are allowed, from the operator's policy. */
export interface RepairSettings {
  projectId: string;
  profile: WorkerProfile;
  maxAttempts: number;
  budget: RunBudget;
  leaseSeconds: number;
  claimMinutes: number;
  pullRequestPollMinutes: number;
  /** Whether a runner is asked for by repository_dispatch. */
  dispatches: boolean;
  gate: GatePolicy;
  /** Absent: no storm holds repairs up. */
  storm?: { breakerIncidents: number; breakerMinutes: number };
}
