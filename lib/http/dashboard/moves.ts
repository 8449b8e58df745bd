import { html } from "hono/html";
import type { ApprovalView, IncidentStory } from "../../insight/model.ts";
import { type Html, renderAgo, renderList } from "./parts.ts";

const STATE_WORDS: Readonly<Record<string, string>> = {
  approved: "approved, about to be done",
  moving: "Vercel was asked; traffic is about to move",
  watching: "done; whether the error stopped is being measured",
};

/** Moving production to another deployment: what is offered, with a button for a person, and what became of the last one. */
export function renderMoves(story: IncidentStory, now: Date, csrf: string): Html | null {
  const offered = story.approvals.find((one) => one.state === "offered" && new Date(one.expiresAt) > now);
  const told = story.approvals.find((one) => !["offered", "expired", "withdrawn"].includes(one.state));
  if (offered === undefined && told === undefined) return null;
  return html`<section class="card" aria-labelledby="moves-title">
<h2 id="moves-title">Production</h2>
${told && html`<p><strong>${nameOf(told)}</strong>${told.approvedBy && html` <span class="muted">approved by ${told.approvedBy}</span>`}: ${told.outcome ?? STATE_WORDS[told.state] ?? told.state}</p>`}
${offered && renderOffer(offered, story.incident.id, now, csrf)}
</section>`;
}

const nameOf = ({ kind }: ApprovalView) => (kind === "rollback" ? "Rollback" : "Promotion");

function renderOffer(offer: ApprovalView, incidentId: string, now: Date, csrf: string): Html {
  return html`<p><strong>${nameOf(offer)} offered:</strong> ${offer.says}, without a build. The offer ends ${renderAgo(offer.expiresAt, now)}.</p>
<p class="muted">${offer.reasons.join("; ")}.</p>
${renderList(offer.lines)}
<form method="post" action="/incidents/${incidentId}/rollback" class="stack">
<input type="hidden" name="csrf" value="${csrf}"><input type="hidden" name="approvalId" value="${offer.id}">
<p><label><input type="checkbox" name="sure" value="yes" required> I read what goes with it</label></p>
<button class="danger">${offer.kind === "rollback" ? "Roll production back" : "Promote"}</button>
</form>`;
}
