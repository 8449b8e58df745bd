export { createInsight, type Insight } from "./create-insight.ts";
export { findMetrics, type Metrics } from "./find-metrics.ts";
