import type { Executor } from "../db/database.ts";
import type { Figures } from "./figures-model.ts";
import { findMetrics } from "./find-metrics.ts";
import {
  countDeliveries,
  countFindings,
  countIncidents,
  countJobs,
  countModelCalls,
  countPullRequests,
  countRecoveries,
  countReviews,
  countRuns,
} from "./prometheus-store.ts";
import { findLastDeliveryAt } from "./store.ts";

const RECENT_MS = 30 * 86_400_000;

/** Side by side, each statement by itself: figures of the same moment, to within the time that they take. */
export async function findFigures(db: Executor, projectId: string, now: Date): Promise<Figures> {
  const [
    lastDeliveryAt,
    deliveries,
    jobs,
    incidents,
    recoveries,
    pullRequests,
    runs,
    reviews,
    findings,
    modelCalls,
    recent,
  ] = await Promise.all([
    findLastDeliveryAt(db, projectId),
    countDeliveries(db, projectId),
    countJobs(db, now),
    countIncidents(db, projectId),
    countRecoveries(db, projectId),
    countPullRequests(db, projectId),
    countRuns(db, projectId),
    countReviews(db, projectId),
    countFindings(db, projectId),
    countModelCalls(db, projectId),
    findMetrics(db, projectId, new Date(now.getTime() - RECENT_MS)),
  ]);
  return {
    now,
    lastDeliveryAt,
    deliveries,
    jobs,
    incidents,
    recoveries,
    pullRequests,
    runs,
    reviews,
    findings,
    modelCalls,
    recent,
  };
}
