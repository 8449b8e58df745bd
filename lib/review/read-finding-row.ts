import type { EarlierFinding } from "./decide-findings.ts";
import type { Finding, FindingState } from "./model.ts";

/** A finding as a row keeps it, and as a decision reads it. */
interface FlatFinding extends Omit<Finding, "place"> {
  id: string;
  state: FindingState;
  path: string;
  side: Finding["place"]["side"];
  startLine: number | null;
  line: number;
}

/** Whether people were told of it, or decided about it. */
export const isSaid = ({ state }: { state: FindingState }): boolean => state !== "dropped" && state !== "resolved";

export function findingOf(row: FlatFinding): EarlierFinding {
  const { id, state, key, anchor, severity, confidence, kind, title, why, suggestion } = row;
  const { path, side, startLine, line } = row;
  return {
    ...{ id, state, key, anchor, severity, confidence, kind, title, why, suggestion },
    place: { path, side, startLine, line },
  };
}

/** The columns of a finding. */
export function columnsOf({ place, ...finding }: Finding): Omit<FlatFinding, "id" | "state"> {
  return { ...finding, ...place };
}
