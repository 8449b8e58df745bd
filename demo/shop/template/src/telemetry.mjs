import { channel } from "node:diagnostics_channel";

const errors = channel("pine-shop:error");

/** Hands an unexpected error to whatever error reporting the platform has loaded. */
export function reportError(error, { route, customer }) {
  errors.publish({ error, route, customer });
  if (!errors.hasSubscribers) console.error(error);
}
