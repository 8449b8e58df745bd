import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { composeEventsQuery, composePeopleQuery } from "../../lib/triage/compose-impact-query.ts";
import { decideImpact, type ImpactFacts } from "../../lib/triage/decide-impact.ts";
import { decideImpactWindow, type ImpactWindowFacts } from "../../lib/triage/decide-impact-window.ts";
import { type Impact, type ImpactSettings, readImpactReading } from "../../lib/triage/impact-model.ts";
import { readEventCounts, readPeopleCounts } from "../../lib/triage/read-impact-rows.ts";
import { renderImpact } from "../../lib/triage/render-impact.ts";

const SETTINGS: ImpactSettings = {
  events: ["checkout_completed"],
  windowHours: 24,
  minWindowMinutes: 10,
  weeks: 4,
  askMinutes: 10,
  ingestLagSeconds: 60,
};
const NOW = "2026-10-14T12:00:30.000Z";
const BEGAN: ImpactWindowFacts = {
  now: NOW,
  firstSeenAt: "2026-10-14T10:00:10.000Z",
  openedAt: "2026-10-14T10:01:00.000Z",
  reopenedAt: null,
};

describe("which hours are compared", () => {
  const windowOf = (change: Partial<ImpactWindowFacts>, settings: Partial<ImpactSettings> = {}) => {
    const decision = decideImpactWindow({ ...BEGAN, ...change }, { ...SETTINGS, ...settings });
    return decision.type === "measure" ? decision.window : decision;
  };

  it("are those since the incident began, and the same ones of the same weekday in earlier weeks", () => {
    expect(windowOf({})).toEqual({
      now: { from: "2026-10-14T10:00:00.000Z", to: "2026-10-14T11:59:00.000Z" },
      weeks: [
        { from: "2026-10-07T10:00:00.000Z", to: "2026-10-07T11:59:00.000Z" },
        { from: "2026-09-30T10:00:00.000Z", to: "2026-09-30T11:59:00.000Z" },
        { from: "2026-09-23T10:00:00.000Z", to: "2026-09-23T11:59:00.000Z" },
        { from: "2026-09-16T10:00:00.000Z", to: "2026-09-16T11:59:00.000Z" },
      ],
    });
  });

  it.each([
    [
      "at most the stated hours, the last ones",
      { firstSeenAt: "2026-10-12T10:00:00.000Z", openedAt: "2026-10-12T10:00:00.000Z" },
      {},
      "2026-10-13T11:59:00.000Z",
    ],
    ["from a recovered error's return on", { reopenedAt: "2026-10-14T11:30:00.000Z" }, {}, "2026-10-14T11:30:00.000Z"],
    [
      "from shortly before its alert, where its source has known the error for long",
      { firstSeenAt: "2024-01-01T00:00:00.000Z" },
      {},
      "2026-10-14T09:01:00.000Z",
    ],
  ])("are %s", (_name, change, settings, from) => {
    expect(windowOf(change, settings)).toMatchObject({ now: { from } });
  });

  it("are compared with weeks that ended before the incident began, never with its own", () => {
    const window = windowOf({ firstSeenAt: "2026-10-03T00:00:00.000Z", openedAt: "2026-10-03T00:00:00.000Z" });
    expect(window).toMatchObject({ weeks: [{ to: "2026-09-30T11:59:00.000Z" }, {}, {}, {}] });
  });

  it("of an incident that has just begun say nothing yet, and it is known when they will", () => {
    const began = { firstSeenAt: "2026-10-14T11:52:20.000Z", openedAt: "2026-10-14T11:52:30.000Z" };
    expect(windowOf(began)).toEqual({ type: "too_young", measurableAt: "2026-10-14T12:03:00.000Z" });
    expect(windowOf({ ...began, now: "2026-10-14T12:02:59.000Z" })).toMatchObject({ type: "too_young" });
    expect(windowOf({ ...began, now: "2026-10-14T12:03:00.000Z" })).toMatchObject({
      now: { from: "2026-10-14T11:52:00.000Z", to: "2026-10-14T12:02:00.000Z" },
    });
  });
});

const decided = decideImpactWindow(BEGAN, SETTINGS);
if (decided.type !== "measure") throw new Error("the baseline can be measured");
const WINDOW = decided.window;

