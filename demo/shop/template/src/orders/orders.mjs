import { HttpError } from "../http.mjs";

const ORDERS_KEPT = 2000;
let nextNumber = 1004;

const orders = new Map(
  [
    { id: "1001", items: [{ sku: "TNT-2", quantity: 1 }], placedAt: "2026-03-02T10:15:00Z", shippedAt: "2026-03-03T08:00:00Z" },
    { id: "1002", items: [{ sku: "MUG-1", quantity: 4 }], placedAt: "2026-03-04T18:20:00Z", shippedAt: "2026-03-06T09:30:00Z" },
    { id: "1003", items: [{ sku: "STV-1", quantity: 1 }], placedAt: "2026-03-07T07:45:00Z", shippedAt: null },
  ].map((order) => [order.id, order]),
);

export function placeOrder({ items, price }) {
  const order = { id: String(nextNumber++), items, price, placedAt: new Date().toISOString(), shippedAt: null };
  orders.set(order.id, order);
  if (orders.size > ORDERS_KEPT) orders.delete([...orders.keys()][3]);
  return order;
}

export function getOrder(id) {
  const order = orders.get(id);
  if (!order) throw new HttpError(404, "no such order");
  return order;
}
