import { findDelivery } from "../incidents/index.ts";
import { DONE, type JobOutcome } from "../jobs/model.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import { putInstallation } from "./installation-store.ts";

/** Our integration was installed in an organisation, or uninstalled: remembered, because no other webhook names it. */
export async function noteInstallation(ctx: Context, input: { deliveryId: string }): Promise<JobOutcome> {
  const delivery = await findDelivery(ctx.db.db, input.deliveryId);
  const signal = delivery?.signal;
  if (!delivery || signal?.kind !== "installation") {
    return { type: "dead", reason: "the delivery holds no installation" };
  }
  const { projectId, source, receivedAt } = delivery;
  const { installationId, organization } = signal;
  const uninstalledAt = signal.action === "deleted" ? receivedAt : null;
  const row = { projectId, source, installationId, organization, firstToldAt: receivedAt, uninstalledAt };
  await inTransaction(ctx, (tx) => putInstallation(tx, row));
  return DONE;
}
