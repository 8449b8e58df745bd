import { html, raw } from "hono/html";
import { type Api, type Ctx, numberParam, param } from "./context.ts";
import { notFound } from "./errors.ts";
import { findCommit, gitBytes, gitOrNull, logCommits, readCommit } from "./git.ts";
import { diffFiles, diffText } from "./git-diff.ts";
import { renderMarkdown } from "./markdown.ts";
import { filesSection, type Html, layout } from "./page-layout.ts";
import { issueOfPull } from "./pull-events.ts";
import type { IssueRecord, PullRecord, RepoRecord, ReviewCommentRecord } from "./records.ts";
import { verificationOf } from "./serialize-git.ts";
import { commentsOf } from "./serialize-issue.ts";
import { pullFiles, pullRange, reviewCommentsOf } from "./serialize-pull.ts";
import { findIssue, findPull, findRepo, fullName, repoDir, type World } from "./world.ts";

/** The pages are for whoever sits before the demo: private repositories are shown too, since the server listens on loopback only. */
function repoOf(c: Ctx, world: World): RepoRecord {
  const repo = findRepo(world, param(c, "owner"), param(c, "name"));
  if (!repo) throw notFound();
  return repo;
}

interface Remark {
  author: string;
  at: string;
  note: string;
  body: string;
  anchor: string;
}

const remarkBox = (remark: Remark): Html => html`<article class="box" id="${remark.anchor}">
<div class="head"><strong>${remark.author}</strong> <span class="dim">${remark.note} <time datetime="${remark.at}">${remark.at}</time></span></div>
<div class="body">${raw(renderMarkdown(remark.body))}</div></article>`;

const shaLink = (repo: RepoRecord, sha: string): Html =>
  html`<a class="sha" href="/${fullName(repo)}/commit/${sha}">${sha.slice(0, 7)}</a>`;

const labelList = (issue: IssueRecord): Html =>
  html`${issue.labels.map((label) => html`<span class="label">${label}</span> `)}`;

function conversation(world: World, issue: IssueRecord): Remark[] {
  const opened = {
    author: issue.author,
    at: issue.createdAt,
    note: "opened this",
    body: issue.body ?? "*No description provided.*",
    anchor: "description",
  };
  const comments = commentsOf(world, issue).map((comment) => ({
    author: comment.author,
    at: comment.createdAt,
    note: comment.minimizedReason === null ? "commented" : `commented (hidden as ${comment.minimizedReason})`,
    body: comment.body,
    anchor: `issuecomment-${comment.id}`,
  }));
  return [opened, ...comments];
}

function heading(issue: IssueRecord, state: string): Html {
  return html`<h1>${issue.title} <span class="dim">#${String(issue.number)}</span></h1>
<p><span class="state ${state}">${state}</span>${issue.stateReason === null ? "" : html` <span class="dim">${issue.stateReason.replace("_", " ")}</span>`} ${labelList(issue)}</p>`;
}

function issuePage(world: World, repo: RepoRecord, issue: IssueRecord): Html {
  const closing =
    issue.closedAt === null
      ? html``
      : html`<p class="dim">Closed by <strong>${issue.closedBy ?? "someone"}</strong> at ${issue.closedAt}</p>`;
  return layout(`${issue.title} #${issue.number}`, fullName(repo), [
    heading(issue, issue.state),
    ...conversation(world, issue).map(remarkBox),
    closing,
  ]);
}

function checksSection(world: World, repo: RepoRecord, sha: string): Html {
  const runs = world.store.checkRuns.where((run) => run.repoId === repo.id && run.headSha === sha);
  if (runs.length === 0) return html`<h2>Checks</h2><p class="dim">None.</p>`;
  return html`<h2>Checks</h2>${runs.map(
    (
      run,
    ) => html`<article class="box" id="check-${String(run.id)}"><div class="head"><strong>${run.name}</strong> <span class="dim">${run.conclusion ?? run.status}${run.title === null ? "" : ` · ${run.title}`}</span></div>
<div class="body">${raw(renderMarkdown([run.summary ?? "", run.text ?? ""].join("\n\n")))}</div></article>`,
  )}`;
}

