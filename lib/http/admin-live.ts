import { streamSSE } from "hono/streaming";
import type { AdminContext } from "./admin-guard.ts";
import type { AdminOutside } from "./admin-outside.ts";

/** A function of the admin door may run for 60 s; the browser opens the next stream by itself, from where this one ended. */
const STREAM_MS = 50_000;
const POLL_MS = 1_000;
const RECONNECT_MS = 1_000;

/** Where the stream begins: after the last entry that the browser has, by its own word. */
function readAfter(c: AdminContext): number {
  const text = c.req.header("last-event-id") ?? c.req.query("after") ?? "0";
  return /^\d{1,15}$/.test(text) ? Number(text) : 0;
}

/**
 * An incident's timeline as it grows, as server-sent events: `entry` with the new entry (its id is the entry's `seq`), and
 * `changed` when anything else about the incident did.
 */
export function streamIncident(c: AdminContext, outside: AdminOutside, incidentId: string): Response {
  const pollMs = outside.livePollMs ?? POLL_MS;
  const { clock } = outside.ctx;
  let after = readAfter(c);
  return streamSSE(
    c,
    async (stream) => {
      const endsAt = clock.now().getTime() + STREAM_MS;
      let pulse: string | null = null;
      await stream.writeSSE({ event: "hello", data: "", retry: RECONNECT_MS });
      while (!stream.aborted && clock.now().getTime() < endsAt) {
        const found = await outside.insight.findPulse(incidentId, after);
        if (found === null) return;
        for (const { seq, kind, summary, at } of found.entries) {
          await stream.writeSSE({ event: "entry", id: String(seq), data: JSON.stringify({ seq, kind, summary, at }) });
          after = Math.max(after, seq);
        }
        if (found.entries.length === 0 && pulse !== null && found.pulse !== pulse) {
          await stream.writeSSE({ event: "changed", data: "" });
        }
        pulse = found.pulse;
        await stream.sleep(pollMs);
      }
    },
    async (error) => {
      outside.ctx.log.log("warn", "live.ended", { incidentId, error: error.message });
    },
  );
}
