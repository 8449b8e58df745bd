const coupons = [
  { code: "WELCOME10", percent: 10, expiresAt: "2099-12-31" },
  { code: "CAMP20", percent: 20, expiresAt: "2099-06-30" },
  { code: "SUMMER24", percent: 25, expiresAt: "2024-09-01" },
];

/** The coupon of a code, or null when it is unknown or has expired. */
export function findCoupon(code, now = new Date()) {
  const coupon = coupons.find((one) => one.code === code.toUpperCase());
  return coupon && new Date(coupon.expiresAt) > now ? coupon : null;
}
