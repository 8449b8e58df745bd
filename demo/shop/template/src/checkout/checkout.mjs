import { getCart } from "../cart/carts.mjs";
import { HttpError } from "../http.mjs";
import { placeOrder } from "../orders/orders.mjs";
import { priceCart } from "./pricing.mjs";

/** Turns a cart into an order. */
export function checkout({ cartId, coupon, email }) {
  if (typeof email !== "string" || !email.includes("@")) throw new HttpError(422, "an e-mail address is needed");
  if (coupon !== undefined && typeof coupon !== "string") throw new HttpError(422, "coupon must be text");
  const cart = getCart(cartId);
  if (cart.items.length === 0) throw new HttpError(422, "the cart is empty");
  const price = priceCart(cart.items, coupon?.trim());
  const order = placeOrder({ items: cart.items, price });
  cart.items = [];
  return { orderId: order.id, ...price };
}
