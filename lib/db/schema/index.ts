export { breakers } from "./breakers.ts";
export { incidents, timeline } from "./incidents.ts";
export { deliveries } from "./intake.ts";
export { jobRuns, jobs } from "./jobs.ts";
export { lessons } from "./lessons.ts";
export { controls, projects } from "./projects.ts";
export { cursors } from "./reconcile.ts";
export { deployments, verifications } from "./recovery.ts";
export { pullRequests, repairRuns } from "./repair.ts";
