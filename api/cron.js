export { default } from "../dist/api/cron.mjs";
