import type { Hono } from "hono";
import { composeFamilies } from "../insight/compose-families.ts";
import { PROMETHEUS_TYPE, renderPrometheus } from "../insight/render-prometheus.ts";
import { type AdminEnv, type AdminGuard, requireCaller } from "./admin-guard.ts";
import type { AdminOutside } from "./admin-outside.ts";

/** `GET /api/metrics`, for Prometheus: read from the database at every scrape, nothing is kept in between. */
export function addMetrics(api: Hono<AdminEnv>, outside: AdminOutside, guard: AdminGuard): void {
  api.get("/metrics", async (c) => {
    await requireCaller(guard, c, "read");
    const [figures, gaps, breaker, control] = await Promise.all([
      outside.insight.findFigures(outside.ctx.clock.now()),
      outside.findGaps(),
      outside.storm.findOpenBreaker(),
      outside.control.read(),
    ]);
    const around = { gaps, isBreakerOpen: breaker !== null, isStopped: control.isStopped };
    return c.body(renderPrometheus(composeFamilies(figures, around)), 200, { "Content-Type": PROMETHEUS_TYPE });
  });
}
