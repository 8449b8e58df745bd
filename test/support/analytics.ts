import type { AnalyticsAnswer, AnalyticsQuery, ProductAnalytics } from "../../lib/triage/ports.ts";

export interface ProductEvent {
  at: Date;
  event: string;
  person: string;
}

/** Product events that somebody reported. */
export class MemoryProduct {
  readonly events: ProductEvent[] = [];

  /** Reports `count` events evenly over [from, to), each by a person of its own unless told otherwise. */
  reportMany(event: string, count: number, from: Date, to: Date, person = (index: number) => `person-${index}`): void {
    const step = (to.getTime() - from.getTime()) / count;
    for (let index = 0; index < count; index++) {
      this.events.push({ at: new Date(from.getTime() + index * step), event, person: person(index) });
    }
  }
}

function periodOf(at: Date, values: AnalyticsQuery["values"]): number {
  for (let period = 0; values[`from_${period}`] !== undefined; period++) {
    if (at >= new Date(String(values[`from_${period}`])) && at < new Date(String(values[`to_${period}`])))
      return period;
  }
  return -1;
}

/** What PostHog would answer to one of our two queries: groups, then counts and unique people of each. */
export function answerQuery(product: MemoryProduct, { text, values }: AnalyticsQuery): AnalyticsAnswer {
  const asked = values.events;
  const events = Array.isArray(asked) ? asked : [];
  const isByEvent = text.startsWith("select event,");
  const groups = new Map<string, { head: (string | number)[]; count: number; people: Set<string> }>();
  for (const one of product.events) {
    const period = periodOf(one.at, values);
    if (period < 0 || !events.includes(one.event)) continue;
    const head = isByEvent ? [one.event, period] : [period];
    const group = groups.get(head.join(" ")) ?? { head, count: 0, people: new Set<string>() };
    group.count += 1;
    group.people.add(one.person);
    groups.set(head.join(" "), group);
  }
  const rows = [...groups.values()].map(({ head, count, people }) =>
    isByEvent ? [...head, count, people.size] : [...head, people.size],
  );
  const columns = isByEvent ? ["event", "period", "occurrences", "people"] : ["period", "people"];
  return { columns, rows, isCached: false, lastRefresh: null };
}

export function createMemoryAnalytics(product: MemoryProduct): ProductAnalytics {
  return { ask: async (query) => answerQuery(product, query) };
}
