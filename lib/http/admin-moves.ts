import type { Hono } from "hono";
import { composePostmortem } from "../insight/compose-postmortem.ts";
import type { AdminContext, AdminEnv } from "./admin-guard.ts";
import { ofIncident, readJson } from "./admin-input.ts";
import { moveInputSchema } from "./admin-openapi.ts";
import type { AdminOutside } from "./admin-outside.ts";
import { noteFields } from "./app.ts";
import { callerFault } from "./respond-error.ts";

/** `POST /admin/incidents/:id/rollback`: asks for an offer, or approves one; and the draft of an incident's postmortem. */
export function addMoves(api: Hono<AdminEnv>, outside: AdminOutside): void {
  const { insight } = outside;
  api.post("/admin/incidents/:id/rollback", async (c) => {
    const name = c.req.param("id");
    const id = ofIncident(await insight.findIncidentId(name), name);
    const { token, approvalId } = await readJson(c, moveInputSchema);
    const { actorName } = c.get("caller");
    noteFields(c, { incident: id, isApproval: token !== undefined || approvalId !== undefined });
    if (token !== undefined) await outside.moves.approve(actorName, id, { token });
    else if (approvalId !== undefined) await outside.moves.approve(actorName, id, { approvalId });
    else await outside.moves.ask(actorName, id);
    const isApproved = token !== undefined || approvalId !== undefined;
    return c.json({ id, asked: !isApproved, approved: isApproved }, 202);
  });
  api.get("/admin/incidents/:id/postmortem", async (c) => respondPostmortem(c, outside));
}

async function respondPostmortem(c: AdminContext, outside: AdminOutside): Promise<Response> {
  const name = c.req.param("id") ?? "";
  const story = ofIncident(await outside.insight.findIncidentStory(name), name);
  return c.body(composePostmortem(story, { publicUrl: outside.publicUrl }), 200, {
    "Content-Type": "text/markdown; charset=utf-8",
  });
}

/** Does what an incident page's form about production asks for. */
export async function obeyMoveForm(
  outside: AdminOutside,
  actorName: string,
  incidentId: string,
  form: Record<string, string>,
): Promise<void> {
  if (form.approvalId === undefined) return outside.moves.ask(actorName, incidentId);
  if (form.sure !== "yes") throw callerFault("bad_request", "form sure: say that you read what goes with it");
  return outside.moves.approve(actorName, incidentId, { approvalId: form.approvalId });
}
