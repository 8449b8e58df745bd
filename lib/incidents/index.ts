export { changeIncident, getIncident, recordTimeline } from "./change-incident.ts";
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
  listIncidents,
  listIncidentsInStates,
  listTimeline,
  type TimelineRow,
} from "./store.ts";
