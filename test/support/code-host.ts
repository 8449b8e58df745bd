import { createHash } from "node:crypto";
import type { CodeHistory, CodeView, OpenIssue, RecentCommit, RepositoryReader } from "../../lib/investigate/ports.ts";
import { AppError } from "../../lib/kernel/errors.ts";
import type { CommitGraph } from "../../lib/recovery/ports.ts";
import type { CodeHost, HostedPullRequest } from "../../lib/repair/ports.ts";
import { assertPermit } from "../../lib/runtime/outbound.ts";

export interface MemoryCommit {
  sha: string;
  parent: string | null;
  message: string;
  files: Map<string, string>;
}

export interface MemoryPull extends HostedPullRequest {
  title: string;
  body: string;
  labels: string[];
  comments: string[];
}

export type Permission = Awaited<ReturnType<CodeHost["getPermission"]>>;

const URL_ROOT = "https://code.example/acme/shop";
const COMMITTED_AT = "2026-02-28T10:00:00Z";
const refused = (message: string) => new AppError("provider_unprocessable", message, { retry: "never" });
const shaOf = (text: string) => createHash("sha1").update(text).digest("hex");

/** A repository that people and our ports share. It remembers, and refuses what GitHub refuses. */
export class MemoryRepository {
  readonly name = "acme/shop";
  readonly commits = new Map<string, MemoryCommit>();
  readonly branches = new Map<string, string>();
  readonly pulls: MemoryPull[] = [];
  readonly checkRuns: (Pick<CheckInput, "name" | "sha" | "conclusion" | "title" | "externalId"> & {
    annotations: NonNullable<CheckInput["annotations"]>;
  })[] = [];
  readonly dispatches: Record<string, unknown>[] = [];
  readonly permissions = new Map<string, Permission>();
  /** What is open in the repository beside our own. */
  readonly openIssues: OpenIssue[] = [];
  private count = 0;

  constructor(files: Record<string, string>) {
    this.branches.set("main", this.addCommit(null, "first commit", new Map(Object.entries(files))).sha);
  }

  addCommit(parent: string | null, message: string, files: Map<string, string>): MemoryCommit {
    this.count += 1;
    const commit = { sha: shaOf(`${this.count} ${parent} ${message}`), parent, message, files };
    this.commits.set(commit.sha, commit);
    return commit;
  }

  getCommit(sha: string): MemoryCommit {
    const commit = this.commits.get(sha);
    if (!commit) throw refused(`there is no commit ${sha}`);
    return commit;
  }

  getHead(branch: string): MemoryCommit {
    return this.getCommit(this.branches.get(branch) ?? `of a branch ${branch}`);
  }

  getPull(number: number): MemoryPull {
    const pull = this.pulls.find((one) => one.number === number);
    if (!pull) throw refused(`there is no pull request ${number}`);
    return pull;
  }

  /** A person pushes a commit. */
  push(branch: string, files: Record<string, string>, message = "a person's change"): string {
    const head = this.getHead(branch);
    const { sha } = this.addCommit(head.sha, message, new Map([...head.files, ...Object.entries(files)]));
    this.branches.set(branch, sha);
    return sha;
  }

  /** A person merges a pull request; answers the merge commit. */
  merge(number: number, mergedAt: Date): string {
    const pull = this.getPull(number);
    const head = this.getHead(pull.headRef);
    const { sha } = this.addCommit(head.sha, `Merge #${number}`, head.files);
    this.branches.set(pull.baseRef, sha);
    Object.assign(pull, { state: "closed", isMerged: true, mergedAt: mergedAt.toISOString(), mergeSha: sha });
    return sha;
  }

  contains(ancestor: string, descendant: string): boolean | null {
    if (!this.commits.has(ancestor) || !this.commits.has(descendant)) return null;
    for (let at: string | null = descendant; at !== null; at = this.commits.get(at)?.parent ?? null) {
      if (at === ancestor) return true;
    }
    return false;
  }

  findCommit(ref: string): string | null {
    return this.branches.get(ref) ?? [...this.commits.keys()].find((sha) => sha.startsWith(ref)) ?? null;
  }
}

type CommitInput = Parameters<CodeHost["ensureCommit"]>[1];
type CheckInput = Parameters<CodeHost["ensureCheckRun"]>[1];

