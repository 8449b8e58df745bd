import type { Comparison, EventImpact, Impact } from "./impact-model.ts";

/** More events than this are counted, not named. */
const MOST_NAMED = 5;

const COUNT = new Intl.NumberFormat("en-US", { maximumFractionDigits: 1 });
const PERCENT = new Intl.NumberFormat("en-US", {
  maximumFractionDigits: 0,
  signDisplay: "exceptZero",
  style: "percent",
});

function renderComparison({ verdict, now, usual, change }: Comparison): string {
  if (usual === null) return `${COUNT.format(now)}, nothing to compare with`;
  if (verdict === "unclear")
    return `${COUNT.format(now)}, usually ${COUNT.format(usual)}: too few or too uneven to tell`;
  if (verdict === "usual" || change === null) return `${COUNT.format(now)}, as usual (${COUNT.format(usual)})`;
  return `${COUNT.format(now)} instead of ${COUNT.format(usual)} (${PERCENT.format(change)})`;
}

function renderEvent(one: EventImpact): string {
  const people =
    one.usualPeople === null ? "" : `, ${COUNT.format(one.people)} people, usually ${COUNT.format(one.usualPeople)}`;
  return `${one.event} ${renderComparison(one)}${one.verdict === "drop" || one.verdict === "rise" ? people : ""}`;
}

const minute = (instant: string): string => `${instant.slice(0, 16).replace("T", " ")} UTC`;
const VERDICTS: readonly Comparison["verdict"][] = ["drop", "rise", "usual", "unclear", "no_baseline"];

/** The impact in one line of text, with the numbers that it rests on, the worst first. */
export function renderImpact(impact: Impact): string {
  if (impact.status === "unknown") return `impact unknown: ${impact.reason}`;
  const { level, events, people, window, isCached, lastRefresh } = impact;
  const sorted = [...events].sort(
    (a, b) => VERDICTS.indexOf(a.verdict) - VERDICTS.indexOf(b.verdict) || (a.change ?? 0) - (b.change ?? 0),
  );
  const named = sorted.slice(0, MOST_NAMED).map(renderEvent);
  const more = sorted.length > MOST_NAMED ? [`${sorted.length - MOST_NAMED} more events`] : [];
  const all = events.length > 1 ? [`unique people over all of them ${renderComparison(people)}`] : [];
  const cache = isCached ? `, cached${lastRefresh ? ` at ${minute(lastRefresh)}` : ""}` : "";
  const span = `${minute(window.from)} to ${minute(window.to)}, against the same hours of ${window.weeks} earlier weeks${cache}`;
  return `${level === "none" ? "no drop beyond chance" : level}: ${[...named, ...more, ...all].join("; ")} (${span})`;
}
