import { DAY } from "./rhythm-model.ts";

/** The slot of an hour, counted from the deployment; negative before it. */
export function slotOf(hour: number): number {
  return ((Math.floor(hour) % DAY) + DAY) % DAY;
}

/** The weights summed over a time that begins at the deployment (positive hours) or ends there (negative), from running sums of the slots. */
export function createIntegral(
  weights: readonly number[],
  ofFirstHour = (part: number) => part,
): (hours: number) => number {
  const sums = [0];
  for (const weight of weights) sums.push((sums.at(-1) ?? 0) + weight);
  const whole = sums[DAY] ?? DAY;
  const upTo = (hours: number) => {
    const days = Math.floor(hours / DAY);
    const rest = hours - days * DAY;
    const slot = Math.min(DAY - 1, Math.floor(rest));
    const part = slot === 0 ? ofFirstHour(rest) : rest - slot;
    return days * whole + (sums[slot] ?? 0) + part * (weights[slot] ?? 1);
  };
  return (hours) => Math.abs(upTo(hours));
}

/** What each slot had, and how many hours of it were seen. */
export interface SlotCounts {
  events: readonly number[];
  hours: readonly number[];
}

/** Hourly counts by slot. `lengths` are the hours that each count stands for, the last one ending at the deployment. */
export function countSlots(counts: readonly number[], lengths: readonly number[]): SlotCounts {
  const events = new Array<number>(DAY).fill(0);
  const hours = new Array<number>(DAY).fill(0);
  for (const [index, count] of counts.entries()) {
    const slot = slotOf(index - counts.length);
    events[slot] = (events[slot] ?? 0) + count;
    hours[slot] = (hours[slot] ?? 0) + (lengths[index] ?? 1);
  }
  return { events, hours };
}

/** ln of the multinomial likelihood of the shares that times of these `hours` have of all events, by such weights against flat ones. */
export function lnShares(weights: readonly number[], events: readonly number[], hours: readonly number[]): number {
  let total = 0;
  let seen = 0;
  let exposure = 0;
  let fit = 0;
  for (const [index, weight] of weights.entries()) {
    const length = hours[index] ?? 0;
    const count = length > 0 ? (events[index] ?? 0) : 0;
    total += count;
    seen += length;
    exposure += weight * length;
    if (count > 0) fit += count * Math.log(weight);
  }
  return total === 0 ? 0 : fit - total * Math.log(exposure / seen);
}

/** The rhythm corrected by what each slot had, as far as its counts can be told from chance: `surprise` events are needed to move a slot half-way. */
export function correctRhythm(
  weights: readonly number[],
  { events, hours }: SlotCounts,
  surprise: number,
): readonly number[] {
  let exposure = 0;
  let total = 0;
  for (let slot = 0; slot < DAY; slot++) {
    exposure += (hours[slot] ?? 0) * (weights[slot] ?? 1);
    total += events[slot] ?? 0;
  }
  return weights.map((weight, slot) => {
    const expected = ((hours[slot] ?? 0) * weight * total) / exposure;
    return (weight * ((events[slot] ?? 0) + surprise)) / (expected + surprise);
  });
}
