/**
 * The daily rhythms that an error whose traffic nobody counts may have. A slot is an hour of the day, counted from the deployment: slot 0 begins with it, and
 * ends it a day before.
 */
export interface Rhythm {
  lnPrior: number;
  /** The weight of each of the 24 slots, 1 on average. */
  weights: readonly number[];
  /** The share of the first slot's use that its first part has; the same as the part where left out. */
  ofFirstHour?: (part: number) => number;
}

export const DAY = 24;
/** What was seen for less time shows neither a night nor clumps that last. */
export const SHORT_HOURS = 20;
/** From here on each hour of the day was seen twice: less cannot tell a rhythm from clumps that come by chance. */
export const TWO_DAYS = 48;

/** A part of all errors that is believed to follow the day before anything is counted: in swings, and in days with nights. */
interface Prior {
  swing: number;
  night: number;
}
const PRIOR: Prior = { swing: 0.04, night: 0.04 };
/** After hours that cannot contradict: a night that begins or ends with the deployment is what misleads then. */
const SHORT_PRIOR: Prior = { swing: 0.05, night: 0.3 };

type Shape = (hour: number) => number;

const swingOf =
  (swing: number): Shape =>
  (hour) =>
    1 + swing * Math.cos((2 * Math.PI * (hour + 0.5)) / DAY);
const nightOf =
  (hours: number, level: number): Shape =>
  (hour) =>
    hour < hours ? level : 1;

function slotsOf(level: Shape): number[] {
  const weights = Array.from({ length: DAY }, (_, slot) => level(slot));
  const mean = weights.reduce((sum, weight) => sum + weight, 0) / DAY;
  return weights.map((weight) => weight / mean);
}

function flat({ swing, night }: Prior): Rhythm {
  return { lnPrior: Math.log(1 - swing - night), weights: new Array<number>(DAY).fill(1) };
}

/** A shape at `phases` hours of the day. */
function rotate(shape: Shape, phases: number, prior: number): Rhythm[] {
  return Array.from({ length: phases }, (_, phase) => ({
    lnPrior: Math.log(prior / phases),
    weights: slotsOf((slot) => shape((slot + (phase * DAY) / phases) % DAY)),
  }));
}

/** No rhythm, two swings and two nights, each at every third hour of the day: the counts of days correct them. */
const COARSE: readonly Rhythm[] = [
  flat(PRIOR),
  ...[0.4, 0.85].flatMap((swing) => rotate(swingOf(swing), 8, PRIOR.swing / 2)),
  ...[8, 12].flatMap((hours) => rotate(nightOf(hours, 0.1), 8, PRIOR.night / 2)),
];

const SWINGS = [0.35, 0.6, 0.85];
const NIGHTS = [8, 10, 12].flatMap((hours) => [0.12, 0.06, 0.03].map((level) => ({ hours, level })));
/** Within an hour of the deployment a night begins and ends by five minutes. */
const NEAR_STEPS = 12;
const FAR_STEPS = 3;
const MINUTES = 60;

/** A night that begins `begin` hours after the deployment; hours in which it begins or ends count by the minute. */
function nightFrom(begin: number, { hours, level }: { hours: number; level: number }, prior: number): Rhythm {
  const at = (hour: number) => nightOf(hours, level)((((hour - begin) % DAY) + DAY) % DAY);
  const minutesOf = (slot: number) =>
    Array.from({ length: MINUTES }, (_, minute) => at(slot + (minute + 0.5) / MINUTES));
  const sumOf = (levels: readonly number[]) => levels.reduce((sum, one) => sum + one, 0);
  const first = minutesOf(0);
  const ofFirstHour = (part: number) => {
    const whole = Math.min(MINUTES - 1, Math.floor(part * MINUTES));
    return (sumOf(first.slice(0, whole)) + (part * MINUTES - whole) * (first[whole] ?? 1)) / sumOf(first);
  };
  return {
    lnPrior: Math.log(prior),
    weights: slotsOf((slot) => sumOf(minutesOf(slot)) / MINUTES),
    ...(first[0] !== first.at(-1) && { ofFirstHour }),
  };
}

/** The same night at any hour of the day, and by the minute where it begins or ends near the deployment. */
function nightsOf(night: { hours: number; level: number }, prior: number): Rhythm[] {
  const half = DAY / 2;
  const isNear = (hour: number) => hour === -1 || hour === 0;
  return Array.from({ length: DAY }, (_, index) => index - half).flatMap((hour) => {
    const end = ((hour + night.hours + half) % DAY) - half;
    const steps = isNear(hour) || isNear(end) ? NEAR_STEPS : FAR_STEPS;
    return Array.from({ length: steps }, (_, step) =>
      nightFrom(hour + (step + 0.5) / steps, night, prior / DAY / steps),
    );
  });
}

/**
 * Where less than two days can correct a rhythm, more of them are needed. What would be proof within minutes needs a night's beginning to the minute, or one
 * that begins just then would be believed too often, and one that began just before not enough.
 */
function fineRhythms(prior: Prior): readonly Rhythm[] {
  return [
    flat(prior),
    ...SWINGS.flatMap((swing) => rotate(swingOf(swing), DAY, prior.swing / SWINGS.length)),
    ...NIGHTS.flatMap((night) => nightsOf(night, prior.night / NIGHTS.length)),
  ];
}

const once = <T>(make: () => T): (() => T) => {
  let made: T | null = null;
  return () => {
    made ??= make();
    return made;
  };
};
const shortRhythms = once(() => fineRhythms(SHORT_PRIOR));
const dayRhythms = once(() => fineRhythms(PRIOR));

/** The rhythms that are possible of an error that was seen for so many hours, the flat one first. */
export function rhythmsAfter(hours: number): readonly Rhythm[] {
  if (hours < SHORT_HOURS) return shortRhythms();
  return hours < TWO_DAYS ? dayRhythms() : COARSE;
}

/** The rhythms where use is known in all, and only its spread is open. */
export const SPREADS = COARSE;
