import type { Incident } from "../incidents/index.ts";
import { composeMeasure } from "./compose-measure.ts";
import type { SlowFinding } from "./decide-slow.ts";
import { decideEasedAction, decideSlowAction, type SpanAction } from "./decide-span-action.ts";
import type { Found, LeftOut, SlowLook } from "./look-model.ts";
import type { SlowMeasure } from "./model.ts";
import type { PerformanceSource } from "./ports.ts";

/** What is to be done about one group. */
export interface Step {
  action: SpanAction;
  identity: string;
  known: Incident | null;
  measure: SlowMeasure;
  /** Null for a group that is not slow any more. */
  decision: SlowFinding | null;
}

/** What a look means for each incident, known or new; asks the source for the details of those that are told. */
export async function planSteps(
  source: PerformanceSource,
  look: SlowLook,
  known: ReadonlyMap<string, Incident>,
  maxNewIncidents: number,
): Promise<Step[]> {
  const fresh = look.found.filter((one) => !known.has(one.identity));
  const late = new Set(fresh.slice(maxNewIncidents));
  const slow = look.found.map((one) =>
    late.has(one) ? lateStep(one, look, maxNewIncidents) : slowStep(source, one, look, known.get(one.identity) ?? null),
  );
  return [...(await Promise.all(slow)), ...look.leftOut.flatMap((one) => easedStep(one, look, known))];
}

const measureOf = (known: Incident | null): SlowMeasure | null => (known?.measure as SlowMeasure | undefined) ?? null;

function factsOf(known: Incident) {
  return { state: known.state, closedAt: known.closedAt?.toISOString() ?? null, measure: measureOf(known) };
}

function told(action: SpanAction, measure: SlowMeasure): SlowMeasure {
  const isNews = action.type === "open" || action.type === "reopen" || action.type === "tell";
  return isNews ? { ...measure, toldP95Ms: measure.p95Ms } : measure;
}

function lateStep(one: Found, look: SlowLook, most: number): Step {
  const { identity, decision } = one;
  const reason = `at most ${most} new incidents at one look, the most time lost first`;
  const measure = composeMeasure(one, look, decision, null, null);
  return { action: { type: "leave", reason }, identity, known: null, measure, decision };
}

async function slowStep(source: PerformanceSource, one: Found, look: SlowLook, known: Incident | null): Promise<Step> {
  const { identity, decision } = one;
  const details = known?.state === "ignored" ? null : await source.readDetails(one.key, look);
  const measure = composeMeasure(one, look, decision, details, measureOf(known));
  const action = decideSlowAction(known && factsOf(known), measure);
  return { action, identity, known, measure: told(action, measure), decision };
}

/** Nothing but enough samples shows that an incident's span is well again. */
function easedStep(one: LeftOut, look: SlowLook, incidents: ReadonlyMap<string, Incident>): Step[] {
  const known = incidents.get(one.identity);
  const isFast = one.reason === "under_threshold" || one.reason === "not_regressed";
  if (!known || !isFast || !one.hasEnoughSamples) return [];
  const action = decideEasedAction(factsOf(known), one.detail);
  if (action.type === "keep") return [];
  const measure = composeMeasure(one, look, null, null, measureOf(known));
  return [{ action, identity: one.identity, known, measure: told(action, measure), decision: null }];
}
