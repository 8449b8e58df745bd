export { default } from "../dist/api/jobs.mjs";
