import { html } from "hono/html";
import type { IncidentStory } from "../../insight/model.ts";
import { type Html, renderList } from "./parts.ts";

/** What is meant to be done for a request, and what only people can answer; null where there is no plan. */
export function renderPlan({ incident, runs }: IncidentStory): Html | null {
  const run = runs.findLast((one) => one.taskKind === "plan" && one.state === "published" && one.plan !== null);
  if (!run?.plan) return null;
  const { goal, kind, risk, blockers, questions, acceptanceCriteria, files, tests } = run.plan;
  const part = (title: string, items: readonly string[]) =>
    items.length > 0 && html`<h3>${title}</h3>${renderList(items)}`;
  const whole = html`${part("Done when", acceptanceCriteria)}${part("Files", files)}${part("Tests", tests)}`;
  return html`<section class="card" aria-labelledby="plan-title">
<h2 id="plan-title">The plan</h2>
<p>${goal}</p>
<p class="muted small">${kind}, ${risk} risk</p>
${part("What stands in the way", blockers)}
${part("Questions for you", questions)}
${incident.state === "planned" ? whole : html`<details data-key="plan"><summary>The whole plan</summary>${whole}</details>`}
</section>`;
}
