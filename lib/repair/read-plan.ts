import type * as z from "zod";
import { type Plan, planSchema, requestSchema } from "./plan-model.ts";

/** A plan of more text than this is not read: it is no plan. */
const MAX_TEXT = 60_000;

/**
 * The plan in a worker's last message: one JSON object, alone or in a fenced block, whatever else is said around it. Of
 * several the last counts: a worker that thinks aloud ends with what it means.
 */
export function readPlan(text: string): { ok: true; plan: Plan } | { ok: false; reason: string } {
  if (text.trim() === "") return { ok: false, reason: "the worker said nothing" };
  if (text.length > MAX_TEXT) return { ok: false, reason: `its answer has ${text.length} characters` };
  let fault = "its answer holds no JSON object";
  for (const candidate of candidatesOf(text)) {
    const value = parse(candidate);
    if (typeof value !== "object" || value === null || Array.isArray(value)) continue;
    const read = planSchema.safeParse(value);
    if (read.success) return { ok: true, plan: read.data };
    const [issue] = read.error.issues;
    fault = `its plan is not whole: ${issue?.path.join(".") || "it"}: ${issue?.message ?? "not valid"}`;
  }
  return { ok: false, reason: fault };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Most likely first: fenced blocks from the end, then what lies between the outermost braces. */
function candidatesOf(text: string): string[] {
  const fenced = [...text.matchAll(/^[ \t]*```(?:json)?[ \t]*\n([\s\S]*?)\n[ \t]*```/gm)].map(
    (match) => match[1] ?? "",
  );
  const first = text.indexOf("{");
  const last = text.lastIndexOf("}");
  return [...fenced.reverse(), text, ...(first >= 0 && last > first ? [text.slice(first, last + 1)] : [])];
}

/** The plan with every text cleaned; what grows by that is cut to its limit, so that a plan stays one. */
export function cleanPlan(plan: Plan, clean: (text: string) => string): Plan {
  const each = (texts: readonly string[], limit: number) => texts.map((text) => clean(text).slice(0, limit));
  return {
    ...plan,
    goal: clean(plan.goal).slice(0, 600),
    acceptanceCriteria: each(plan.acceptanceCriteria, 400),
    files: each(plan.files, 300),
    tests: each(plan.tests, 400),
    blockers: each(plan.blockers, 400),
    questions: each(plan.questions, 400),
  };
}

/** How the incident's issue was handed over, as `triage` keeps it, or null where it was not. */
export function readRequest(triage: Record<string, unknown> | null): z.infer<typeof requestSchema> | null {
  const read = requestSchema.safeParse(triage?.request);
  return read.success ? read.data : null;
}
