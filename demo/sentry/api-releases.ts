import type { Hono } from "hono";
import * as z from "zod";
import { requireScope } from "./api-auth.ts";
import { type ApiDeps, notFound } from "./api-issues.ts";
import type { CommitFacts } from "./model.ts";
import { pageOf } from "./paging.ts";
import { renderCommit, renderRelease } from "./render-release.ts";

const createSchema = z.looseObject({
  version: z.string().min(1).max(250),
  projects: z.array(z.string()).min(1),
  ref: z.string().nullish(),
  url: z.string().nullish(),
  dateReleased: z.iso.datetime({ offset: true }).nullish(),
  commits: z
    .array(
      z.looseObject({
        id: z.string(),
        message: z.string().nullish(),
        author_name: z.string().nullish(),
        author_email: z.string().nullish(),
        repository: z.string().nullish(),
        timestamp: z.iso.datetime({ offset: true }).nullish(),
      }),
    )
    .optional(),
});

/** Releases, their commits, and the project. */
export function mountReleases(app: Hono, deps: ApiDeps): void {
  const { state, place, tokens } = deps;
  const canRead = requireScope(tokens, "project:read", "project:releases", "org:read", "org:ci");
  const canWrite = requireScope(tokens, "project:releases", "project:write", "org:ci");
  const render = (version: string) => {
    const release = state.releases.get(version);
    return release ? renderRelease(release, place, hasSessions(deps, version)) : null;
  };
  app.get("/api/0/organizations/:org/releases/", canRead, (c) => {
    const wanted = c.req.query("query") ?? "";
    const found = state.releaseOrder().filter((release) => release.version.includes(wanted));
    return c.json(pageOf(c, found.reverse(), 100).map((release) => render(release.version)));
  });
  app.post("/api/0/organizations/:org/releases/", canWrite, async (c) => {
    const body = createSchema.safeParse(await c.req.json().catch(() => null));
    if (!body.success) return c.json(z.flattenError(body.error).fieldErrors, 400);
    const { version, projects, ref, url, dateReleased, commits } = body.data;
    if (!projects.includes(place.project)) return c.json({ projects: ["Invalid project ids or slugs"] }, 400);
    const isNew = !state.releases.has(version);
    const nowMs = Date.now();
    const facts = {
      ...(ref === undefined ? {} : { ref }),
      ...(url === undefined ? {} : { url }),
      ...(dateReleased ? { releasedMs: Date.parse(dateReleased) } : {}),
      ...(commits ? { commits: commits.map((commit) => readCommit(commit, nowMs)) } : {}),
    };
    state.putRelease(version, facts, nowMs);
    return c.json(render(version), isNew ? 201 : 208);
  });
  app.get("/api/0/organizations/:org/releases/:version/", canRead, (c) => {
    const release = render(c.req.param("version"));
    return release ? c.json(release) : notFound(c);
  });
  app.get("/api/0/organizations/:org/releases/:version/commits/", canRead, (c) => {
    const release = state.releases.get(c.req.param("version"));
    return release
      ? c.json(pageOf(c, release.commits, 100).map((commit) => renderCommit(commit, release)))
      : notFound(c);
  });
  app.get("/api/0/projects/:org/:project/", requireScope(tokens, "project:read", "org:read"), (c) => {
    if (![place.project, place.projectId].includes(c.req.param("project"))) return notFound(c);
    return c.json(renderProject(deps));
  });
}

function readCommit(commit: NonNullable<z.infer<typeof createSchema>["commits"]>[number], nowMs: number): CommitFacts {
  return {
    id: commit.id,
    message: commit.message ?? "",
    authorName: commit.author_name ?? null,
    authorEmail: commit.author_email ?? null,
    repository: commit.repository ?? null,
    dateMs: commit.timestamp ? Date.parse(commit.timestamp) : nowMs,
  };
}

function hasSessions(deps: ApiDeps, version: string): boolean {
  return [...deps.state.sessions.values()].some((bucket) => bucket.release === version);
}

function renderProject({ place, state }: ApiDeps): Record<string, unknown> {
  const issues = [...state.issues.values()];
  const first = issues[0];
  return {
    id: place.projectId,
    slug: place.project,
    name: place.project,
    platform: "node",
    status: "active",
    organization: { id: "1", slug: place.org, name: place.org, status: { id: "active", name: "active" } },
    firstEvent: first ? new Date(first.firstSeenMs).toISOString() : null,
    hasAccess: true,
    isMember: true,
    hasSessions: state.sessions.size > 0,
    environments: [...new Set(issues.flatMap((issue) => issue.latest.environment ?? []))],
    features: ["releases"],
    options: {},
    teams: [],
  };
}
