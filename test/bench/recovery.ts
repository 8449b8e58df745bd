import { dispersionOf, liveThrough, type Outcome, seeded, type World } from "../support/recovery-world.ts";
import { type BenchResult, type Comparison, median } from "./kit/result.ts";

type Error = Omit<World, "ratio">;
/** Errors an hour, and the hours for which they were seen before the deployment. */
type Sizes = readonly (readonly [rate: number, baselineHours: number])[];

const STEADY: Sizes = [
  [300, 2],
  [300, 24],
  [60, 2],
  [60, 48],
  [10, 6],
  [10, 48],
  [2, 24],
  [2, 336],
  [0.5, 72],
  [0.5, 336],
  [1 / 24, 720],
];
const DAYS: Sizes = [
  [300, 48],
  [60, 72],
  [10, 72],
  [2, 72],
  [2, 336],
  [0.5, 336],
  [1 / 24, 720],
];
const FEW: Sizes = [
  [60, 0.1],
  [10, 0.5],
  [2, 3],
  [0.5, 24],
  [1 / 24, 168],
];
const CLUMPED: Sizes = [
  [300, 48],
  [60, 72],
  [10, 168],
  [2, 336],
];

const STEADY_SLOWEST = 1.3;

const errors = (sizes: Sizes, rest: Partial<World> = {}): Error[] =>
  sizes.map(([rate, baselineHours]) => ({ rate, baselineHours, ...rest }));
const clumps = (mean: number, hours: number, sizes: "even" | "geometric" | "heavy") =>
  errors(CLUMPED, { clump: { mean, hours, sizes } });

interface Class {
  name: string;
  errors: Error[];
  /**
   * Most times the optimum (scaled by the true dispersion) for the median of the true closes after at least 20 events; null: no goal. Of steady errors it
   * holds with 5 % left as well; elsewhere of what is fixed, as a remainder comes in whole clumps, or moves the proof over a night.
   */
  slowest: number | null;
}

const CLASSES: Class[] = [
  { name: "steady", errors: errors(STEADY), slowest: STEADY_SLOWEST },
  {
    name: "steady, looked at every 5 minutes",
    errors: errors(STEADY.slice(0, 4), { lookEveryMinutes: 5 }),
    slowest: null,
  },
  { name: "steady, looked at hourly", errors: errors(STEADY.slice(4, 10), { lookEveryMinutes: 60 }), slowest: null },
  { name: "steady, nothing known by the hour", errors: errors(STEADY, { hasHourly: false }), slowest: null },
  { name: "steady, few events before", errors: errors(FEW), slowest: null },
  {
    name: "steady, since its first event",
    errors: errors(STEADY, { beginsAtFirstEvent: true }),
    slowest: STEADY_SLOWEST,
  },
  { name: "steady, stragglers", errors: errors(STEADY, { stragglersPerHour: 3 }), slowest: STEADY_SLOWEST },
  {
    name: "day and night, sessions by the hour",
    errors: errors(DAYS, { rhythm: "sine", sessions: "hourly" }),
    slowest: 1.6,
  },
  {
    name: "dead nights, sessions by the hour",
    errors: errors(DAYS, { rhythm: "night", sessions: "hourly" }),
    slowest: 1.6,
  },
  { name: "day and night, sessions in all", errors: errors(DAYS, { rhythm: "sine", sessions: "total" }), slowest: 1.6 },
  { name: "day and night, by the errors alone", errors: errors(DAYS, { rhythm: "sine" }), slowest: null },
  {
    name: "dead nights, deployed at night",
    errors: errors(DAYS, { rhythm: "night", isDeployedAtNight: true, sessions: "hourly" }),
    slowest: 1.6,
  },
  { name: "clumps of 3, minutes", errors: clumps(3, 0.1, "even"), slowest: 2 },
  { name: "clumps of about 10, minutes", errors: clumps(10, 0.3, "geometric"), slowest: 2 },
  { name: "clumps of 5 and 55, an hour", errors: clumps(10, 1, "heavy"), slowest: 2 },
  { name: "clumps of about 5, six hours", errors: clumps(5, 6, "geometric"), slowest: 2 },
  { name: "clumps of 20, four hours", errors: clumps(20, 4, "even"), slowest: 2 },
  {
    name: "traffic gone",
    errors: errors(STEADY.slice(3), { sessions: "hourly", trafficSince: 0.001 }),
    slowest: null,
  },
];

