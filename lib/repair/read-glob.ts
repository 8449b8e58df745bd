export { fold, matchesAny } from "../kernel/match-paths.ts";
