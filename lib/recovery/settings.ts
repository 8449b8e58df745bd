import type { RecoveryPolicy } from "./model.ts";

/** How patient recovery is, from the operator's policy. */
export interface RecoverySettings {
  baselineHours: number;
  deploymentPollMinutes: number;
  resolvesSource: boolean;
  verdict: RecoveryPolicy;
}
