export { default } from "../dist/api/admin.mjs";
