export { default } from "../dist/api/runner.mjs";
