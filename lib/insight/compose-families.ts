import { JOBS } from "../jobs/catalog.ts";
import type { GapReport } from "../reconcile/model.ts";
import { countBy, counter, countOf, gauge, histogram, one, sumBy, totalOf, whenKnown } from "./compose-family.ts";
import { composeModel, composeRepairs, composeReviews } from "./compose-work-families.ts";
import { type Figures, SECONDS } from "./figures-model.ts";
import type { Family } from "./prometheus-model.ts";

/** What is read elsewhere than in the figures. */
export interface Surroundings {
  gaps: Pick<GapReport, "bySource" | "sources">;
  isBreakerOpen: boolean;
  isStopped: boolean;
}

/** Every family that there is. Labels are words of our own, sources and models: never an id, a path or a title. */
export function composeFamilies(figures: Figures, around: Surroundings): Family[] {
  return [
    ...composeRequests(figures, around),
    ...composeJobs(figures),
    ...composeQueue(figures),
    ...composeIncidents(figures),
    ...composeTimes(figures),
    ...composeRepairs(figures),
    ...composeReviews(figures),
    ...composeModel(figures),
    ...composeControls(around),
  ];
}

const secondsOf = (at: Date): number => at.getTime() / 1_000;

function composeRequests({ deliveries, lastDeliveryAt }: Figures, { gaps }: Surroundings): Family[] {
  return [
    counter(
      "deliveries_received_total",
      "Deliveries that were stored; a duplicate is not, nor is what was refused at the door",
      countBy(deliveries, ({ source }) => ({ source })),
    ),
    gauge(
      "deliveries",
      "Stored deliveries by what was made of them, which can change later",
      countBy(deliveries, ({ source, outcome, via }) => ({ source, outcome, via })),
    ),
    gauge(
      "last_delivery_timestamp_seconds",
      "When the newest delivery was stored",
      whenKnown(lastDeliveryAt && secondsOf(lastDeliveryAt)),
    ),
    gauge(
      "gaps",
      "What polling alone brought in the last 24 hours, and no webhook",
      sumBy(
        [...gaps.sources.map(({ source }) => [source, 0] as const), ...Object.entries(gaps.bySource)],
        ([source]) => ({ source }),
        ([, count]) => count,
      ),
    ),
    gauge(
      "source_looked_at_timestamp_seconds",
      "When a source was last asked for what no webhook brought",
      gaps.sources.map(({ source, lookedAt }) => ({ labels: { source }, value: secondsOf(new Date(lookedAt)) })),
    ),
    gauge(
      "source_faulty",
      "1 where the last look at a source did not get through",
      gaps.sources.map(({ source, fault }) => ({ labels: { source }, value: fault === null ? 0 : 1 })),
    ),
  ];
}

/** A job of the catalog that never ran has its zeros, so that its first one is seen as an increase. */
const noJobs = Object.keys(JOBS).flatMap((job) =>
  ["done", "dead"].map((state) => ({ job, state, bucket: null, count: 0, seconds: 0, retries: 0 })),
);

function composeJobs({ jobs }: Figures): Family[] {
  const rows = [...noJobs, ...jobs];
  const done = rows.filter(({ state }) => state === "done");
  const ofJob = ({ job }: { job: string }) => ({ job });
  return [
    counter("jobs_queued_total", "Jobs that were ever queued", countBy(rows, ofJob)),
    counter(
      "jobs_done_total",
      "Jobs that are done, or that a later one of the same key stood in for",
      countBy(done, ofJob),
    ),
    counter(
      "job_retries_total",
      "Attempts beyond the first that done jobs took",
      sumBy(done, ofJob, ({ retries }) => retries),
    ),
    gauge(
      "jobs",
      "Jobs that are not done: waiting for a first attempt, retrying, running, or dead until somebody revives them",
      countBy(
        rows.filter(({ state }) => state !== "done"),
        ({ job, state }) => ({ job, state }),
      ),
    ),
    histogram("job_duration_seconds", "From when a job was last due until it was done", {
      rows: jobs,
      bounds: SECONDS.job,
      labelsOf: ofJob,
    }),
  ];
}

function composeQueue({ jobs, now }: Figures): Family[] {
  const since = jobs.flatMap(({ dueSince }) => (dueSince === null ? [] : [dueSince]));
  const oldest = since.length === 0 ? 0 : Math.max(0, secondsOf(now) - Math.min(...since));
  const waiting = jobs.filter(({ state }) => state === "waiting" || state === "retrying");
  return [
    gauge("queue_depth", "Jobs that wait, for their time or for a worker", one(totalOf(waiting, countOf))),
    gauge("queue_due", "Jobs that could run now", one(totalOf(jobs, ({ due }) => due))),
    gauge(
      "queue_oldest_due_seconds",
      "How long the oldest job that could run has waited; 0 where none does",
      one(oldest),
    ),
  ];
}

const ENDED: ReadonlySet<string> = new Set(["recovered", "done", "ignored"]);

function composeIncidents({ incidents }: Figures): Family[] {
  const own = incidents.filter(({ isSymptom }) => !isSymptom);
  const symptoms = incidents.filter(({ isSymptom }) => isSymptom);
  return [
    counter(
      "incidents_opened_total",
      "Incidents that were ever opened, symptoms of others among them",
      countBy(incidents, ({ source, kind }) => ({ source, kind })),
    ),
    gauge(
      "incidents",
      "Incidents by state, without symptoms of others",
      countBy(own, ({ state, kind }) => ({ state, kind })),
    ),
    gauge(
      "incidents_open",
      "Incidents that are not over, by priority; none: not judged yet",
      countBy(
        own.filter(({ state }) => !ENDED.has(state)),
        ({ priority }) => ({ priority: priority ?? "none" }),
      ),
    ),
    gauge("incident_symptoms", "Incidents that are symptoms of others", one(totalOf(symptoms, countOf))),
  ];
}

function composeTimes({ recoveries, pullRequests, recent }: Figures): Family[] {
  const medians = { detect: recent.timeToDetect, repair: recent.timeToRepair, recover: recent.timeToRecover };
  const bounds = SECONDS.incident;
  return [
    histogram(
      "incident_repair_seconds",
      "From an occurrence's first alert to the merge of a repair; one observation a merged pull request",
      { rows: pullRequests, bounds, labelsOf: null },
    ),
    histogram(
      "incident_recovery_seconds",
      "From an occurrence's first alert to its proven recovery; one observation a recovery",
      { rows: recoveries, bounds, labelsOf: null },
    ),
    gauge(
      "incident_median_seconds",
      "Medians of the incidents opened in the last 30 days, as the command metrics has them: from first event to first alert, from there to the merge, and from first event to recovery",
      Object.entries(medians).flatMap(([phase, { medianSeconds: value }]) =>
        value === null ? [] : [{ labels: { phase }, value }],
      ),
    ),
    gauge(
      "triage_accuracy_ratio",
      "Share of the incidents judged in the last 30 days whose triage nobody corrected",
      whenKnown(recent.triage.accuracy),
    ),
  ];
}

function composeControls({ isBreakerOpen, isStopped }: Surroundings): Family[] {
  return [
    gauge("breaker_open", "1 while the storm breaker holds repairs", one(isBreakerOpen ? 1 : 0)),
    gauge("stopped", "1 while the kill switch is on", one(isStopped ? 1 : 0)),
  ];
}
