import type { Incident } from "../incidents/index.ts";
import { enqueue } from "../jobs/outbox.ts";
import type { Context } from "../runtime/context.ts";
import type { Investigation } from "./compose-investigation.ts";
import { deadlineOf } from "./decide-inquiry.ts";
import type { InquirySettings } from "./inquiry-model.ts";
import { findInquiry, type InquiryRow, insertInquiry } from "./inquiry-store.ts";
import { renderFacts } from "./render-facts.ts";

/**
 * The inquiry into this occurrence at this commit, begun where there is none. With it waits a job that ends it when its
 * time is over, in case the one that goes on with it is lost.
 */
export async function openInquiry(
  ctx: Context,
  { incident, found }: { incident: Incident; found: Investigation },
  settings: InquirySettings,
): Promise<InquiryRow> {
  const occurrence = incident.reopenedAt ?? incident.createdAt;
  const subject = `${occurrence.toISOString()} ${found.commit?.sha ?? "no commit"}`;
  const known = await findInquiry(ctx.db.db, incident.id, subject);
  if (known !== null) return known;
  const startedAt = ctx.clock.now();
  const mark = ctx.newId("inq").slice(-14);
  await ctx.db.transaction(async (tx) => {
    const isNew = await insertInquiry(tx, {
      id: ctx.newId("inq"),
      incidentId: incident.id,
      subject,
      mark,
      state: "open",
      messages: [{ role: "user", text: renderFacts(incident.title, found, mark) }],
      startedAt,
    });
    if (!isNew) return;
    const payload = { incidentId: incident.id };
    const key = `investigate.ask-model:${incident.id}:deadline`;
    await enqueue(tx, ctx, "investigate.ask-model", payload, { key, runAt: deadlineOf(startedAt, settings) });
  });
  const begun = await findInquiry(ctx.db.db, incident.id, subject);
  if (begun === null) throw new Error(`the inquiry into ${incident.id} is not there after it was begun`);
  return begun;
}
