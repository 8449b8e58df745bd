import type { TriageAccuracy } from "./decide-accuracy.ts";

/** Upper bounds of the buckets, in seconds. Changing one breaks what was recorded before. */
export const SECONDS = {
  /** From due to done: a broker's delay, the work, and the waits between retries. */
  job: [0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600],
  model: [1, 2.5, 5, 10, 20, 40, 60, 120, 300],
  run: [60, 180, 300, 600, 1_200, 1_800, 2_700, 3_600, 7_200],
  /** From a head that is seen to its posted review: checks are waited for meanwhile. */
  review: [60, 120, 180, 300, 600, 1_200, 1_800, 3_600, 7_200],
  incident: [300, 900, 1_800, 3_600, 7_200, 14_400, 28_800, 86_400, 259_200, 604_800],
} as const satisfies Record<string, readonly number[]>;

/** Part of a histogram: `count` observations in the bucket `bucket` (from 0; the bounds' number: above all of them). */
export interface BucketFigures {
  /** null: counted, and not observed. */
  bucket: number | null;
  count: number;
  /** All of them together. */
  seconds: number;
}

export interface DeliveryFigures {
  source: string;
  outcome: string;
  via: string;
  count: number;
}

export interface JobFigures extends BucketFigures {
  job: string;
  /** Of jobs that wait: `waiting` for the first time, `retrying` after an attempt. */
  state: string;
  /** Attempts beyond the first one. */
  retries: number;
  /** Those that could run now, and since when the first of them could, in seconds since 1970. */
  due: number;
  dueSince: number | null;
}

export interface IncidentFigures {
  source: string;
  kind: string;
  state: string;
  priority: string | null;
  isSymptom: boolean;
  count: number;
}

export interface PullRequestFigures extends BucketFigures {
  state: string;
}

export interface RunFigures extends BucketFigures {
  profile: string;
  taskKind: string;
  state: string;
  costUsd: number;
}

export interface ReviewFigures extends BucketFigures {
  state: string;
  begun: number;
  posted: number;
}

export interface FindingFigures {
  state: string;
  kind: string;
  severity: string;
  count: number;
}

export interface ModelFigures extends BucketFigures {
  model: string;
  purpose: string;
  /** `open`: nobody has told its end. `lost`: no answer came, and it may have been billed. */
  outcome: "open" | "answered" | "refused" | "lost";
  /** The provider's word for an answer's end, or an error's code. */
  finish: string | null;
  inputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
  outputTokens: number;
  /** Reserved for calls that told no usage. */
  untoldTokens: number;
  costUsd: number;
  unpriced: number;
}

interface Median {
  count: number;
  medianSeconds: number | null;
}

/** What `/api/metrics` tells, as the database has it now: the same from every function instance. */
export interface Figures {
  now: Date;
  lastDeliveryAt: Date | null;
  deliveries: DeliveryFigures[];
  jobs: JobFigures[];
  incidents: IncidentFigures[];
  /** One observation a recovery. */
  recoveries: BucketFigures[];
  pullRequests: PullRequestFigures[];
  runs: RunFigures[];
  reviews: ReviewFigures[];
  findings: FindingFigures[];
  modelCalls: ModelFigures[];
  /** The figures of the command `metrics`, over the last 30 days. */
  recent: { timeToDetect: Median; timeToRepair: Median; timeToRecover: Median; triage: TriageAccuracy };
}
