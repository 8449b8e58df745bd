export { type FindSlowOutside, findSlow, type SlowReport } from "./find-slow.ts";
