export { default } from "../dist/api/health.mjs";
