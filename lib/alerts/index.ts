export { noteIssue } from "./note-issue.ts";
export { type UpdateIssueOutside, updateIssue } from "./update-issue.ts";
