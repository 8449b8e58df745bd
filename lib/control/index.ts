export { defaultProjectId, ensureProject } from "./ensure-project.ts";
export { setControl } from "./set-control.ts";
export { type Control, readControl } from "./store.ts";
