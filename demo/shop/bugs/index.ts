import { asyncStock } from "./async-stock.ts";
import { couponNull } from "./coupon-null.ts";
import type { Bug } from "./model.ts";
import { orderDate } from "./order-date.ts";
import { unicodeSlug } from "./unicode-slug.ts";

export { applyEdits } from "./apply-edits.ts";
export type { Bug, Edit, Remark } from "./model.ts";
export { slowSearch } from "./slow-search.ts";

/** Every way in which the shop can be broken. Each touches other files: they can be in at the same time. */
export const BUGS: readonly Bug[] = [couponNull, orderDate, unicodeSlug, asyncStock];

/** Throws, naming the known ones, when there is no such bug. */
export function getBug(name: string): Bug {
  const bug = BUGS.find((one) => one.name === name);
  if (!bug) throw new Error(`no bug "${name}"; there are ${BUGS.map((one) => one.name).join(", ")}`);
  return bug;
}