/** Counts of the failing time and of the weeks before it; every event by a person of its own. */
type Series = [now: number, ...weeks: number[]];
function factsOf(events: Record<string, Series>, people: Series, changes: Partial<ImpactFacts> = {}): ImpactFacts {
  const rows = Object.entries(events).flatMap(([event, series]) =>
    series.flatMap((count, period) => (count === 0 ? [] : [{ event, period, occurrences: count, people: count }])),
  );
  return {
    window: WINDOW,
    events: Object.keys(events),
    counts: rows,
    people: people.flatMap((count, period) => (count === 0 ? [] : [{ period, people: count }])),
    isCached: false,
    lastRefresh: null,
    ...changes,
  };
}
const measured = (impact: Impact) => {
  if (impact.status !== "measured") throw new Error(impact.reason);
  return impact;
};
const of = (...series: Series) => decideImpact(factsOf({ checkout_completed: series }, series));

describe("the level", () => {
  test.each<[string, Series, string, string]>([
    ["everything as usual", [100, 103, 98, 100, 97], "none", "usual"],
    ["a little less, as chance has it", [85, 103, 98, 100, 97], "none", "usual"],
    ["an eighth missing of many", [8_750, 10_000, 10_010, 9_990, 10_000], "low", "drop"],
    ["a third missing", [2_000, 3_000, 3_010, 2_990, 3_000], "medium", "drop"],
    ["half missing", [50, 100, 101, 99, 100], "high", "drop"],
    ["nearly all missing", [3, 100, 101, 99, 100], "critical", "drop"],
    ["all of a few missing", [0, 8, 9, 8, 9], "medium", "drop"],
    ["more than usual", [200, 100, 101, 99, 100], "none", "rise"],
    ["half missing where weeks differ that much", [50, 200, 40, 120, 80], "none", "usual"],
    ["nearly all missing where weeks differ much", [1, 200, 40, 120, 80], "critical", "drop"],
  ])("%s", (_name, series, level, verdict) => {
    expect(measured(of(...series))).toMatchObject({ level, events: [{ verdict }] });
  });

  it("a single odd week among the earlier ones does not set what is usual", () => {
    expect(measured(of(50, 100, 2, 101, 99)).events[0]).toMatchObject({ verdict: "drop", usual: 99.5 });
  });

  it("is the worst event's", () => {
    const facts = factsOf({ signup: [100, 100, 99, 101, 100], paid: [2, 60, 61, 59, 60] }, [130, 160, 160, 161, 159]);
    expect(measured(decideImpact(facts)).level).toBe("critical");
  });

  it("events of one person together are no crowd: their count says less", () => {
    const series: Series = [700, 1_000, 1_010, 990, 1_000];
    const facts = factsOf({ page: series }, [35, 50, 50, 51, 49]);
    const grouped = facts.counts.map((one) => ({ ...one, people: one.occurrences / 50 }));
    expect(measured(decideImpact(facts)).events[0]?.verdict).toBe("drop");
    const clustered = decideImpact({ ...facts, counts: grouped });
    expect(measured(clustered).events[0]?.verdict).toBe("usual");
  });

  it("falls with no more successes: more of them never make it worse", () => {
    const RANK = ["none", "low", "medium", "high", "critical"];
    const rank = (impact: Impact) => (impact.status === "measured" ? RANK.indexOf(impact.level) : 0);
    fc.assert(
      fc.property(
        fc.array(fc.nat(300), { minLength: 4, maxLength: 4 }),
        fc.nat(300),
        fc.nat(50),
        (weeks, now, more) => {
          expect(rank(of(now + more, ...weeks))).toBeLessThanOrEqual(rank(of(now, ...weeks)));
        },
      ),
    );
  });
});

/** Poisson counts, the same ones every time (Knuth; a linear congruential generator is random enough for a rate). */
function drawCounts(mean: number, seed: number): () => number {
  let state = seed;
  const uniform = () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return (state + 1) / 4_294_967_297;
  };
  return () => {
    let count = 0;
    for (let product = uniform(); product > Math.exp(-mean); product *= uniform()) count++;
    return count;
  };
}

test.each([8, 50, 400])(
  "of 5,000 healthy hours with about %i events fewer than one in 500 look like a drop",
  (mean) => {
    const draw = drawCounts(mean, 7);
    const drops = Array.from({ length: 5_000 }, () => of(draw(), draw(), draw(), draw(), draw())).filter(
      (impact) => impact.status === "measured" && impact.level !== "none",
    );
    expect(drops.length).toBeLessThan(10);
  },
);

describe("people", () => {
  it("are not added up over events: the share is of the people counted over all of them", () => {
    const facts = factsOf({ signup: [40, 100, 100, 101, 99], paid: [30, 100, 100, 99, 101] }, [60, 120, 121, 119, 120]);
    const impact = measured(decideImpact(facts));
    expect(impact.people).toMatchObject({ now: 60, usual: 120, verdict: "drop" });
    expect(impact.affectedShare).toBeCloseTo(0.5);
  });

  it("no share is stated that may be chance", () => {
    expect(measured(of(97, 103, 98, 100, 97)).affectedShare).toBeNull();
  });
});