function reviewRemarks(world: World, repo: RepoRecord, pull: PullRecord): Remark[] {
  const reviews = world.store.reviews.where(
    (review) =>
      review.repoId === repo.id &&
      review.number === pull.number &&
      (review.body !== "" || review.state !== "COMMENTED"),
  );
  const place = (comment: ReviewCommentRecord) => `${comment.path}${comment.line === null ? "" : `:${comment.line}`}`;
  return [
    ...reviews.map((review) => ({
      author: review.author,
      at: review.createdAt,
      note: `reviewed: ${review.state.toLowerCase().replace("_", " ")}`,
      body: review.body,
      anchor: `pullrequestreview-${review.id}`,
    })),
    ...reviewCommentsOf(world, repo, pull.number).map((comment) => ({
      author: comment.author,
      at: comment.createdAt,
      note: `on ${place(comment)}`,
      body: comment.body,
      anchor: `discussion_r${comment.id}`,
    })),
  ];
}

async function pullPage(world: World, repo: RepoRecord, pull: PullRecord): Promise<Html> {
  const issue = issueOfPull(world, repo, pull);
  const { base, to } = await pullRange(world, repo, pull);
  const commits = await logCommits(repoDir(world, repo), ["--reverse", `${base}..${to}`]);
  const state = pull.mergedAt !== null ? "merged" : issue.state === "closed" ? "closed" : pull.draft ? "draft" : "open";
  const remarks = [...conversation(world, issue), ...reviewRemarks(world, repo, pull)].sort((a, b) =>
    a.at.localeCompare(b.at),
  );
  const merge =
    pull.mergeCommitSha === null
      ? html``
      : html`<p>Merged by <strong>${pull.mergedBy ?? "someone"}</strong> as ${shaLink(repo, pull.mergeCommitSha)} at ${pull.mergedAt ?? ""}</p>`;
  return layout(`${issue.title} #${issue.number}`, fullName(repo), [
    heading(issue, state),
    html`<p class="dim">${issue.author} wants to merge <code>${pull.headRef}</code> into <code>${pull.baseRef}</code></p>`,
    ...remarks.map(remarkBox),
    merge,
    html`<h2>Commits</h2><ul>${commits.map((commit) => html`<li>${shaLink(repo, commit.sha)} ${commit.message.split("\n")[0] ?? ""} <span class="dim">${commit.author.name}${verificationOf(world, repo, commit).verified === true ? " · Verified" : ""}</span></li>`)}</ul>`,
    checksSection(world, repo, pull.headSha),
    filesSection(await pullFiles(world, repo, pull)),
  ]);
}

async function commitPage(world: World, repo: RepoRecord, sha: string): Promise<Html> {
  const dir = repoDir(world, repo);
  const commit = await readCommit(dir, sha);
  const verified = verificationOf(world, repo, commit).verified === true;
  const [title = "", ...rest] = commit.message.split("\n");
  return layout(title, fullName(repo), [
    html`<h1>${title}</h1><p class="dim"><span class="sha">${sha}</span> · ${commit.author.name} · ${commit.author.date} · ${verified ? "Verified" : "Unverified"} · parents ${commit.parents.map((parent) => html`${shaLink(repo, parent)} `)}</p>`,
    rest.join("").trim() === "" ? html`` : html`<pre>${rest.join("\n").trim()}</pre>`,
    checksSection(world, repo, sha),
    filesSection(await diffFiles(dir, commit.parents[0] ?? null, sha)),
  ]);
}

