import type { Incident } from "../incidents/index.ts";
import { type ImpactReading, readImpactReading } from "./impact-model.ts";
import { type ImpactOutside, type MeasuredImpact, measureImpact } from "./measure-impact.ts";
import type { Triage, TriageFacts } from "./model.ts";

/** States in which the judgement can still be made or get worse; later it is the repair that is looked at. */
const MEASURED_STATES: readonly Incident["state"][] = ["new", "observed", "investigating", "repairing", "in_review"];

export interface ImpactLook {
  reading: ImpactReading | null;
  measurableAt: MeasuredImpact["measurableAt"];
  /** As triage takes it; null where it is unknown or was not looked at. */
  fact: TriageFacts["impact"];
}

/**
 * The impact as it is known now. Analytics are not asked about another environment than the watched one, about what is
 * over, or about the symptoms of another incident, which asks for all of them.
 */
export async function lookAtImpact(
  outside: ImpactOutside,
  incident: Incident,
  seen: TriageFacts & { isElsewhere: boolean; watchedEnvironment: string },
): Promise<ImpactLook> {
  const kept = readImpactReading(incident.triage);
  const isWatched = !seen.isElsewhere && (seen.environment ?? seen.watchedEnvironment) === seen.watchedEnvironment;
  const isOpen = MEASURED_STATES.includes(incident.state) && incident.causeId === null;
  const window = {
    now: seen.now,
    firstSeenAt: seen.firstSeenAt,
    openedAt: incident.createdAt.toISOString(),
    reopenedAt: incident.reopenedAt?.toISOString() ?? null,
  };
  const { reading, measurableAt } =
    isWatched && isOpen ? await measureImpact(outside, window, kept) : { reading: kept, measurableAt: null };
  return { reading, measurableAt, fact: reading?.impact.status === "measured" ? reading.impact : null };
}

/** An impact that nobody knows is said, so that its absence is not taken for harmlessness. */
export function tellUnknownImpact(triage: Triage, { reading }: ImpactLook): Triage {
  if (reading?.impact.status !== "unknown") return triage;
  return { ...triage, reasons: [...triage.reasons, reading.summary] };
}

/** The stored triage with what was read, under the judgement of now or, where that stands, of before. */
export function triageWithImpact(judged: Triage | null, incident: Incident, { reading }: ImpactLook) {
  const triage = judged ?? incident.triage;
  return triage === null ? {} : { triage: { ...triage, impact: reading } };
}