describe("unknown, with its reason", () => {
  test.each<[string, Impact, string]>([
    ["events that nobody ever sent", of(0, 0, 0, 0, 0), "too few events to compare with"],
    ["events that began last week", of(80, 100, 0, 0, 0), "too few events to compare with"],
    ["so few events that none would be no news", of(0, 3, 2, 4, 3), "would prove nothing"],
    [
      "a cached answer from before the failing time's end",
      decideImpact(
        factsOf({ paid: [1, 90, 90, 90, 90] }, [1, 90, 90, 90, 90], {
          isCached: true,
          lastRefresh: "2026-10-14T11:00:00Z",
        }),
      ),
      "older than the failing time",
    ],
  ])("%s", (_name, impact, reason) => {
    expect(impact).toEqual({ status: "unknown", reason: expect.stringContaining(reason) });
    expect(renderImpact(impact)).toMatch(/^impact unknown: /);
  });

  it("weeks before an event was first sent do not count as weeks without it", () => {
    expect(measured(of(10, 100, 102, 0, 0)).events[0]).toMatchObject({ usual: 101, verdict: "drop" });
  });
});

describe("in words", () => {
  it("has the numbers, the worst first, the hours and the cache", () => {
    const facts = factsOf(
      { signup: [100, 100, 99, 101, 100], paid: [6, 60, 61, 59, 60], invited: [1, 0, 0, 0, 0] },
      [104, 160, 160, 161, 159],
      { isCached: true, lastRefresh: "2026-10-14T12:00:10Z" },
    );
    expect(renderImpact(decideImpact(facts))).toBe(
      "critical: paid 6 instead of 60 (-90%), 6 people, usually 60; signup 100, as usual (100); " +
        "invited 1, nothing to compare with; unique people over all of them 104 instead of 160 (-35%) " +
        "(2026-10-14 10:00 UTC to 2026-10-14 11:59 UTC, against the same hours of 4 earlier weeks, cached at 2026-10-14 12:00 UTC)",
    );
  });

  it("says when nothing fell, and names no more than five events", () => {
    const many = Object.fromEntries([1, 2, 3, 4, 5, 6, 7].map((n) => [`event_${n}`, [50, 50, 51, 49, 50]]));
    const text = renderImpact(decideImpact(factsOf(many as Record<string, Series>, [50, 50, 51, 49, 50])));
    expect(text).toMatch(/^no drop beyond chance: /);
    expect(text).toContain("2 more events");
  });
});

describe("the queries", () => {
  const HOSTILE = "x') or 1=1 -- {from_0}";

  it("carry every value beside the text, and state their limit", () => {
    const query = composeEventsQuery(WINDOW, ["paid", HOSTILE]);
    expect(query.text).not.toContain("paid");
    expect(query.text).not.toContain("1=1");
    expect(query.text).toMatch(/limit 10$/);
    expect(query.values).toMatchObject({
      events: ["paid", HOSTILE],
      from_0: WINDOW.now.from,
      to_4: WINDOW.weeks[3]?.to,
    });
    const placeholders = [...query.text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    expect(new Set(placeholders)).toEqual(new Set(Object.keys(query.values)));
  });

  it("read as they are meant", () => {
    const window = { now: WINDOW.now, weeks: WINDOW.weeks.slice(0, 1) };
    const [c0, c1] = [0, 1].map((n) => `(timestamp >= toDateTime({from_${n}}) and timestamp < toDateTime({to_${n}}))`);
    expect(composePeopleQuery(window, ["paid"]).text).toBe(
      `select multiIf(${c0}, 0, 1) as period, count(distinct person_id) as people from events where event in {events} and (${c0} or ${c1}) group by period order by period limit 2`,
    );
  });

  it("rows are read by their columns' names, and what is no count is not guessed", () => {
    const answer = { columns: ["people", "period"], rows: [[7, 0]], isCached: false, lastRefresh: null };
    expect(readPeopleCounts(answer)).toEqual([{ people: 7, period: 0 }]);
    expect(readPeopleCounts({ ...answer, rows: [["7", 0]] })).toBeNull();
    expect(readEventCounts(answer)).toBeNull();
  });
});

test("what is stored with an incident and is no reading is none", () => {
  expect(readImpactReading(null)).toBeNull();
  expect(readImpactReading({ score: 1, impact: { summary: "x" } })).toBeNull();
});
