export { findGaps } from "./find-gaps.ts";
export type { GapReport, SyncReport } from "./model.ts";
export { countReports, type SyncOutside, syncSources } from "./sync-sources.ts";
