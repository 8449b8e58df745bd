import { nodeId } from "./node-ids.ts";
import type { CommentRecord, IssueRecord, LabelRecord, RepoRecord } from "./records.ts";
import { apiUrl, htmlUrl, type Json, serializeAccount, serializeLogin } from "./serialize-repository.ts";
import { findAccount, findPull, hasRole, inRepo, type World } from "./world.ts";

/** The schema `label`. */
export function serializeLabel(world: World, repo: RepoRecord, label: LabelRecord): Json {
  return {
    id: label.id,
    node_id: nodeId("LA", label.id),
    url: `${apiUrl(world, repo)}/labels/${encodeURIComponent(label.name)}`,
    name: label.name,
    color: label.color,
    default: false,
    description: label.description,
  };
}

export function labelsOf(world: World, repo: RepoRecord, issue: IssueRecord): Json[] {
  return issue.labels.flatMap((name) => {
    const label = world.store.labels.get(inRepo(repo, name.toLowerCase()));
    return label ? [serializeLabel(world, repo, label)] : [];
  });
}

/** The schema `integration`. */
export function serializeApp(world: World): Json {
  const { createdAt } = world.appRecord;
  const owner = world.store.repos.all()[0]?.owner ?? "demo";
  return {
    id: world.app.id,
    slug: world.app.slug,
    node_id: nodeId("A", world.app.id),
    owner:
      serializeLogin(world, owner) ??
      serializeAccount(world, { id: 1, login: owner, type: "Organization", role: "admin" }),
    name: world.app.slug,
    description: null,
    external_url: `${world.baseUrl}/apps/${world.app.slug}`,
    html_url: `${world.baseUrl}/apps/${world.app.slug}`,
    created_at: createdAt,
    updated_at: createdAt,
    permissions: world.permissions,
    events: APP_EVENTS,
  };
}

/** Another App that is seen here only by what it does. */
export function serializeOtherApp(world: World, slug: string): Json {
  const url = `${world.baseUrl}/apps/${slug}`;
  const id = findAccount(world, `${slug}[bot]`)?.id ?? 0;
  const names = { id, slug, node_id: nodeId("A", id), name: slug, external_url: url, html_url: url };
  return { ...serializeApp(world), ...names, permissions: { checks: "write" }, events: [] };
}

export const APP_EVENTS = [
  "check_run",
  "check_suite",
  "issue_comment",
  "issues",
  "pull_request",
  "pull_request_review",
  "pull_request_review_comment",
  "push",
  "repository_dispatch",
];

/** What GitHub calls the author's relation to the repository. */
export function associationOf(world: World, repo: RepoRecord, login: string): string {
  if (login.toLowerCase() === repo.owner.toLowerCase()) return "OWNER";
  const account = findAccount(world, login);
  return account?.type === "User" && hasRole(account, "triage") ? "COLLABORATOR" : "NONE";
}

const REACTIONS = { total_count: 0, "+1": 0, "-1": 0, laugh: 0, hooray: 0, confused: 0, heart: 0, rocket: 0, eyes: 0 };

export const reactionsAt = (url: string): Json => ({ url: `${url}/reactions`, ...REACTIONS });

function pullLinks(world: World, repo: RepoRecord, issue: IssueRecord): Json {
  const html = `${htmlUrl(world, repo)}/pull/${issue.number}`;
  const pull = findPull(world, repo, issue.number);
  return {
    url: `${apiUrl(world, repo)}/pulls/${issue.number}`,
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    merged_at: pull?.mergedAt ?? null,
  };
}

/** The schema `issue`; pull requests are issues with `pull_request` and `draft`. */
export function serializeIssue(world: World, repo: RepoRecord, issue: IssueRecord): Json {
  const url = `${apiUrl(world, repo)}/issues/${issue.number}`;
  const assignees = issue.assignees.flatMap((login) => serializeLogin(world, login) ?? []);
  return {
    url,
    repository_url: apiUrl(world, repo),
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    html_url: `${htmlUrl(world, repo)}/${issue.isPull ? "pull" : "issues"}/${issue.number}`,
    id: issue.id,
    node_id: nodeId(issue.isPull ? "PR" : "I", inRepo(repo, issue.number)),
    number: issue.number,
    title: issue.title,
    user: serializeLogin(world, issue.author),
    labels: labelsOf(world, repo, issue),
    state: issue.state,
    locked: false,
    assignee: assignees[0] ?? null,
    assignees,
    milestone: null,
    comments: commentsOf(world, issue).length,
    created_at: issue.createdAt,
    updated_at: issue.updatedAt,
    closed_at: issue.closedAt,
    author_association: associationOf(world, repo, issue.author),
    active_lock_reason: null,
    ...(issue.isPull
      ? { draft: findPull(world, repo, issue.number)?.draft ?? false, pull_request: pullLinks(world, repo, issue) }
      : {}),
    body: issue.body,
    reactions: reactionsAt(url),
    timeline_url: `${url}/timeline`,
    performed_via_github_app: issue.viaApp ? serializeApp(world) : null,
    state_reason: issue.stateReason,
  };
}

export function commentsOf(world: World, issue: IssueRecord): CommentRecord[] {
  return world.store.comments.where((comment) => comment.repoId === issue.repoId && comment.number === issue.number);
}

/** The schema `issue-comment`. */
export function serializeComment(world: World, repo: RepoRecord, comment: CommentRecord): Json {
  const url = `${apiUrl(world, repo)}/issues/comments/${comment.id}`;
  const isPull = findPull(world, repo, comment.number) !== null;
  return {
    url,
    html_url: `${htmlUrl(world, repo)}/${isPull ? "pull" : "issues"}/${comment.number}#issuecomment-${comment.id}`,
    issue_url: `${apiUrl(world, repo)}/issues/${comment.number}`,
    id: comment.id,
    node_id: nodeId("IC", comment.id),
    user: serializeLogin(world, comment.author),
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
    author_association: associationOf(world, repo, comment.author),
    body: comment.body,
    reactions: reactionsAt(url),
    performed_via_github_app: comment.viaApp ? serializeApp(world) : null,
  };
}
