import { spawn } from "node:child_process";
import { authenticate, canSee } from "./auth.ts";
import { type Actor, type Api, type Ctx, param } from "./context.ts";
import { GitHubError } from "./errors.ts";
import { GIT_ENV, listRefs } from "./git.ts";
import type { RepoRecord } from "./records.ts";
import { afterRefUpdate } from "./ref-updates.ts";
import { findAccount, findRepo, fullName, hasRole, noteRequest, repoDir, type World } from "./world.ts";

const text = (c: Ctx, status: 401 | 403 | 404, message: string): Response => {
  if (status === 401) c.header("www-authenticate", 'Basic realm="GitHub"');
  return c.text(message, status);
};

function mayPush(world: World, actor: Actor, repo: RepoRecord): boolean {
  if (actor.kind === "user") return hasRole(findAccount(world, actor.login), "write");
  if (actor.kind !== "installation") return false;
  const { permissions, repoIds } = actor.token;
  return repo.installed && permissions.contents === "write" && (repoIds === null || repoIds.includes(repo.id));
}

function mayFetch(world: World, actor: Actor, repo: RepoRecord): boolean {
  if (!repo.private) return true;
  return (
    canSee(world, actor, repo) && (actor.kind !== "installation" || actor.token.permissions.contents !== undefined)
  );
}

const nameOf = (world: World, actor: Actor): string => (actor.kind === "user" ? actor.login : `${world.app.slug}[bot]`);

/** Why a request may not go through, as GitHub words it to git; null when it may. */
function refusal(c: Ctx, world: World, actor: Actor, repo: RepoRecord | null, isPush: boolean): Response | null {
  if (!repo || (actor.kind !== "anonymous" && !canSee(world, actor, repo)))
    return actor.kind === "anonymous" ? text(c, 401, "Repository not found.") : text(c, 404, "Repository not found.");
  if (actor.kind === "anonymous" && (isPush || repo.private)) return text(c, 401, "No anonymous write access.");
  if (isPush && !mayPush(world, actor, repo))
    return text(c, 403, `Permission to ${fullName(repo)}.git denied to ${nameOf(world, actor)}.`);
  return mayFetch(world, actor, repo) ? null : text(c, 403, "Read access to repository not granted.");
}

interface CgiAnswer {
  status: number;
  headers: [string, string][];
  body: Buffer;
}

function parseCgi(output: Buffer): CgiAnswer {
  const end = output.indexOf("\r\n\r\n");
  const headers = output
    .subarray(0, Math.max(end, 0))
    .toString("latin1")
    .split("\r\n")
    .map((line): [string, string] => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()]);
  const status = Number(headers.find(([name]) => name.toLowerCase() === "status")?.[1]?.slice(0, 3) ?? 200);
  return {
    status,
    headers: headers.filter(([name]) => name.toLowerCase() !== "status"),
    body: output.subarray(end + 4),
  };
}

/** Runs `git http-backend` as a web server would, by CGI. */
function httpBackend(
  world: World,
  repo: RepoRecord,
  c: Ctx,
  service: string,
  user: string,
  body: Buffer,
): Promise<CgiAnswer> {
  const env = {
    PATH: process.env.PATH,
    ...GIT_ENV,
    GIT_PROJECT_ROOT: world.dir,
    GIT_HTTP_EXPORT_ALL: "1",
    PATH_INFO: `/${fullName(repo)}.git/${service}`,
    QUERY_STRING: new URL(c.req.url).search.slice(1),
    REQUEST_METHOD: c.req.method,
    CONTENT_TYPE: c.req.header("content-type") ?? "",
    CONTENT_LENGTH: String(body.length),
    HTTP_CONTENT_ENCODING: c.req.header("content-encoding") ?? "",
    GIT_PROTOCOL: c.req.header("git-protocol") ?? "",
    REMOTE_USER: user,
    REMOTE_ADDR: "127.0.0.1",
  };
  return new Promise((resolve, reject) => {
    const child = spawn("git", ["http-backend"], { env });
    const chunks: Buffer[] = [];
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString("utf8");
    });
    child.on("error", reject);
    child.on("close", (code) => {
      const output = Buffer.concat(chunks);
      if (output.length === 0) reject(new Error(`git http-backend ended with ${code}: ${stderr}`));
      else resolve(parseCgi(output));
    });
    child.stdin.on("error", () => {});
    child.stdin.end(body);
  });
}

const refMap = async (dir: string): Promise<Map<string, string>> =>
  new Map(
    (await listRefs(dir, "refs/"))
      .filter(({ ref }) => /^refs\/(heads|tags)\//.test(ref))
      .map(({ ref, sha }) => [ref, sha]),
  );

/** Tells the world what a push has moved. */
async function announcePush(world: World, repo: RepoRecord, before: Map<string, string>, by: string): Promise<void> {
  const after = await refMap(repoDir(world, repo));
  for (const ref of new Set([...before.keys(), ...after.keys()])) {
    const [from, to] = [before.get(ref) ?? null, after.get(ref) ?? null];
    if (from !== to) await afterRefUpdate(world, repo, { ref, before: from, after: to, by });
  }
}

async function serve(c: Ctx, world: World): Promise<Response> {
  let actor: Actor;
  try {
    actor = authenticate(world, c.req.header("authorization"));
  } catch (error) {
    if (error instanceof GitHubError) return text(c, 401, "Invalid username or token.");
    throw error;
  }
  const service = param(c, "service");
  const isPush = service === "git-receive-pack" || c.req.query("service") === "git-receive-pack";
  const repo = findRepo(world, param(c, "owner"), param(c, "name").replace(/\.git$/, ""));
  const refused = refusal(c, world, actor, repo, isPush);
  noteRequest(world, {
    method: c.req.method,
    path: c.req.path,
    status: refused?.status ?? 200,
    auth: actor.kind === "user" ? `user:${actor.login}` : actor.kind,
  });
  if (refused || !repo) return refused ?? text(c, 404, "Repository not found.");
  const body = Buffer.from(await c.req.arrayBuffer());
  const run = () => httpBackend(world, repo, c, service, actor.kind === "anonymous" ? "" : nameOf(world, actor), body);
  const isWrite = service === "git-receive-pack";
  const answer = isWrite
    ? await world.locked(repo, async () => {
        const before = await refMap(repoDir(world, repo));
        const done = await run();
        await announcePush(world, repo, before, nameOf(world, actor));
        return done;
      })
    : await run();
  return new Response(new Uint8Array(answer.body), { status: answer.status, headers: answer.headers });
}

/** Clone, fetch and push over smart HTTP. The old dumb protocol is refused, as on GitHub. */
export function gitHttpRoutes(api: Api, world: World): void {
  const base = "/:owner/:name{[^/]+\\.git}";
  api.get(`${base}/:service{info/refs}`, (c) =>
    c.req.query("service") ? serve(c, world) : text(c, 403, "Please upgrade your git client."),
  );
  api.post(`${base}/:service{git-upload-pack|git-receive-pack}`, (c) => serve(c, world));
}
