/**
 * The daily rhythm of an error whose traffic nobody counts. A slot is an hour of the day, counted from the deployment: slot 0 begins with it, and ends it
 * a day before.
 */
export interface Rhythm {
  lnPrior: number;
  /** The weight of each of the 24 slots, 1 on average. */
  weights: readonly number[];
}

const DAY = 24;
const PHASES = 8;
/** How much of all errors is believed to follow the day before anything is counted, the rest being flat. */
export const RHYTHM_PRIOR = 0.08;

function slotsOf(level: (hour: number) => number): number[] {
  const weights = Array.from({ length: DAY }, (_, slot) => level(slot));
  const mean = weights.reduce((sum, weight) => sum + weight, 0) / DAY;
  return weights.map((weight) => weight / mean);
}

/** Two swings and two nights, each at every third hour of the day. */
const SHAPES: ((hour: number) => number)[] = [
  (hour) => 1 + 0.4 * Math.cos((2 * Math.PI * (hour + 0.5)) / DAY),
  (hour) => 1 + 0.85 * Math.cos((2 * Math.PI * (hour + 0.5)) / DAY),
  (hour) => (hour < 8 ? 0.1 : 1),
  (hour) => (hour < 12 ? 0.1 : 1),
];

export const RHYTHMS: readonly Rhythm[] = [
  { lnPrior: Math.log(1 - RHYTHM_PRIOR), weights: new Array<number>(DAY).fill(1) },
  ...SHAPES.flatMap((shape) =>
    Array.from({ length: PHASES }, (_, phase) => ({
      lnPrior: Math.log(RHYTHM_PRIOR / SHAPES.length / PHASES),
      weights: slotsOf((slot) => shape((slot + (phase * DAY) / PHASES) % DAY)),
    })),
  ),
];

/** The slot of an hour, counted from the deployment; negative before it. */
export function slotOf(hour: number): number {
  return ((Math.floor(hour) % DAY) + DAY) % DAY;
}

/** The weights summed over a time that begins at the deployment (positive hours) or ends there (negative), from running sums of the slots. */
export function createIntegral(weights: readonly number[]): (hours: number) => number {
  const sums = [0];
  for (const weight of weights) sums.push((sums.at(-1) ?? 0) + weight);
  const whole = sums[DAY] ?? DAY;
  const upTo = (hours: number) => {
    const days = Math.floor(hours / DAY);
    const rest = hours - days * DAY;
    const slot = Math.min(DAY - 1, Math.floor(rest));
    return days * whole + (sums[slot] ?? 0) + (rest - slot) * (weights[slot] ?? 1);
  };
  return (hours) => Math.abs(upTo(hours));
}

/**
 * The rhythm corrected by what each slot had, as far as its counts can be told from chance: `surprise` events are needed to move a slot half-way.
 * `lengths` are the hours that each count stands for, the last one ending at the deployment.
 */
export function correctRhythm(
  weights: readonly number[],
  counts: readonly number[],
  lengths: readonly number[],
  surprise: number,
): number[] {
  const seen = new Array<number>(DAY).fill(0);
  const exposed = new Array<number>(DAY).fill(0);
  let exposure = 0;
  let total = 0;
  for (const [index, count] of counts.entries()) {
    const slot = slotOf(index - counts.length);
    const part = (lengths[index] ?? 1) * (weights[slot] ?? 1);
    seen[slot] = (seen[slot] ?? 0) + count;
    exposed[slot] = (exposed[slot] ?? 0) + part;
    exposure += part;
    total += count;
  }
  return weights.map((weight, slot) => {
    const expected = ((exposed[slot] ?? 0) * total) / exposure;
    return (weight * ((seen[slot] ?? 0) + surprise)) / (expected + surprise);
  });
}
