const DELIVERY_DAYS = 3;

/** An order as customers see it; dates are `YYYY-MM-DD`. An order that has not left yet has no delivery date. */
export function renderOrder(order) {
  return {
    id: order.id,
    items: order.items,
    placedOn: day(new Date(order.placedAt)),
    status: order.shippedAt ? "shipped" : "in preparation",
    expectedOn: order.shippedAt ? expectedDelivery(order.shippedAt) : null,
  };
}

function expectedDelivery(shippedAt) {
  const date = new Date(shippedAt);
  date.setUTCDate(date.getUTCDate() + DELIVERY_DAYS);
  return day(date);
}

function day(date) {
  return date.toISOString().slice(0, 10);
}