const STATES = [
  { name: "unfixed", ratio: 1 },
  { name: "half-fixed", ratio: 0.5 },
  { name: "5 % left", ratio: 0.05 },
  { name: "fixed", ratio: 0 },
] as const;

/** Most of those that are half-fixed: they are the ones that may be closed wrongly. */
const INCIDENTS = { of: 280, halfFixed: 500 };
const GOAL = 0.01;

interface Row {
  class: string;
  state: string;
  incidents: number;
  falseCloses: number | null;
  falseCloses95: [number, number] | null;
  falseRetries: number | null;
  medianHours: number | null;
  p95Hours: number | null;
  /** Median of the time to a true close over the optimum's median, both in events that were expected at the old rate. */
  timesOptimum: number | null;
  undecided: number;
  tenMinuteRuleWrong: number;
  optimumWrong: number;
  isMet: boolean;
}

/** Wilson's interval of a share, at 95 %. */
function interval95(count: number, of: number): [number, number] {
  const z = 1.96;
  const share = count / of;
  const middle = (share + (z * z) / (2 * of)) / (1 + (z * z) / of);
  const half = (z * Math.sqrt((share * (1 - share)) / of + (z * z) / (4 * of * of))) / (1 + (z * z) / of);
  return [Math.max(0, middle - half), middle + half];
}

function isTimed(one: Class, ratio: number): boolean {
  return one.slowest !== null && (ratio === 0 || one.slowest === STEADY_SLOWEST);
}

interface Lived {
  error: Error;
  outcome: Outcome;
}

/** Time in events expected at the old rate, for one event of a clump each: so that errors of all rates can be told together. */
function inEvents({ error }: Lived, hours: number): number {
  return hours * error.rate;
}

function judge(one: Class, state: (typeof STATES)[number], lived: readonly Lived[]): Row {
  const count = (is: (outcome: Outcome) => boolean) => lived.filter(({ outcome }) => is(outcome)).length;
  const closes = lived.filter(({ outcome }) => outcome.verdict.action === "close");
  const retries = count((outcome) => outcome.verdict.action === "retry");
  const isFixed = state.ratio < 0.1;
  const wrong = isFixed ? "retry" : "close";
  const ended = isFixed ? closes : lived.filter(({ outcome }) => outcome.verdict.action === "retry");
  const hours = ended.map(({ outcome }) => outcome.hours).sort((a, b) => a - b);
  const proven = closes.filter(({ outcome }) => outcome.eventsBefore >= 20);
  const best = proven.filter(({ outcome }) => outcome.optimum.action === "close");
  const timesOptimum =
    isFixed && proven.length >= lived.length / 20
      ? median(proven.map((each) => inEvents(each, each.outcome.hours) / dispersionOf(each.error))) /
        median(best.map((each) => inEvents(each, each.outcome.optimum.hours)))
      : null;
  const falseCloses = isFixed ? null : closes.length / lived.length;
  const falseRetries = isFixed ? retries / lived.length : null;
  return {
    class: one.name,
    state: state.name,
    incidents: lived.length,
    falseCloses,
    falseCloses95: isFixed ? null : interval95(closes.length, lived.length),
    falseRetries,
    medianHours: hours.length > 0 ? median(hours) : null,
    p95Hours: hours[Math.floor(hours.length * 0.95)] ?? null,
    timesOptimum,
    undecided: count(({ verdict }) => verdict.action === "wait" || verdict.action === "escalate") / lived.length,
    tenMinuteRuleWrong: count((outcome) => outcome.tenMinuteRule === wrong) / lived.length,
    optimumWrong: count((outcome) => outcome.optimum.action === wrong) / lived.length,
    isMet:
      (falseCloses ?? 0) <= GOAL &&
      (falseRetries ?? 0) <= GOAL &&
      (timesOptimum === null || !isTimed(one, state.ratio) || timesOptimum <= (one.slowest ?? 0)),
  };
}

