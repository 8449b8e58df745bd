import { actorText } from "../kernel/actor.ts";
import type { Context } from "../runtime/context.ts";
import { type Control, readControl, writeControl } from "./store.ts";

/** Turns the kill switch of a project. A stop holds from the next write on, whoever was about to make it. */
export async function setControl(
  ctx: Context,
  input: { projectId: string; isStopped: boolean; reason: string | null },
): Promise<Control> {
  await writeControl(ctx.db.db, input.projectId, {
    isStopped: input.isStopped,
    reason: input.reason,
    changedBy: actorText(ctx.actor),
    changedAt: ctx.clock.now(),
  });
  return readControl(ctx.db.db, input.projectId);
}
