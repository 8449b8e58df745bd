import { getIncident } from "../incidents/index.ts";
import type { Context } from "../runtime/context.ts";
import type { Outbound } from "../runtime/outbound.ts";
import { hashToken } from "./hash-token.ts";
import type { RepairSettings } from "./settings.ts";
import { findRun, updateRun } from "./store.ts";

export type HeartbeatAnswer = { known: false } | { known: true; continue: boolean; reason: string | null };

/** A sign of life: keeps the run's lease, and tells the runner whether its work is still wanted. */
export async function heartbeatRun(
  ctx: Context,
  outside: { outbound: Outbound; settings: RepairSettings },
  input: { runId: string; token: string; phase: string },
): Promise<HeartbeatAnswer> {
  const run = await findRun(ctx.db.db, input.runId);
  if (run === null || run.tokenHash !== (await hashToken(input.token))) return { known: false };
  const end = (reason: string): HeartbeatAnswer => ({ known: true, continue: false, reason });
  if (run.state !== "claimed") return end(`the run is ${run.state}`);
  const incident = await getIncident(ctx.db.db, run.incidentId);
  if (incident.state !== "repairing") return end(`the incident is ${incident.state}`);
  const held = await outside.outbound.whyHeld("repair.run");
  if (held?.reason === "stopped") return end(held.detail);
  const leaseUntil = new Date(ctx.clock.now().getTime() + outside.settings.leaseSeconds * 1_000);
  const isKept = await updateRun(ctx.db.db, run.id, ["claimed"], { leaseUntil, phase: input.phase });
  return isKept ? { known: true, continue: true, reason: null } : end("the run was taken back");
}
