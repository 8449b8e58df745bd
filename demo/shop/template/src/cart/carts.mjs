import { randomUUID } from "node:crypto";
import { productBySku } from "../catalog/products.mjs";
import { HttpError } from "../http.mjs";

const CARTS_KEPT = 2000;
const carts = new Map();

export function newCart() {
  const cart = { id: randomUUID(), items: [] };
  carts.set(cart.id, cart);
  if (carts.size > CARTS_KEPT) carts.delete(carts.keys().next().value);
  return cart;
}

export function getCart(id) {
  const cart = carts.get(id);
  if (!cart) throw new HttpError(404, "no such cart");
  return cart;
}

export function addItem(cartId, { sku, quantity = 1 }) {
  const cart = getCart(cartId);
  if (!productBySku(sku)) throw new HttpError(422, "no such product");
  if (!Number.isInteger(quantity) || quantity < 1 || quantity > 99) throw new HttpError(422, "quantity must be 1 to 99");
  const line = cart.items.find((item) => item.sku === sku);
  if (line) line.quantity = Math.min(99, line.quantity + quantity);
  else cart.items.push({ sku, quantity });
  return cart;
}
