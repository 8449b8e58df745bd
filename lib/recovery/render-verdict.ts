import type { RecoveryFacts, RecoveryPolicy } from "./model.ts";

/** A number of events, to one decimal where it is small. */
export function renderNumber(value: number): string {
  return value >= 100 || Number.isInteger(value) ? String(Math.round(value)) : value.toFixed(1);
}

export function renderEvents(count: number): string {
  return `${count} ${count === 1 ? "event" : "events"}`;
}

/** "40 minutes", "5 hours", "12 days". */
export function renderHours(hours: number): string {
  const [value, unit] = hours < 1.5 ? [hours * 60, "minute"] : hours < 48 ? [hours, "hour"] : [hours / 24, "day"];
  const text = value < 10 ? value.toFixed(1).replace(/\.0$/, "") : String(Math.round(value));
  return `${text} ${unit}${text === "1" ? "" : "s"}`;
}

/** "120 ms", "2.3 s". */
export function renderDuration(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${renderNumber(ms / 1_000)} s`;
}

export function renderPercent(part: number): string {
  const percent = part * 100;
  return `${percent >= 1 ? Math.round(percent) : percent.toPrecision(1)} %`;
}

/** "0 events since the repair, where 10.2 were expected at the rate before (40 events in 4 hours), for as many sessions." */
export function renderCounts(facts: RecoveryFacts, expected: number, unit: "sessions" | "hours"): string {
  const by = unit === "sessions" ? ", for as many sessions" : "";
  const before = `${renderEvents(facts.baseline.events)} in ${renderHours(facts.baseline.hours)}`;
  return `${renderEvents(facts.since.events)} since the repair, where ${renderNumber(expected)} were expected at the rate before (${before})${by}.`;
}

/** "Counted were its episodes, hours with events in a row: 0 since the repair, where 10.2 were expected." */
export function renderEpisodes(since: number, expected: number): string {
  return `Counted were its episodes, hours with events in a row: ${since} since the repair, where ${renderNumber(expected)} were expected.`;
}

/** What else a reader has to know to weigh the numbers: dispersion, stragglers, health, Sentry's status. */
export function renderRemarks(facts: RecoveryFacts, dispersion: number): string {
  const old = facts.since.eventsOnOldReleases;
  const remarks = [
    dispersion >= 1.5
      ? `The error comes in clumps (about ${renderNumber(dispersion)} events count as one), so more evidence is asked for.`
      : null,
    old > 0
      ? `${renderEvents(old)} came from older releases (open tabs, cached clients) and ${old === 1 ? "does" : "do"} not count against the repair.`
      : null,
    facts.health === "fail" ? "The health check fails." : null,
    facts.health === "pass" ? "The health check passes." : null,
    facts.health === "unknown" || facts.health === "skipped" ? "Health was not checked." : null,
    renderProbe(facts.probe),
    isIgnored(facts.sentryStatus)
      ? "Sentry has the issue ignored or archived; its events are counted all the same."
      : null,
    facts.sentryStatus === "resolved"
      ? "Sentry says resolved; that is somebody's word and not counted as evidence."
      : null,
  ];
  return remarks.filter((remark) => remark !== null).join(" ");
}

/** "The failing route was asked and passes (GET /cart answered 200), which is not counted as proof." */
export function renderProbe(probe: RecoveryFacts["probe"]): string | null {
  if (!probe || probe.status === "skipped") return null;
  const answer = probe.detail === "" ? "" : ` (${probe.detail})`;
  return probe.status === "fail"
    ? `The failing route was asked and fails${answer}.`
    : `The failing route was asked and passes${answer}: it was exercised, which alone is no proof.`;
}

function isIgnored(status: string | null): boolean {
  return status !== null && /^(?:ignored|archived|muted)/i.test(status);
}

/** "A rate of 50 % of before or more is ruled out at 1 % risk." */
export function renderRuledOut(policy: RecoveryPolicy): string {
  return `A rate of ${renderPercent(policy.ratioToReject)} of before or more is ruled out at a risk of ${renderPercent(policy.riskFalseClose)}.`;
}

const DEPLOYMENT_WORDS: Record<string, string> = {
  BLOCKED:
    "was blocked by Vercel: the commit's author may have no seat in the team, or the project asks for verified commits",
  CANCELED: "was cancelled, by a person, by a newer commit, or by the project's ignored build step",
  ERROR: "failed to build",
  DELETED: "was deleted",
};

/** What a deployment state that ends nothing well means, in words that tell where to look. */
export function renderDeployment(state: string): string {
  return `The deployment with the repair ${DEPLOYMENT_WORDS[state] ?? `ended as ${state}`}. Production does not run the repair, so nothing can be said of it.`;
}
