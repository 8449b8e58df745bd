export { changeIncident, getIncident, recordTimeline } from "./change-incident.ts";
export { noteDeadJob } from "./note-dead-job.ts";
export { noteSourceStatus } from "./note-source-status.ts";
export {
  countAlerts,
  findDelivery,
  findIncident,
  findIncidentByIssue,
  findIncidentByNumber,
  findLatestAlert,
  type Incident,
  type IncidentPatch,
  listIncidentsInStates,
  listTimeline,
  refreshFacts,
  setIssue,
  type TimelineRow,
} from "./store.ts";
export { wakeStalled } from "./wake-stalled.ts";
