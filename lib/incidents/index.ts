export { changeIncident, getIncident, recordTimeline } from "./change-incident.ts";
export { checkBreaker } from "./check-breaker.ts";
export { correlateIncident } from "./correlate-incident.ts";
export { findOpenBreaker } from "./find-breaker.ts";
export { moveCause } from "./move-cause.ts";
export { noteDeadJob } from "./note-dead-job.ts";
export { noteSourceStatus } from "./note-source-status.ts";
export { retryConflicts } from "./retry-conflicts.ts";
export { snoozeIncident } from "./snooze-incident.ts";
export {
  countAlerts,
  findDelivery,
  findIncident,
  findIncidentByIssue,
  findIncidentByNumber,
  findLatestAlert,
  type Incident,
  type IncidentPatch,
  insertIncident,
  listIncidentsInStates,
  listRecentTimeline,
  listTimeline,
  refreshFacts,
  setIssue,
  type TimelineRow,
} from "./store.ts";
export { closeBreaker, listMembers } from "./storm-store.ts";
export { wakeStalled } from "./wake-stalled.ts";
