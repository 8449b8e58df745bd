import * as z from "zod";

const incident = z.object({ incidentId: z.string() });
const delivery = z.object({ deliveryId: z.string() });
const order = z.object({ incidentId: z.string(), deliveryId: z.string() });
const run = z.object({ runId: z.string() });
const project = z.object({ projectId: z.string() });
const pull = z.object({ projectId: z.string(), number: z.number().int() });
const review = z.object({ reviewId: z.string() });
const issue = z.object({ projectId: z.string(), issueNumber: z.number().int() });
const request = z.object({
  projectId: z.string(),
  issueNumber: z.number().int(),
  mode: z.enum(["plan", "implement"]),
  askedBy: z.string(),
});

/**
 * Every job there is: its name (`room.verb`) and what it carries. Payloads hold ids, never content: a job reads the
 * present state when it runs. `maxAttempts` counts runs that failed in a way worth repeating.
 */
export const JOBS = {
  "intake.adopt-issue": { payload: delivery, maxAttempts: 12 },
  "intake.list-unnamed": { payload: delivery, maxAttempts: 12 },
  "intake.note-installation": { payload: delivery, maxAttempts: 8 },
  "triage.assess-incident": { payload: incident, maxAttempts: 12 },
  "triage.note-metric": { payload: delivery, maxAttempts: 8 },
  "triage.note-anomaly": { payload: delivery, maxAttempts: 8 },
  "investigate.investigate-incident": { payload: incident, maxAttempts: 12 },
  "investigate.ask-model": { payload: incident, maxAttempts: 12 },
  "repair.start-repair": { payload: incident, maxAttempts: 12 },
  "repair.dispatch-run": { payload: run, maxAttempts: 8 },
  "repair.check-run": { payload: run, maxAttempts: 12 },
  "repair.publish-patch": { payload: run, maxAttempts: 12 },
  "repair.follow-pull-request": { payload: incident, maxAttempts: 12 },
  "repair.note-pull-request": { payload: delivery, maxAttempts: 8 },
  "repair.obey-comment": { payload: delivery, maxAttempts: 8 },
  "repair.note-label": { payload: delivery, maxAttempts: 8 },
  "repair.take-request": { payload: request, maxAttempts: 8 },
  "repair.note-feedback": { payload: delivery, maxAttempts: 8 },
  "repair.collect-feedback": { payload: incident, maxAttempts: 12 },
  "repair.answer-feedback": { payload: incident, maxAttempts: 12 },
  "review.note-event": { payload: delivery, maxAttempts: 8 },
  "review.look-at-pull": { payload: pull, maxAttempts: 12 },
  "review.write-review": { payload: review, maxAttempts: 12 },
  "review.post-review": { payload: review, maxAttempts: 12 },
  "review.answer-threads": { payload: pull, maxAttempts: 8 },
  "review.answer-issue": { payload: issue, maxAttempts: 8 },
  "recovery.note-deployment": { payload: delivery, maxAttempts: 12 },
  "recovery.verify-recovery": { payload: incident, maxAttempts: 12 },
  "recovery.assess-regression": { payload: incident, maxAttempts: 12 },
  "recovery.resolve-source": { payload: incident, maxAttempts: 8 },
  "recovery.offer-rollback": { payload: incident, maxAttempts: 8 },
  "recovery.obey-rollback": { payload: order, maxAttempts: 8 },
  "recovery.move-production": { payload: incident, maxAttempts: 12 },
  "investigate.note-seer": { payload: delivery, maxAttempts: 8 },
  "investigate.write-lesson": { payload: incident, maxAttempts: 8 },
  "incidents.note-source-status": { payload: delivery, maxAttempts: 8 },
  "incidents.note-source-comment": { payload: delivery, maxAttempts: 8 },
  "performance.find-slow": { payload: project, maxAttempts: 6 },
  "backlog.keep-backlog": { payload: project, maxAttempts: 6 },
  "backlog.scan-repository": { payload: project, maxAttempts: 6 },
  "alerts.update-issue": { payload: incident, maxAttempts: 12 },
  "alerts.note-issue": { payload: delivery, maxAttempts: 8 },
} as const satisfies Record<string, { payload: z.ZodType; maxAttempts: number }>;

export type JobName = keyof typeof JOBS;
export type JobPayload<N extends JobName> = z.infer<(typeof JOBS)[N]["payload"]>;

/** Whether `name` is a job of the catalog. */
export function isJobName(name: string): name is JobName {
  return Object.hasOwn(JOBS, name);
}