function liveClass(one: Class, seed: number): Row[] {
  return STATES.map((state, index) => {
    const random = seeded(seed * 10 + index);
    const lived = Array.from(
      { length: state.ratio === 0.5 ? INCIDENTS.halfFixed : INCIDENTS.of },
      (_, incident): Lived => {
        const error = one.errors[incident % one.errors.length] ?? { rate: 1, baselineHours: 24 };
        return { error, outcome: liveThrough({ ...error, ratio: state.ratio }, random) };
      },
    );
    return judge(one, state, lived);
  });
}

const percent = (share: number | null) => (share === null ? "" : `${(100 * share).toFixed(1)} %`);
const figure = (value: number | null) => (value === null ? "" : value >= 100 ? value.toFixed(0) : value.toFixed(2));

function renderTable(rows: readonly Row[]): string[] {
  const head = [
    "class",
    "state",
    "n",
    "false closes",
    "95 %",
    "false retries",
    "median h",
    "p95 h",
    "x optimum",
    "undecided",
  ];
  const cells = rows.map((row) => [
    row.class,
    row.state,
    String(row.incidents),
    percent(row.falseCloses),
    row.falseCloses95 === null ? "" : row.falseCloses95.map((share) => (100 * share).toFixed(1)).join("-"),
    percent(row.falseRetries),
    figure(row.medianHours),
    figure(row.p95Hours),
    figure(row.timesOptimum),
    percent(row.undecided),
    percent(row.tenMinuteRuleWrong),
    percent(row.optimumWrong),
    row.isMet ? "met" : "MISSED",
  ]);
  const all = [[...head, "10 min wrong", "optimum wrong", "goals"], ...cells];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? [];
  return all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

function compare(rows: readonly Row[]): Comparison[] {
  const worst = (of: (row: Row) => number | null) =>
    rows.reduce((most, row) => ((of(row) ?? 0) > (of(most) ?? 0) ? row : most));
  const shares = (what: string, of: (row: Row) => number | null): Comparison => {
    const row = worst(of);
    const ours = 100 * (of(row) ?? 0);
    const rule = 100 * row.tenMinuteRuleWrong;
    return {
      what: `most ${what} of a class (${row.class}, ${row.state})`,
      unit: "%",
      ours,
      baseline: { name: "the ten-minute rule", value: rule },
      ratio: rule === 0 ? 0 : ours / rule,
      goal: { text: "at most 1 % in every class", isMet: ours <= 100 * GOAL },
    };
  };
  const times = CLASSES.flatMap((one): Comparison[] => {
    const row = rows.find((each) => each.class === one.name && each.state === "fixed");
    if (one.slowest === null || !row?.timesOptimum) return [];
    const timed = rows.filter((each) => each.class === one.name && isTimed(one, each.state === "fixed" ? 0 : 0.05));
    const ours = Math.max(...timed.map((each) => each.timesOptimum ?? 0));
    return [
      {
        what: `median time to a true close (${one.name})`,
        unit: "times",
        ours,
        baseline: { name: "Wald's test with known rates", value: 1 },
        ratio: ours,
        goal: { text: `at most ${one.slowest} times`, isMet: ours <= one.slowest },
      },
    ];
  });
  return [
    shares("false closes", (row) => row.falseCloses),
    shares("false retries", (row) => row.falseRetries),
    ...times,
  ];
}

/**
 * Incidents lived through by the very decision of `explain recovery`, each look where the verdict asks for it unless said otherwise. The ten-minute rule looks once, ten
 * minutes after the deployment, at all events. The optimum is Wald's test of 0.5 against 0.05 of the known rate at both risks 1 %, which also knows
 * the true exposure; for clumps its time is scaled by their true dispersion.
 */
export async function run(): Promise<BenchResult> {
  const rows = CLASSES.flatMap((one, index) => liveClass(one, index + 1));
  const incidents = rows.reduce((sum, row) => sum + row.incidents, 0);
  return {
    name: "recovery",
    method: `${incidents} simulated incidents of ${CLASSES.length} classes in ${STATES.length} states, fixed seeds`,
    comparisons: compare(rows),
    notes: renderTable(rows),
  };
}
