/** `1999` as `$19.99`. */
export function formatCents(cents) {
  return `$${(cents / 100).toFixed(2)}`;
}
