import type { PastRound } from "./decide-round.ts";
import type { Brief } from "./model.ts";

interface Run {
  taskKind: string;
  state: string;
  brief: Pick<Brief, "round">;
  createdAt: Date;
}

/** A person asked for more rounds after they had stopped: they are counted anew from there. */
export const RESUMED = "rounds_resumed";

/** The ended rounds of this pull request since a person last asked for more, oldest first. Failed ones count too. */
export function readPastRounds(
  runs: readonly Run[],
  pullNumber: number,
  timeline: readonly { kind: string; at: Date }[],
): PastRound[] {
  const since = timeline.findLast((entry) => entry.kind === RESUMED)?.at.getTime() ?? 0;
  return runs.flatMap((run) => {
    const { round } = run.brief;
    const isEnded = run.state === "published" || run.state === "denied" || run.state === "failed";
    if (round?.pullNumber !== pullNumber || !isEnded || run.createdAt.getTime() < since) return [];
    return [
      {
        cause: round.cause,
        remarks: round.items.filter((item) => item.kind !== "check" && item.kind !== "conflict").length,
      },
    ];
  });
}
