import type { RollbackPolicy } from "./approval-model.ts";
import type { RecoveryPolicy } from "./model.ts";

/** How patient recovery is, from the operator's policy. */
export interface RecoverySettings {
  baselineHours: number;
  /** Events are looked at up to this long ago: a source needs time until what it received can be counted. */
  ingestLagSeconds: number;
  deploymentPollMinutes: number;
  resolvesSource: boolean;
  /** Durations under this are no matter for an incident. */
  slowFromMs: number;
  verdict: RecoveryPolicy;
  rollback: RollbackPolicy;
}
