const SECOND_MS = 1_000;
const DAY_MS = 24 * 60 * 60 * SECOND_MS;

/**
 * How long to wait before try number `attempt` + 1, in ms: QStash's own schedule, min(1 day, e^(2.5 n) s), so that the
 * in-process driver behaves as the broker does. `scale` shortens it where a world is configured to be quick.
 */
export function retryDelayMs(attempt: number, scale = 1): number {
  return Math.min(DAY_MS, Math.exp(2.5 * Math.max(1, attempt)) * SECOND_MS) * scale;
}
