import type { Executor } from "../db/database.ts";
import { decideAccuracy, type TriageAccuracy } from "./decide-accuracy.ts";
import { countJudgements, countStates, type MedianRow, readMedians } from "./metrics-store.ts";

/** Figures of a project over the incidents that were opened since. Symptoms of others are not counted. */
export interface Metrics {
  since: string;
  incidents: number;
  states: Record<string, number>;
  /** First event to first alert. */
  timeToDetect: MedianRow;
  /** First alert to merged repair. */
  timeToRepair: MedianRow;
  /** First event, of this occurrence where it came back, to proven recovery. */
  timeToRecover: MedianRow;
  triage: TriageAccuracy;
}

export async function findMetrics(db: Executor, projectId: string, since: Date): Promise<Metrics> {
  const states = await countStates(db, projectId, since);
  const { detect, repair, recover } = await readMedians(db, projectId, since);
  return {
    since: since.toISOString(),
    incidents: states.reduce((sum, { count }) => sum + count, 0),
    states: Object.fromEntries(states.map(({ state, count }) => [state, count])),
    timeToDetect: detect,
    timeToRepair: repair,
    timeToRecover: recover,
    triage: decideAccuracy(await countJudgements(db, projectId, since)),
  };
}
