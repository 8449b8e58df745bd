export { assessIncident } from "./assess-incident.ts";
export { noteMetric } from "./assess-metric.ts";
export type { ImpactSettings } from "./impact-model.ts";
export { type ImpactOutside, measureImpact } from "./measure-impact.ts";
export { noteAnomaly } from "./note-anomaly.ts";
export type { ProductAnalytics } from "./ports.ts";
