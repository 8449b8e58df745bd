import { findDelivery } from "../incidents/index.ts";
import { DONE, type JobOutcome } from "../jobs/model.ts";
import { mayCommand } from "../kernel/may-command.ts";
import type { Context } from "../runtime/context.ts";
import type { CodeHost, RequestedIssues } from "./ports.ts";
import { takeRequest } from "./take-request.ts";

/** A person put our label on an issue: it is handed over, where that person may write (triage may label, and may not). */
export async function noteLabel(
  ctx: Context,
  outside: { codeHost: CodeHost; issues: RequestedIssues },
  input: { deliveryId: string },
): Promise<JobOutcome> {
  const delivery = await findDelivery(ctx.db.db, input.deliveryId);
  const signal = delivery?.signal;
  if (!delivery || signal?.kind !== "github_issue") return { type: "dead", reason: "the delivery holds no issue" };
  const permission = await outside.codeHost.getPermission(signal.sender);
  const may = mayCommand({ login: signal.sender, type: signal.senderType, permission });
  if (!may.allowed) {
    ctx.log.log("info", "request.refused", { issueNumber: signal.issueNumber, reason: may.reason });
    return DONE;
  }
  const { projectId } = delivery;
  const { issueNumber, sender: askedBy } = signal;
  const taken = await takeRequest(ctx, outside, { projectId, issueNumber, mode: "implement", askedBy });
  // A label on what is an incident already asks for nothing new.
  return taken.type === "dead" ? DONE : taken;
}
