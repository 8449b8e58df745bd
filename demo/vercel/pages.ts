import type { Hono } from "hono";
import { html } from "hono/html";
import { factsTable, type Html, listTable, page } from "../kit/page.ts";
import type { Deployment } from "./model.ts";
import { inspectorUrl, type VercelPlace } from "./render.ts";
import type { VercelState } from "./state.ts";

/** The pages a person sees: the project's deployments, and one of them with its build log. */
export function mountPages(app: Hono, { state, place }: { state: VercelState; place: VercelPlace }): void {
  app.get("/", (c) => c.html(listPage(state, place)));
  app.get("/deployments/:id", (c) => {
    const deployment = state.find(c.req.param("id"));
    if (!deployment) return c.html(page("Vercel", "Not found", html`<h1>Not found</h1>`), 404);
    return c.html(deploymentPage(deployment, state, place));
  });
}

function listPage(state: VercelState, place: VercelPlace): Html {
  const rows = [...state.deployments.values()]
    .reverse()
    .map(
      (one) =>
        html`<tr><td><a href="${inspectorUrl(one, place)}">${one.id.slice(0, 12)}</a></td><td>${stateOf(one, state)}</td><td>${one.target ?? "preview"}</td><td>${one.sha.slice(0, 7)} ${one.message.split("\n", 1)}</td><td>${iso(one.createdMs)}</td></tr>`,
    );
  const table = listTable("Deployments", ["Deployment", "State", "Target", "Commit", "Created"], rows);
  return page(
    "Vercel",
    place.options.projectName,
    html`<h1>${place.options.projectName}</h1><p>Production: <a href="http://${place.productionHost}/">${place.productionHost}</a></p>${table}`,
  );
}

function deploymentPage(deployment: Deployment, state: VercelState, place: VercelPlace): Html {
  const { repository } = place.options;
  const facts = factsTable([
    ["State", stateOf(deployment, state)],
    ["Target", deployment.target ?? "preview"],
    ["Commit", commitLink(deployment, repository.cloneUrl)],
    ["Branch", `${deployment.ref} of ${repository.owner}/${repository.name}`],
    ["Message", deployment.message],
    ["Author", `${deployment.authorLogin}${deployment.isVerified ? "" : " (unverified commit)"}`],
    ["Created", iso(deployment.createdMs)],
    ["Ready", iso(deployment.readyMs)],
    ["Error", deployment.errorMessage],
  ]);
  const log = deployment.log.map((line) => `${iso(line.atMs)}  ${line.text}\n`);
  return page(
    "Vercel",
    `Deployment ${deployment.id}`,
    html`<p class="soft">${place.options.projectName}</p><h1>${deployment.id}</h1>${facts}<h2>Build log</h2><pre>${log}</pre>`,
  );
}

// The Git provider's page of the commit, where it is cloned over HTTP; never with the credentials of the clone URL.
function commitLink(deployment: Deployment, cloneUrl: string): unknown {
  if (!/^https?:/.test(cloneUrl)) return deployment.sha;
  const { origin, pathname } = new URL(cloneUrl);
  const url = `${origin}${pathname.replace(/\.git$/, "")}/commit/${deployment.sha}`;
  return html`<a href="${url}">${deployment.sha}</a>`;
}

function stateOf(deployment: Deployment, state: VercelState): string {
  return `${deployment.readyState}${deployment.id === state.productionId ? ", in production" : ""}`;
}

function iso(ms: number | null): string {
  return ms === null ? "–" : new Date(ms).toISOString();
}
