export { assessIncident } from "./assess-incident.ts";
export type { ImpactSettings } from "./impact-model.ts";
export type { ProductAnalytics } from "./ports.ts";
