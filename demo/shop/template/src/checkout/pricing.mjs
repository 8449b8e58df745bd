import { productBySku } from "../catalog/products.mjs";
import { findCoupon } from "./coupons.mjs";

const FREE_SHIPPING_FROM_CENTS = 10_000;
const SHIPPING_CENTS = 590;

/** What a cart costs, in cents. A coupon that is unknown or has expired takes nothing off. */
export function priceCart(items, couponCode) {
  const subtotalCents = items.reduce((sum, item) => sum + productBySku(item.sku).cents * item.quantity, 0);
  const discountCents = discountOf(subtotalCents, couponCode);
  const shippingCents = subtotalCents - discountCents >= FREE_SHIPPING_FROM_CENTS ? 0 : SHIPPING_CENTS;
  return { subtotalCents, discountCents, shippingCents, totalCents: subtotalCents - discountCents + shippingCents };
}

function discountOf(subtotalCents, couponCode) {
  if (!couponCode) return 0;
  const coupon = findCoupon(couponCode);
  if (!coupon) return 0;
  return Math.round((subtotalCents * coupon.percent) / 100);
}
