export { findSlow, type SlowReport } from "./find-slow.ts";
