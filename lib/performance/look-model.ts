import type { NotSlowReason, SlowFinding } from "./decide-slow.ts";
import type { SpanKey, SpanStats } from "./model.ts";

/** A group under its name for people, with its identity. `key` is as the source knows it. */
export interface Group {
  identity: string;
  key: SpanKey;
  name: SpanKey;
  stats: SpanStats;
}

export interface Found extends Group {
  decision: SlowFinding;
}
export interface LeftOut extends Group {
  reason: NotSlowReason;
  detail: string;
  /** Whether its figures prove anything. */
  hasEnoughSamples: boolean;
}

export interface SlowLook {
  environment: string;
  from: string;
  to: string;
  /** How many groups were read, and whether the source has more with less total time. */
  groups: number;
  isTruncated: boolean;
  /** The most time lost first. */
  found: Found[];
  /** Everything else that was read. */
  leftOut: LeftOut[];
}