async function repositoryPage(world: World, repo: RepoRecord): Promise<Html> {
  const all = world.store.issues.where((issue) => issue.repoId === repo.id).reverse();
  const head = await findCommit(repoDir(world, repo), repo.defaultBranch);
  const commits = head === null ? [] : await logCommits(repoDir(world, repo), ["--max-count=20", head]);
  const row = (issue: IssueRecord) => {
    const pull = issue.isPull ? findPull(world, repo, issue.number) : null;
    const state = pull?.mergedAt ? "merged" : pull?.draft && issue.state === "open" ? "draft" : issue.state;
    return html`<li><span class="dim">${state}</span> <a href="/${fullName(repo)}/${issue.isPull ? "pull" : "issues"}/${String(issue.number)}">#${String(issue.number)} ${issue.title}</a> ${labelList(issue)}</li>`;
  };
  const section = (title: string, issues: IssueRecord[]) =>
    html`<h2>${title}</h2>${issues.length === 0 ? html`<p class="dim">None.</p>` : html`<ul class="plain">${issues.map(row)}</ul>`}`;
  return layout(fullName(repo), fullName(repo), [
    html`<h1>${fullName(repo)}</h1><p class="dim">git clone <code>${world.baseUrl}/${fullName(repo)}.git</code></p>`,
    section(
      "Pull requests",
      all.filter((issue) => issue.isPull),
    ),
    section(
      "Issues",
      all.filter((issue) => !issue.isPull),
    ),
    html`<h2>Latest commits on ${repo.defaultBranch}</h2><ul class="plain">${commits.map((commit) => html`<li>${shaLink(repo, commit.sha)} ${commit.message.split("\n")[0] ?? ""} <span class="dim">${commit.author.name}</span></li>`)}</ul>`,
  ]);
}

/** /blob/REF/PATH and /raw/REF/PATH as text; refs may contain slashes, so the longest one that exists wins. */
async function fileText(c: Ctx, world: World): Promise<Response> {
  const repo = repoOf(c, world);
  const parts = param(c, "rest").split("/");
  for (let i = parts.length - 1; i > 0; i -= 1) {
    const sha = await findCommit(repoDir(world, repo), parts.slice(0, i).join("/"));
    const object = `${sha}:${parts.slice(i).join("/")}`;
    if (sha === null || (await gitOrNull(repoDir(world, repo), ["cat-file", "-t", object]))?.trim() !== "blob")
      continue;
    const bytes = await gitBytes(repoDir(world, repo), ["cat-file", "blob", object]);
    return c.body(new Uint8Array(bytes), 200, {
      "content-type": "text/plain; charset=utf-8",
      "x-content-type-options": "nosniff",
    });
  }
  throw notFound();
}

/** Pages that a person in the demo clicks through. No scripts run on them. */
export function pageRoutes(api: Api, world: World): void {
  const base = "/:owner/:name";
  api.use(`${base}/*`, async (c, next) => {
    await next();
    if (c.res.headers.get("content-type")?.startsWith("text/html"))
      c.res.headers.set(
        "content-security-policy",
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'",
      );
  });
  api.get(base, async (c) => c.html(await repositoryPage(world, repoOf(c, world))));
  api.get(`${base}/issues/:number`, (c) => {
    const repo = repoOf(c, world);
    const issue = findIssue(world, repo, numberParam(c, "number"));
    if (!issue) throw notFound();
    return issue.isPull ? c.redirect(`/${fullName(repo)}/pull/${issue.number}`) : c.html(issuePage(world, repo, issue));
  });
  api.get(`${base}/pull/:file{\\d+\\.diff}`, async (c) => {
    const repo = repoOf(c, world);
    const pull = findPull(world, repo, Number.parseInt(param(c, "file"), 10));
    if (!pull) throw notFound();
    const { from, to } = await pullRange(world, repo, pull);
    return c.text(await diffText(repoDir(world, repo), from, to));
  });
  api.get(`${base}/pull/:number`, async (c) => {
    const repo = repoOf(c, world);
    const pull = findPull(world, repo, numberParam(c, "number"));
    if (!pull) throw notFound();
    return c.html(await pullPage(world, repo, pull));
  });
  api.get(`${base}/commit/:sha`, async (c) => {
    const repo = repoOf(c, world);
    const sha = await findCommit(repoDir(world, repo), param(c, "sha"));
    if (sha === null) throw notFound();
    return c.html(await commitPage(world, repo, sha));
  });
  api.get(`${base}/:kind{blob|raw}/:rest{.+}`, (c) => fileText(c, world));
}
