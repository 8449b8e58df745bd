import * as z from "zod";

const PRIORITIES = ["P0", "P1", "P2", "P3"] as const;
const SEVERITIES: Readonly<Record<string, string>> = { P0: "critical", P1: "high", P2: "medium", P3: "low" };

/** What a person says of an incident's triage. `priority` null takes an earlier word back. */
export const correctionInputSchema = z.strictObject({
  priority: z.enum(PRIORITIES).nullable(),
  /** null: as triage judges it. */
  worthRepair: z.boolean().nullable().default(null),
  reason: z.string().trim().min(1).max(500),
});
export type CorrectionInput = z.infer<typeof correctionInputSchema>;

/** A person's word that holds. */
export interface TriageCorrection {
  priority: string;
  worthRepair: boolean | null;
  by: string;
  reason: string;
}

/** A verdict of triage, whoever made it. */
export interface Judged {
  priority: string;
  severity: string;
  worthRepair: boolean | null;
  reasons: readonly string[];
}

/** What triage says by itself, beside what holds. */
export interface Automatic {
  priority: string;
  worthRepair: boolean | null;
  score: number | null;
}

/** How severe a priority is called. */
export const severityOf = (priority: string): string => SEVERITIES[priority] ?? "medium";

/** The verdict under a person's word: that holds, and what triage would have said stands beside it. */
export function holdCorrection<J extends Judged>(
  judged: J,
  correction: TriageCorrection | null,
): J & { automatic?: Automatic } {
  if (correction === null) return judged;
  const { priority, by, reason } = correction;
  const score = "score" in judged && typeof judged.score === "number" ? judged.score : null;
  const said = `${by.replace(/^person:/, "")} said ${priority}: ${reason} (by itself it would be ${judged.priority})`;
  return {
    ...judged,
    priority,
    severity: severityOf(priority),
    worthRepair: correction.worthRepair ?? judged.worthRepair,
    reasons: [said, ...judged.reasons],
    automatic: { priority: judged.priority, worthRepair: judged.worthRepair, score },
  };
}

const automaticSchema = z.object({
  automatic: z.object({
    priority: z.string(),
    worthRepair: z.boolean().nullable().catch(null),
    score: z.number().nullable().catch(null),
  }),
});
const scoreSchema = z.object({ score: z.number() });

/** What triage said by itself at its last look, by what is kept of that; null where it did not judge yet. */
export function readAutomatic(incident: {
  priority: string | null;
  worthRepair: boolean | null;
  triage: Record<string, unknown> | null;
}): Automatic | null {
  const kept = automaticSchema.safeParse(incident.triage).data;
  if (kept) return kept.automatic;
  if (incident.priority === null) return null;
  const score = scoreSchema.safeParse(incident.triage).data?.score ?? null;
  return { priority: incident.priority, worthRepair: incident.worthRepair, score };
}
