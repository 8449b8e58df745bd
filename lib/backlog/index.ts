export { type BacklogOutside, type BacklogReport, keepBacklog } from "./keep-backlog.ts";
export { type ScanOutside, type ScanReport, scanRepository } from "./scan-repository.ts";