function ensureCommit(repository: MemoryRepository, input: CommitInput) {
  const answer = (commit: MemoryCommit) => ({
    sha: commit.sha,
    url: `${URL_ROOT}/commit/${commit.sha}`,
    isVerified: true,
  });
  const head = repository.getHead(input.branch);
  if (head.message.split("\n").includes(input.trailer)) return answer(head);
  if (head.sha !== input.parentSha) {
    const message = `${input.branch} is at ${head.sha}, not at ${input.parentSha}`;
    throw new AppError("branch_moved", message, { retry: "never" });
  }
  const files = new Map(head.files);
  for (const path of input.deletions) files.delete(path);
  for (const { path, content } of input.additions) files.set(path, content);
  const commit = repository.addCommit(head.sha, `${input.headline}\n\n${input.body}\n\n${input.trailer}`, files);
  repository.branches.set(input.branch, commit.sha);
  return answer(commit);
}

function ensurePullRequest(repository: MemoryRepository, input: Parameters<CodeHost["ensurePullRequest"]>[1]) {
  const head = repository.getHead(input.branch).sha;
  const found = repository.pulls.find((pull) => pull.headRef === input.branch && pull.state === "open");
  if (found) return { number: found.number, url: found.url, isDraft: found.isDraft };
  if (head === repository.branches.get(input.base)) throw refused(`no commits between ${input.base} and it`);
  if (input.title.length > 256 || input.body.length > 65_536) throw refused("title or body is too long");
  const number = 101 + repository.pulls.length;
  const url = `${URL_ROOT}/pull/${number}`;
  const hosted = { state: "open", isDraft: true, isMerged: false, mergedAt: null, mergeSha: null } as const;
  const { title, body } = input;
  repository.pulls.push({
    ...hosted,
    number,
    url,
    headSha: head,
    headRef: input.branch,
    baseRef: input.base,
    title,
    body,
    labels: [],
    comments: [],
  });
  return { number, url, isDraft: true };
}

function ensureCheckRun(repository: MemoryRepository, input: Parameters<CodeHost["ensureCheckRun"]>[1]) {
  repository.getCommit(input.sha);
  const { name, sha, conclusion, title, externalId, annotations = [] } = input;
  const found = repository.checkRuns.find((run) => run.sha === sha && run.externalId === externalId);
  if (found) Object.assign(found, { conclusion, title });
  else repository.checkRuns.push({ name, sha, conclusion, title, externalId, annotations });
  return { url: `${URL_ROOT}/runs/1` };
}

export function createMemoryCodeHost(repository: MemoryRepository): CodeHost {
  return {
    repository: repository.name,
    defaultBranch: async () => "main",
    findBranchHead: async (branch) => repository.branches.get(branch) ?? null,
    findCommit: async (ref) => repository.findCommit(ref),
    async readFiles(paths, sha) {
      const { files } = repository.getCommit(sha);
      return new Map(paths.map((path) => [path, files.get(path) ?? null]));
    },
    listRecentMessages: async (sha, limit) =>
      lineage(repository, sha)
        .slice(0, limit)
        .map((commit) => commit.message),
    getReadOnlyClone: async () => ({ url: `${URL_ROOT}.git`, readToken: null }),
    async findPullRequestOfBranch(branch) {
      return repository.pulls.findLast((pull) => pull.headRef === branch) ?? null;
    },
    isVerifiedCommit: async (sha) => repository.commits.has(sha),
    async findPullRequest(number) {
      const pull = repository.pulls.find((one) => one.number === number);
      return pull ? { ...pull, headSha: repository.branches.get(pull.headRef) ?? pull.headSha } : null;
    },
    getPermission: async (login) => repository.permissions.get(login) ?? "none",
    async ensureBranch(permit, { branch, sha }) {
      assertPermit(permit, "github.branch");
      repository.getCommit(sha);
      const head = repository.branches.get(branch) ?? sha;
      repository.branches.set(branch, head);
      return { headSha: head };
    },
    async ensureCommit(permit, input) {
      assertPermit(permit, "github.commit");
      return ensureCommit(repository, input);
    },
    async ensurePullRequest(permit, input) {
      assertPermit(permit, "github.pull-request");
      return ensurePullRequest(repository, input);
    },
    async ensureLabels(permit, { number, labels }) {
      assertPermit(permit, "github.label");
      const pull = repository.getPull(number);
      pull.labels = [...new Set([...pull.labels, ...labels])];
    },
    async ensurePullRequestClosed(permit, { number, comment }) {
      assertPermit(permit, "github.pull-request");
      const pull = repository.getPull(number);
      if (pull.state === "closed") return;
      pull.comments = [...new Set([...pull.comments, comment])];
      pull.state = "closed";
    },
    async ensureCheckRun(permit, input) {
      assertPermit(permit, "github.check-run");
      return ensureCheckRun(repository, input);
    },
    async dispatchRepair(permit, { payload }) {
      assertPermit(permit, "github.dispatch");
      repository.dispatches.push(payload);
    },
  };
}

