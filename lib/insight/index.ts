export { createInsight, type Insight } from "./create-insight.ts";
