import { decideIgnored, decideQuietTime, type SuppressionPolicy } from "../incidents/decide-suppression.ts";
import type { Incident } from "../incidents/index.ts";
import type { Signature } from "../incidents/read-signature.ts";
import { composeMeasure } from "./compose-measure.ts";
import { composeSlowSignature } from "./compose-signature.ts";
import type { SlowFinding } from "./decide-slow.ts";
import { decideEasedAction, decideSlowAction, type SpanAction } from "./decide-span-action.ts";
import type { Found, LeftOut, SlowLook } from "./look-model.ts";
import type { SlowMeasure } from "./model.ts";
import type { PerformanceSource } from "./ports.ts";
import { renderSlowTitle, renderSpan } from "./render-slow.ts";

/** What is to be done about one group. */
export interface Step {
  action: SpanAction;
  /** Why nothing is done about it, or null. */
  quiet: string | null;
  signature: Signature;
  identity: string;
  known: Incident | null;
  measure: SlowMeasure;
  /** Null for a group that is not slow any more. */
  decision: SlowFinding | null;
}

/** What is known of the incidents before a look, and what the operator wants nothing done about. */
export interface PlanFacts {
  known: ReadonlyMap<string, Incident>;
  /** Ids of symptoms whose cause has ended. */
  freed: ReadonlySet<string>;
  maxNewIncidents: number;
  /** Absent: nothing is left alone. */
  suppression?: QuietPolicy | undefined;
}
export type QuietPolicy = Pick<SuppressionPolicy, "ignore" | "maintenance">;

/** What a look means for each incident, known or new; asks the source for the details of those that are told. */
export async function planSteps(source: PerformanceSource, look: SlowLook, facts: PlanFacts): Promise<Step[]> {
  const fresh = look.found.filter((one) => !facts.known.has(one.identity));
  const late = new Set(fresh.slice(facts.maxNewIncidents));
  const slow = look.found.map((one) =>
    late.has(one) ? lateStep(one, look, facts.maxNewIncidents) : slowStep(source, one, look, facts),
  );
  return [...(await Promise.all(slow)), ...look.leftOut.flatMap((one) => easedStep(one, look, facts))];
}

/** Why nothing is done about a slow group now, or null. How many samples it takes is the look's own rule. */
function whyQuiet(
  { name }: Found,
  look: SlowLook,
  known: Incident | null,
  release: string | null,
  policy: QuietPolicy,
): string | null {
  const snoozedUntil = known?.snoozedUntil?.toISOString() ?? null;
  const titles = [renderSlowTitle(name), renderSpan(name), name.transaction, name.description];
  const { environment, to } = look;
  return (
    decideQuietTime({ snoozedUntil, now: to }, policy) ??
    decideIgnored({ titles, environment, release, paths: [] }, policy)
  );
}

const measureOf = (known: Incident | null): SlowMeasure | null => (known?.measure as SlowMeasure | undefined) ?? null;

function factsOf(known: Incident, freed: ReadonlySet<string>) {
  return {
    state: known.state,
    closedAt: known.closedAt?.toISOString() ?? null,
    isJudged: known.priority !== null,
    isFreed: freed.has(known.id),
    measure: measureOf(known),
  };
}

function told(action: SpanAction, measure: SlowMeasure): SlowMeasure {
  const isNews = action.type !== "keep" && action.type !== "leave";
  return isNews ? { ...measure, toldP95Ms: measure.p95Ms } : measure;
}

function lateStep(one: Found, look: SlowLook, most: number): Step {
  const { identity, decision } = one;
  const reason = `at most ${most} new incidents at one look, the most time lost first`;
  const measure = composeMeasure(one, look, decision, null, null);
  const signature = signatureOf(one, look, null);
  return { action: { type: "leave", reason }, quiet: null, signature, identity, known: null, measure, decision };
}

function signatureOf({ name }: Found | LeftOut, { found }: SlowLook, release: string | null): Signature {
  const names = found.map((one) => one.name);
  return composeSlowSignature(name, names, release);
}

async function slowStep(
  source: PerformanceSource,
  one: Found,
  look: SlowLook,
  { known: incidents, freed, suppression }: PlanFacts,
): Promise<Step> {
  const { identity, decision } = one;
  const known = incidents.get(identity) ?? null;
  const details = known?.state === "ignored" ? null : await source.readDetails(one.key, look);
  const measure = composeMeasure(one, look, decision, details, measureOf(known));
  const quiet = suppression ? whyQuiet(one, look, known, measure.release, suppression) : null;
  const action = decideSlowAction(known && factsOf(known, freed), measure, quiet);
  const signature = signatureOf(one, look, measure.release);
  return { action, quiet, signature, identity, known, measure: told(action, measure), decision };
}

/** Nothing but enough samples shows that an incident's span is well again. */
function easedStep(one: LeftOut, look: SlowLook, { known: incidents, freed }: PlanFacts): Step[] {
  const known = incidents.get(one.identity);
  const isFast = one.reason === "under_threshold" || one.reason === "not_regressed";
  if (!known || !isFast || !one.hasEnoughSamples) return [];
  const action = decideEasedAction(factsOf(known, freed), one.detail);
  if (action.type === "keep") return [];
  const measure = composeMeasure(one, look, null, null, measureOf(known));
  const signature = signatureOf(one, look, measure.release);
  const { identity } = one;
  return [{ action, quiet: null, signature, identity, known, measure: told(action, measure), decision: null }];
}
