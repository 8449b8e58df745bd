import assert from "node:assert/strict";
import { test } from "node:test";
import { addItem, newCart } from "../src/cart/carts.mjs";
import { checkout } from "../src/checkout/checkout.mjs";
import { priceCart } from "../src/checkout/pricing.mjs";

test("a cart costs its items and shipping", () => {
  assert.deepEqual(priceCart([{ sku: "MUG-1", quantity: 2 }]), { subtotalCents: 2500, discountCents: 0, shippingCents: 590, totalCents: 3090 });
});

test("a coupon takes its share off", () => {
  assert.equal(priceCart([{ sku: "TNT-2", quantity: 1 }], "WELCOME10").discountCents, 1890);
  assert.equal(priceCart([{ sku: "TNT-2", quantity: 1 }], "camp20").discountCents, 3780);
});

test("a checkout makes an order and empties the cart", () => {
  const cart = newCart();
  addItem(cart.id, { sku: "STV-1", quantity: 1 });
  const order = checkout({ cartId: cart.id, email: "ada@example.com" });
  assert.equal(order.totalCents, 6490);
  assert.deepEqual(cart.items, []);
});

test("a checkout without an e-mail address is refused", () => {
  assert.throws(() => checkout({ cartId: newCart().id }), /e-mail/);
});
