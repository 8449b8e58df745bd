import * as z from "zod";
import type { MonitorSource } from "../../triage/ports.ts";
import { nullWhenMissing } from "../http.ts";
import { type GlitchtipClient, isGlitchtipId } from "./client.ts";

/** What is read of a monitor; `isUp` is null until its first check (glitchtip-backend apps/uptime/schema.py). */
const monitorSchema = z.object({
  name: z.string(),
  isUp: z.boolean().nullish(),
  lastChange: z.string().nullish(),
});

/** MonitorSource on GlitchTip's uptime monitors. */
export function createMonitorSource(client: GlitchtipClient): MonitorSource {
  return {
    async findMonitor(monitorId) {
      if (!isGlitchtipId(monitorId)) return null;
      const org = encodeURIComponent(await client.organization());
      const path = `/organizations/${org}/monitors/${monitorId}/`;
      const answer = await nullWhenMissing(client.get(path, {}, monitorSchema));
      if (answer === null) return null;
      const { name, isUp, lastChange } = answer.value;
      return { name, isUp: isUp ?? null, since: lastChange ?? null };
    },
  };
}
