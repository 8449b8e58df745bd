import { nodeId } from "./node-ids.ts";
import type { AccountRecord, RepoRecord } from "./records.ts";
import { findAccount, fullName, getAccount, type World } from "./world.ts";

export type Json = Record<string, unknown>;

export const apiUrl = (world: World, repo: RepoRecord): string => `${world.baseUrl}/repos/${fullName(repo)}`;

export const htmlUrl = (world: World, repo: RepoRecord): string => `${world.baseUrl}/${fullName(repo)}`;

const ACCOUNT_PREFIX = { User: "U", Bot: "BOT", Organization: "O" };

/** The schema `simple-user`. */
export function serializeAccount(world: World, account: AccountRecord): Json {
  const url = `${world.baseUrl}/users/${encodeURIComponent(account.login)}`;
  const isBot = account.type === "Bot";
  return {
    login: account.login,
    id: account.id,
    node_id: nodeId(ACCOUNT_PREFIX[account.type], account.login),
    avatar_url: `${world.baseUrl}/avatars/u/${account.id}`,
    gravatar_id: "",
    url,
    html_url: isBot
      ? `${world.baseUrl}/apps/${account.login.replace(/\[bot\]$/, "")}`
      : `${world.baseUrl}/${account.login}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: account.type,
    site_admin: false,
  };
}

/** A user by login, null where nobody has it. */
export function serializeLogin(world: World, login: string | null): Json | null {
  const account = login === null ? null : findAccount(world, login);
  return account ? serializeAccount(world, account) : null;
}

const REPO_LINKS: Record<string, string> = {
  forks_url: "/forks",
  keys_url: "/keys{/key_id}",
  collaborators_url: "/collaborators{/collaborator}",
  teams_url: "/teams",
  hooks_url: "/hooks",
  issue_events_url: "/issues/events{/number}",
  events_url: "/events",
  assignees_url: "/assignees{/user}",
  branches_url: "/branches{/branch}",
  tags_url: "/tags",
  blobs_url: "/git/blobs{/sha}",
  git_tags_url: "/git/tags{/sha}",
  git_refs_url: "/git/refs{/sha}",
  trees_url: "/git/trees{/sha}",
  statuses_url: "/statuses/{sha}",
  languages_url: "/languages",
  stargazers_url: "/stargazers",
  contributors_url: "/contributors",
  subscribers_url: "/subscribers",
  subscription_url: "/subscription",
  commits_url: "/commits{/sha}",
  git_commits_url: "/git/commits{/sha}",
  comments_url: "/comments{/number}",
  issue_comment_url: "/issues/comments{/number}",
  contents_url: "/contents/{+path}",
  compare_url: "/compare/{base}...{head}",
  merges_url: "/merges",
  archive_url: "/{archive_format}{/ref}",
  downloads_url: "/downloads",
  issues_url: "/issues{/number}",
  pulls_url: "/pulls{/number}",
  milestones_url: "/milestones{/number}",
  notifications_url: "/notifications{?since,all,participating}",
  labels_url: "/labels{/name}",
  releases_url: "/releases{/id}",
  deployments_url: "/deployments",
};

/** What no repository of this world has or varies. */
const REPO_FACTS = {
  description: null,
  fork: false,
  homepage: null,
  size: 0,
  stargazers_count: 0,
  watchers_count: 0,
  language: null,
  has_issues: true,
  has_projects: true,
  has_downloads: true,
  has_wiki: true,
  has_pages: false,
  has_discussions: false,
  forks_count: 0,
  mirror_url: null,
  archived: false,
  disabled: false,
  license: null,
  allow_forking: true,
  is_template: false,
  web_commit_signoff_required: false,
  topics: [],
  forks: 0,
  watchers: 0,
  custom_properties: {},
};

/** The schema `repository`, as it stands in webhooks and inside other answers. */
export function serializeRepository(world: World, repo: RepoRecord): Json {
  const current = world.store.repos.get(repo.id) ?? repo;
  const url = apiUrl(world, repo);
  const html = htmlUrl(world, repo);
  const openCount = world.store.issues.where((issue) => issue.repoId === repo.id && issue.state === "open").length;
  return {
    id: repo.id,
    node_id: nodeId("R", repo.id),
    name: repo.name,
    full_name: fullName(repo),
    private: repo.private,
    owner: serializeAccount(world, getAccount(world, repo.owner)),
    html_url: html,
    url,
    ...Object.fromEntries(Object.entries(REPO_LINKS).map(([name, path]) => [name, url + path])),
    created_at: current.createdAt,
    updated_at: current.pushedAt,
    pushed_at: current.pushedAt,
    git_url: `${html.replace(/^https?/, "git")}.git`,
    ssh_url: `git@127.0.0.1:${fullName(repo)}.git`,
    clone_url: `${html}.git`,
    svn_url: html,
    ...REPO_FACTS,
    open_issues_count: openCount,
    open_issues: openCount,
    visibility: repo.private ? "private" : "public",
    default_branch: repo.defaultBranch,
  };
}

const SERVED_SETTINGS = {
  temp_clone_token: "",
  allow_squash_merge: true,
  allow_merge_commit: true,
  allow_rebase_merge: true,
  allow_auto_merge: false,
  delete_branch_on_merge: false,
  allow_update_branch: false,
  network_count: 0,
  subscribers_count: 0,
};

/** The schema `full-repository`, the answer to a question for one repository. */
export function serializeFullRepository(world: World, repo: RepoRecord): Json {
  return { ...serializeRepository(world, repo), ...SERVED_SETTINGS };
}
