export { DEFAULT_LIMITS } from "./prove-patch.ts";
export { type ServeSettings, serveRuns } from "./serve-runs.ts";
export { openWorkDir } from "./work-dir.ts";
