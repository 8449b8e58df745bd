import { setTimeout as pause } from "node:timers/promises";
import { productBySku } from "../catalog/products.mjs";
import { HttpError } from "../http.mjs";
import { reportError } from "../telemetry.mjs";

const stock = new Map();

export function stockOf(sku) {
  return stock.get(sku) ?? 0;
}

/** Takes the supplier's feed; the lines are worked on after the answer. */
export function acceptFeed({ lines }) {
  if (!Array.isArray(lines)) throw new HttpError(422, "lines must be a list");
  refreshStock(lines).catch((error) => reportError(error, { route: "stock refresh" }));
  return { accepted: lines.length };
}

/** Sets the stock of every known product in the feed; returns how many lines were used. */
export async function refreshStock(lines) {
  let used = 0;
  for (const line of lines) {
    await pause(1);
    if (!productBySku(line?.sku)) continue;
    stock.set(line.sku, availableOf(line));
    used += 1;
  }
  return used;
}

// The supplier leaves `quantity` out for what it no longer carries.
function availableOf(line) {
  return Math.max(0, (line.quantity?.onHand ?? 0) - (line.quantity?.reserved ?? 0));
}
