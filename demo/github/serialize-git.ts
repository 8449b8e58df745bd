import type { GitCommit, GitPerson } from "./git.ts";
import type { DiffFile } from "./git-diff.ts";
import { nodeId } from "./node-ids.ts";
import type { AccountRecord, RepoRecord } from "./records.ts";
import { apiUrl, htmlUrl, type Json, serializeAccount } from "./serialize-repository.ts";
import { findAccount, inRepo, type World } from "./world.ts";

/** The account that a commit's e-mail address belongs to, as GitHub attributes commits. */
export function accountOfEmail(world: World, email: string): AccountRecord | null {
  const [, login = ""] = /^(?:\d+\+)?(.+)@users\.noreply\.github\.com$/.exec(email) ?? [];
  return login === "" ? null : findAccount(world, login);
}

/** The address that commits made in the web interface or by API carry. */
export function emailOf(account: AccountRecord): string {
  return `${account.id}+${account.login}@users.noreply.github.com`;
}

export function personOf(account: AccountRecord, date: string): GitPerson {
  return { name: account.login, email: emailOf(account), date };
}

/** Who GitHub names as committer of what it commits itself. */
export const webFlow = (date: string): GitPerson => ({ name: "GitHub", email: "noreply@github.com", date });

/** Whether GitHub signed the commit itself; the world signs nothing for real and says so in the payload. */
export function verificationOf(world: World, repo: RepoRecord, commit: GitCommit): Json {
  const signed = world.store.signedCommits.get(inRepo(repo, commit.sha));
  if (!signed) return { verified: false, reason: "unsigned", signature: null, payload: null, verified_at: null };
  return {
    verified: true,
    reason: "valid",
    signature:
      "-----BEGIN PGP SIGNATURE-----\n\ndemo world: recorded as signed by GitHub\n-----END PGP SIGNATURE-----\n",
    payload: `tree ${commit.tree}\n${commit.parents.map((parent) => `parent ${parent}\n`).join("")}\n${commit.message}`,
    verified_at: signed.signedAt,
  };
}

/** The schema `git-commit`. */
export function serializeGitCommit(world: World, repo: RepoRecord, commit: GitCommit): Json {
  const url = `${apiUrl(world, repo)}/git`;
  return {
    sha: commit.sha,
    node_id: nodeId("C", inRepo(repo, commit.sha)),
    url: `${url}/commits/${commit.sha}`,
    html_url: `${htmlUrl(world, repo)}/commit/${commit.sha}`,
    author: commit.author,
    committer: commit.committer,
    tree: { sha: commit.tree, url: `${url}/trees/${commit.tree}` },
    message: commit.message,
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${url}/commits/${sha}`,
      html_url: `${htmlUrl(world, repo)}/commit/${sha}`,
    })),
    verification: verificationOf(world, repo, commit),
  };
}

/** The schema `commit` without stats and files. */
export function serializeCommit(world: World, repo: RepoRecord, commit: GitCommit): Json {
  const url = `${apiUrl(world, repo)}/commits/${commit.sha}`;
  const html = htmlUrl(world, repo);
  const author = accountOfEmail(world, commit.author.email);
  const committer = accountOfEmail(world, commit.committer.email);
  return {
    sha: commit.sha,
    node_id: nodeId("C", inRepo(repo, commit.sha)),
    commit: {
      author: commit.author,
      committer: commit.committer,
      message: commit.message,
      tree: { sha: commit.tree, url: `${apiUrl(world, repo)}/git/trees/${commit.tree}` },
      url: `${apiUrl(world, repo)}/git/commits/${commit.sha}`,
      comment_count: 0,
      verification: verificationOf(world, repo, commit),
    },
    url,
    html_url: `${html}/commit/${commit.sha}`,
    comments_url: `${url}/comments`,
    author: author ? serializeAccount(world, author) : null,
    committer: committer ? serializeAccount(world, committer) : null,
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${apiUrl(world, repo)}/commits/${sha}`,
      html_url: `${html}/commit/${sha}`,
    })),
  };
}

/** The schema `diff-entry`. `ref` is the commit whose files are linked. */
export function serializeFile(world: World, repo: RepoRecord, file: DiffFile, ref: string): Json {
  const path = file.filename.split("/").map(encodeURIComponent).join("/");
  return {
    sha: file.sha,
    filename: file.filename,
    status: file.status,
    additions: file.additions,
    deletions: file.deletions,
    changes: file.additions + file.deletions,
    blob_url: `${htmlUrl(world, repo)}/blob/${ref}/${path}`,
    raw_url: `${htmlUrl(world, repo)}/raw/${ref}/${path}`,
    contents_url: `${apiUrl(world, repo)}/contents/${path}?ref=${ref}`,
    ...(file.patch === null ? {} : { patch: file.patch }),
    ...(file.previousFilename === null ? {} : { previous_filename: file.previousFilename }),
  };
}

/** A commit as push webhooks carry it. */
export function serializePushCommit(world: World, repo: RepoRecord, commit: GitCommit, files: DiffFile[]): Json {
  const named = (person: GitPerson) => {
    const account = accountOfEmail(world, person.email);
    return { name: person.name, email: person.email, ...(account ? { username: account.login } : {}) };
  };
  const byStatus = (...statuses: string[]) =>
    files.filter((file) => statuses.includes(file.status)).map((file) => file.filename);
  return {
    id: commit.sha,
    tree_id: commit.tree,
    distinct: true,
    message: commit.message,
    timestamp: commit.committer.date,
    url: `${htmlUrl(world, repo)}/commit/${commit.sha}`,
    author: named(commit.author),
    committer: named(commit.committer),
    added: byStatus("added", "renamed"),
    removed: [...byStatus("removed"), ...files.flatMap((file) => file.previousFilename ?? [])],
    modified: byStatus("modified", "changed"),
  };
}
