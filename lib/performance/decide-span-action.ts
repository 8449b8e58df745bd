import type { IncidentState } from "../incidents/model.ts";
import type { SlowMeasure } from "./model.ts";
import { renderMs } from "./render-slow.ts";

export interface KnownIncident {
  state: IncidentState;
  closedAt: string | null;
  /** False while it was kept without a priority, because something spoke against doing anything about it. */
  isJudged: boolean;
  /** It was a symptom, and its cause had ended before the time that was looked at. */
  isFreed: boolean;
  /** What was measured last; null where nothing was kept. */
  measure: Pick<SlowMeasure, "toldP95Ms" | "releases" | "isSlow"> | null;
}

/** What becomes of a group that was looked at, by what is known of it already. */
export type SpanAction =
  | { type: "open" | "reopen"; reason: string }
  /** The incident was left alone until now, and nothing speaks against it any more. */
  | { type: "judge"; reason: string }
  /** The incident stands; its numbers moved enough to say so. */
  | { type: "tell"; reason: string }
  /** The incident stands; nothing is news. */
  | { type: "keep"; reason: string }
  | { type: "leave"; reason: string };

/** How far the p95 must move from what was told last to be news. */
const NEWS_RATIO = 1.25;

/**
 * For a group that counts as slow now. `from` is where the window begins, ISO 8601. `quiet` is why nothing is to be done
 * about it (a rule, a snooze, a maintenance window), or null: its incident is kept up to date then, and says nothing.
 */
export function decideSlowAction(
  known: KnownIncident | null,
  now: Pick<SlowMeasure, "p95Ms" | "release" | "from">,
  quiet: string | null = null,
): SpanAction {
  if (known === null) return { type: "open", reason: quiet ?? "not known yet" };
  if (known.state === "ignored") return { type: "leave", reason: "its incident is ignored" };
  if (known.state === "recovered") {
    const isAfter = known.closedAt !== null && Date.parse(now.from) >= Date.parse(known.closedAt);
    if (isAfter && quiet !== null) return { type: "leave", reason: quiet };
    if (isAfter) return { type: "reopen", reason: "slow again after it had recovered" };
    return { type: "leave", reason: "its incident closed within the time that was looked at" };
  }
  if (quiet !== null) return { type: "keep", reason: quiet };
  if (!known.isJudged) return { type: "judge", reason: "nothing speaks against it any more" };
  if (known.isFreed) return { type: "judge", reason: "still slow after its cause ended" };
  const { measure } = known;
  if (measure === null || !measure.isSlow) return { type: "tell", reason: `slow again: p95 ${renderMs(now.p95Ms)}` };
  const moved = now.p95Ms / measure.toldP95Ms;
  if (moved >= NEWS_RATIO || moved <= 1 / NEWS_RATIO) {
    const way = moved > 1 ? "worse" : "better, and still slow";
    return { type: "tell", reason: `${way}: p95 ${renderMs(now.p95Ms)}, was ${renderMs(measure.toldP95Ms)}` };
  }
  if (now.release !== null && !measure.releases.some(({ release }) => release === now.release)) {
    return { type: "tell", reason: `still slow on release ${now.release.slice(0, 40)}: p95 ${renderMs(now.p95Ms)}` };
  }
  return { type: "keep", reason: "known" };
}

/**
 * For a group with an incident that does not count as slow now. Only figures say so: a group that was not among those
 * read proves nothing, and a few samples do not either.
 */
export function decideEasedAction(known: KnownIncident, detail: string): SpanAction {
  if (!known.isJudged) return { type: "keep", reason: "never told of" };
  const isOpen = known.state !== "ignored" && known.state !== "recovered";
  if (!isOpen || known.measure === null || !known.measure.isSlow) return { type: "keep", reason: "known" };
  return { type: "tell", reason: `does not count as slow now: ${detail}` };
}
