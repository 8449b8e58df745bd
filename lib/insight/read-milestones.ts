import type { IncidentStory, TimelineView } from "./model.ts";

/** The moments that a postmortem measures between, each with the timeline entry that tells it; null: it did not happen, or nobody noted it. */
export interface Milestones {
  /** When the error began, by its source; in the newest occurrence where it came back. */
  began: string;
  /** When we learnt of it. */
  detected: { at: string; entry: TimelineView | null };
  /** The first thing that a person did about it. */
  acknowledged: TimelineView | null;
  mitigated: TimelineView | null;
  /** The merge of the repair that recovered. */
  repaired: TimelineView | null;
  deployed: TimelineView | null;
  recovered: TimelineView | null;
}

/** A merge closes the issue by itself, in the name of who merged: that is no word of its own. */
const isByPerson = ({ actor, kind }: TimelineView) =>
  kind === "merged" || (actor.startsWith("person:") && kind !== "issue_changed");

/** The milestones of the newest occurrence. */
export function readMilestones({ incident, timeline }: IncidentStory): Milestones {
  const reopened = timeline.findLast((entry) => entry.kind === "reopened");
  const own = reopened === undefined ? timeline : timeline.slice(timeline.indexOf(reopened));
  const last = (kind: string) => own.findLast((entry) => entry.kind === kind) ?? null;
  const recovered = last("recovered");
  const before = recovered === null ? own : own.slice(0, own.indexOf(recovered));
  return {
    began: incident.reopenedAt ?? incident.firstSeenAt,
    detected: { at: reopened?.at ?? incident.createdAt, entry: reopened ?? own[0] ?? null },
    acknowledged: own.find(isByPerson) ?? null,
    mitigated: own.find((entry) => entry.kind === "rolled_back") ?? null,
    repaired: before.findLast((entry) => entry.kind === "merged") ?? null,
    deployed: before.findLast((entry) => entry.kind === "deployed") ?? null,
    recovered,
  };
}
