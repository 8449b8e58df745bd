export { default } from "../dist/api/webhooks.mjs";
