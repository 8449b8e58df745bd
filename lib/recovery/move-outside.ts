import type { Outbound } from "../runtime/outbound.ts";
import type { ChangeLog, CommitGraph, Deployments, ErrorHistory, HealthProbe, TrafficSwitch } from "./ports.ts";
import type { RecoverySettings } from "./settings.ts";

/** What moving production between deployments needs of the outside; null where it is not configured. */
export interface MoveOutside {
  deployments: Deployments | null;
  traffic: TrafficSwitch | null;
  changes: ChangeLog | null;
  commits: CommitGraph | null;
  errors(source: string): ErrorHistory | null;
  health: HealthProbe;
  outbound: Outbound;
  /** Signs approvals; null: none can be given. */
  approvalKey: string | null;
  settings: RecoverySettings;
}