export function createMemoryCommitGraph(repository: MemoryRepository): CommitGraph {
  return { containsCommit: async ({ ancestor, descendant }) => repository.contains(ancestor, descendant) };
}

export function createMemoryReader(repository: MemoryRepository): RepositoryReader {
  return {
    defaultBranch: async () => "main",
    findCommit: async (ref) => repository.findCommit(ref),
    listFiles: async (sha) => ({ paths: [...repository.getCommit(sha).files.keys()], truncated: false }),
    async listRecentCommits(sha, limit) {
      const found: RecentCommit[] = [];
      for (let at: string | null = sha; at !== null && found.length < limit; ) {
        const commit = repository.getCommit(at);
        const files = [...commit.files.keys()];
        found.push({ sha: at, date: COMMITTED_AT, author: "ann", message: commit.message, files });
        at = commit.parent;
      }
      return found;
    },
  };
}

/** The commits from `sha` back to the first one. */
function lineage(repository: MemoryRepository, sha: string): MemoryCommit[] {
  const found: MemoryCommit[] = [];
  for (let at: string | null = sha; at !== null; ) {
    const commit: MemoryCommit = repository.getCommit(at);
    found.push(commit);
    at = commit.parent;
  }
  return found;
}

/** The oldest commit since which this line stands in this file. */
function blame(repository: MemoryRepository, sha: string, path: string, line: number): MemoryCommit | null {
  const textOf = (commit: MemoryCommit | undefined) => commit?.files.get(path)?.split("\n");
  const [head, ...earlier] = lineage(repository, sha);
  const text = textOf(head)?.[line - 1];
  if (!head || text === undefined) return null;
  return earlier.reduce(
    (last, commit) => (textOf(commit)?.includes(text) && last.parent === commit.sha ? commit : last),
    head,
  );
}

export function createMemoryHistory(repository: MemoryRepository): CodeHistory {
  return {
    webUrl: async () => URL_ROOT,
    async readTexts(paths, ref) {
      const files = repository.getCommit(repository.findCommit(ref) ?? ref).files;
      return new Map(paths.map((path) => [path, files.get(path) ?? null]));
    },
    async blameLines(sha, places) {
      return places.flatMap(({ path, line }) => {
        const commit = blame(repository, sha, path, line);
        if (commit === null) return [];
        return [{ path, line, sha: commit.sha, date: COMMITTED_AT, author: "ann", message: commit.message }];
      });
    },
    async listCommitsBetween(base, head) {
      if (!repository.contains(base, head)) return null;
      const all = lineage(repository, head).map((commit) => commit.sha);
      const shas = all.slice(0, all.indexOf(base));
      return { shas, total: shas.length };
    },
    async findPullRequestOf(sha) {
      const pull = repository.pulls.find((one) => one.mergeSha === sha);
      return pull ? { number: pull.number, title: pull.title, url: pull.url } : null;
    },
    searchOpen: async (words, limit) =>
      repository.openIssues.filter((one) => one.title.includes(words)).slice(0, limit),
  };
}

/** Searches the default branch, as GitHub does. */
export function createMemoryCodeView(repository: MemoryRepository): CodeView {
  return {
    async findFiles(words, limit) {
      const files = [...repository.getHead("main").files];
      return files.flatMap(([path, text]) => (text.includes(words) ? [path] : [])).slice(0, limit);
    },
    async listCommitsOf(sha, path, limit) {
      const commits = await createMemoryReader(repository).listRecentCommits(sha, limit);
      return commits.filter((commit) => path === null || commit.files.includes(path));
    },
  };
}
