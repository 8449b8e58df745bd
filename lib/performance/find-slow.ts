import type { Incident } from "../incidents/index.ts";
import type { Stage } from "../kernel/write.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import type { SpanAction } from "./decide-span-action.ts";
import { lookForSlow } from "./look-for-slow.ts";
import type { SlowLook } from "./look-model.ts";
import type { SlowMeasure, SlowPolicy } from "./model.ts";
import { planSteps, type QuietPolicy, type Step } from "./plan-steps.ts";
import type { PerformanceSource } from "./ports.ts";
import { renderFigures, renderSlowTitle, renderSpan } from "./render-slow.ts";
import { listFreedSymptoms, mapSlowIncidents } from "./store.ts";
import { type StormRules, writeStep } from "./write-step.ts";

export interface FindSlowOutside {
  source: PerformanceSource;
  settings: {
    environment: string;
    stage: Stage;
    policy: SlowPolicy;
    /** Absent: nothing is left alone. */
    suppression?: QuietPolicy;
    /** Absent: problems are judged one by one. */
    storm?: StormRules;
  };
}

/** One group with what becomes of it. */
export interface SlowReportItem {
  action: SpanAction["type"];
  reason: string;
  title: string;
  priority: string | null;
  figures: string;
  reasons: string[];
  /** Of an incident that was known before this look. */
  incidentNumber: number | null;
  measure: SlowMeasure;
}

/** What a look found, what it changed (or would), and why the rest is left out. */
export interface SlowReport extends Pick<SlowLook, "environment" | "from" | "to" | "groups" | "isTruncated"> {
  isApplied: boolean;
  items: SlowReportItem[];
  /** Over the threshold, and still no finding. */
  leftOut: { span: string; op: string; reason: string; detail: string }[];
  underThreshold: number;
}

/**
 * Looks for slow and regressed spans; with `isApplied`, opens and updates their incidents in one transaction. An incident
 * opens once for its fingerprint; later looks refresh its numbers, and are told when they moved.
 */
export async function findSlow(
  ctx: Context,
  { source, settings }: FindSlowOutside,
  input: { projectId: string; isApplied: boolean },
): Promise<SlowReport> {
  const { environment, stage, policy, suppression, storm } = settings;
  const known = await mapSlowIncidents(ctx.db.db, input.projectId);
  const look = await lookForSlow(source, { environment, policy }, ctx.clock.now());
  const freed = await listFreedSymptoms(ctx.db.db, input.projectId, new Date(look.from));
  const steps = await planSteps(source, look, { known, freed, suppression, maxNewIncidents: policy.maxNewIncidents });
  if (input.isApplied && steps.some((step) => step.action.type !== "leave")) {
    const place = { projectId: input.projectId, environment, stage, repairs: policy.repairs, storm };
    // What is called comes before who calls it, so that the callee becomes the cause.
    const ordered = [...steps].sort((a, b) => Number(b.signature.slow?.isCall) - Number(a.signature.slow?.isCall));
    await inTransaction(ctx, async (tx) => {
      for (const step of ordered) await writeStep(tx, ctx, place, step);
    });
  }
  return composeReport(look, steps, known, input.isApplied);
}

function composeReport(
  look: SlowLook,
  steps: readonly Step[],
  known: ReadonlyMap<string, Incident>,
  isApplied: boolean,
): SlowReport {
  const { environment, from, to, groups, isTruncated, leftOut } = look;
  const others = leftOut.filter((one) => one.reason !== "under_threshold");
  return {
    environment,
    from,
    to,
    groups,
    isTruncated,
    isApplied,
    items: steps.map(({ action, quiet, measure, decision, identity }) => ({
      action: action.type,
      reason: action.reason,
      title: renderSlowTitle(measure),
      priority: quiet === null ? (decision?.priority ?? null) : null,
      figures: renderFigures(measure),
      reasons: decision?.reasons ?? [],
      incidentNumber: known.get(identity)?.number ?? null,
      measure,
    })),
    leftOut: others.map(({ name, reason, detail }) => ({ span: renderSpan(name), op: name.op, reason, detail })),
    underThreshold: leftOut.length - others.length,
  };
}
