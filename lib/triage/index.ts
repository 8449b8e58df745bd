export { assessIncident, type TriageOutside } from "./assess-incident.ts";
