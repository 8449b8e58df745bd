import type { ImpactWindow } from "./impact-model.ts";
import type { AnalyticsQuery } from "./ports.ts";

/** The parts that both queries share: which rows, and which period a row belongs to. Periods do not overlap. */
function composePeriods(window: ImpactWindow) {
  const spans = [window.now, ...window.weeks];
  const conditions = spans.map(
    (_, index) => `(timestamp >= toDateTime({from_${index}}) and timestamp < toDateTime({to_${index}}))`,
  );
  const choices = conditions.slice(0, -1).map((condition, index) => `${condition}, ${index}`);
  const values = Object.fromEntries(
    spans.flatMap(({ from, to }, index) => [
      [`from_${index}`, from],
      [`to_${index}`, to],
    ]),
  );
  return {
    count: spans.length,
    values,
    period: `multiIf(${choices.join(", ")}, ${spans.length - 1}) as period`,
    where: `event in {events} and (${conditions.join(" or ")})`,
  };
}

/**
 * Occurrences and unique people of each event in each period: columns event, period, occurrences, people. Instants carry
 * their Z, so the project's time zone does not move them; what happened in no period has no row.
 */
export function composeEventsQuery(window: ImpactWindow, events: readonly string[]): AnalyticsQuery {
  const { period, where, values, count } = composePeriods(window);
  return {
    name: "patchpilot_impact_events",
    text: `select event, ${period}, count() as occurrences, count(distinct person_id) as people from events where ${where} group by event, period order by event, period limit ${events.length * count}`,
    values: { ...values, events },
  };
}

/** Unique people over all events together in each period: columns period, people. Not the sum over events. */
export function composePeopleQuery(window: ImpactWindow, events: readonly string[]): AnalyticsQuery {
  const { period, where, values, count } = composePeriods(window);
  return {
    name: "patchpilot_impact_people",
    text: `select ${period}, count(distinct person_id) as people from events where ${where} group by period order by period limit ${count}`,
    values: { ...values, events },
  };
}
