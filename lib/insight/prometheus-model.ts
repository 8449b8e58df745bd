export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  labels: Labels;
  value: number;
}

/** `counts` holds one number a bucket, each observation once; the last one is what lies above every bound. */
export interface HistogramSample {
  labels: Labels;
  counts: readonly number[];
  sum: number;
}

/**
 * Samples of one name. A counter may never fall: it is made only of rows that are never deleted, and of what a row never
 * takes back; everything else is a gauge. A histogram is a set of counters, so the same holds for it.
 */
export type Family =
  | { name: string; help: string; type: "counter" | "gauge"; samples: readonly Sample[] }
  | { name: string; help: string; type: "histogram"; bounds: readonly number[]; samples: readonly HistogramSample[] };
