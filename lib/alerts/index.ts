export { noteIssue } from "./note-issue.ts";
export { updateIssue } from "./update-issue.ts";
