export { changeIncident, getIncident, recordTimeline } from "./change-incident.ts";
export { checkBreaker } from "./check-breaker.ts";
export { correctTriage } from "./correct-triage.ts";
export { findCorrection } from "./correction-store.ts";
export { correlateIncident } from "./correlate-incident.ts";
export { findOpenBreaker } from "./find-breaker.ts";
export { keepCorrection } from "./keep-correction.ts";
export { meetIncidents } from "./meet-incidents.ts";
export { moveCause } from "./move-cause.ts";
export { noteDeadJob } from "./note-dead-job.ts";
export { noteSourceComment } from "./note-source-comment.ts";
export { noteSourceStatus } from "./note-source-status.ts";
export { pauseIncident, setPaused } from "./pause-incident.ts";
export { reopenIncident } from "./reopen-incident.ts";
export { retryConflicts } from "./retry-conflicts.ts";
export { snoozeIncident } from "./snooze-incident.ts";
export {
  countAlerts,
  findDelivery,
  findIncident,
  findIncidentByIssue,
  findIncidentByNumber,
  findLatestAlert,
  findMoveInto,
  type Incident,
  type IncidentPatch,
  insertIncident,
  linkDelivery,
  listIncidentsInStates,
  listRecentTimeline,
  listTimeline,
  refreshFacts,
  setIssue,
  type TimelineRow,
} from "./store.ts";
export { closeBreaker, listMembers, lockCorrelation } from "./storm-store.ts";
export { wakeStalled } from "./wake-stalled.ts";
