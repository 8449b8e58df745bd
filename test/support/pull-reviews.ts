import { AppError } from "../../lib/kernel/errors.ts";
import type { HostedCheck, HostedCommit, HostedRemark } from "../../lib/repair/feedback-model.ts";
import type { HostedFeedback, PullReviews } from "../../lib/repair/ports.ts";
import { assertPermit } from "../../lib/runtime/outbound.ts";
import type { MemoryCommit, MemoryRepository } from "./code-host.ts";

interface MemoryThread {
  id: string;
  path: string;
  line: number;
  isResolved: boolean;
  isOutdated: boolean;
}

/** What people, bots and checks say of pull requests, and what we answer. It remembers. */
export class MemoryReviews {
  readonly remarks: (HostedRemark & { pull: number })[] = [];
  readonly threads: MemoryThread[] = [];
  readonly replies: { threadId: string; marker: string; body: string }[] = [];
  readonly comments: { number: number; marker: string; body: string }[] = [];
  readonly descriptions = new Map<number, string>();
  /** By commit. */
  readonly failedChecks = new Map<string, HostedCheck[]>();
  readonly pendingChecks = new Map<string, string[]>();
  readonly checkTexts = new Map<string, string>();
  /** Whether the host says that the head merges; null while it finds out. */
  isMergeable: boolean | null = true;
  isBehind = false;
  private count = 0;

  private say(pull: number, remark: Partial<HostedRemark> & Pick<HostedRemark, "kind">, at: Date, login: string) {
    this.count += 1;
    const isBot = login.endsWith("[bot]");
    const said: HostedRemark & { pull: number } = {
      pull,
      externalId: String(this.count),
      author: { login: login.replace(/\[bot\]$/, ""), isBot, isOurs: login === "patchpilot[bot]" },
      text: "",
      at: at.toISOString(),
      url: `https://code.example/acme/shop/pull/${pull}#${this.count}`,
      reviewId: null,
      reviewState: null,
      thread: null,
      ...remark,
    };
    this.remarks.push(said);
    return said;
  }

  comment(pull: number, login: string, text: string, at: Date) {
    return this.say(pull, { kind: "comment", text }, at, login);
  }

  /** A review with one remark on a line for each entry of `lines`. */
  review(
    pull: number,
    login: string,
    input: {
      state?: HostedRemark["reviewState"];
      text?: string;
      lines?: { path: string; line: number; text: string }[];
    },
    at: Date,
  ) {
    const { state = "COMMENTED", text = "", lines = [] } = input;
    const review = this.say(pull, { kind: "review", text, reviewState: state }, at, login);
    review.reviewId = review.externalId;
    for (const { path, line, text: words } of lines) {
      const thread = { id: `T_${this.threads.length + 1}`, path, line, isResolved: false, isOutdated: false };
      this.threads.push(thread);
      this.say(pull, { kind: "inline", text: words, reviewId: review.externalId, thread }, at, login);
    }
    return review;
  }
}

const TRAILER = /^Patchpilot-Run: (run_[0-9a-z]+)$/m;

function commitOf(commit: MemoryCommit): HostedCommit {
  const runId = TRAILER.exec(commit.message)?.[1] ?? null;
  const isOurs = runId !== null;
  return { sha: commit.sha, author: isOurs ? "patchpilot[bot]" : "ann", isOurs, isVerified: isOurs, runId };
}

/** From the head back to what is on the base, oldest first, and where that is. */
function rangeOf(repository: MemoryRepository, head: string, base: string) {
  const commits: HostedCommit[] = [];
  for (let at: string | null = head; at !== null; at = repository.getCommit(at).parent) {
    if (repository.contains(at, base)) return { commits: commits.reverse(), mergeBaseSha: at };
    commits.push(commitOf(repository.getCommit(at)));
  }
  return { commits: commits.reverse(), mergeBaseSha: base };
}

function readFeedback(repository: MemoryRepository, reviews: MemoryReviews, number: number): HostedFeedback | null {
  const pull = repository.pulls.find((one) => one.number === number);
  if (!pull) return null;
  const headSha = repository.branches.get(pull.headRef) ?? pull.headSha;
  const baseSha = repository.getHead(pull.baseRef).sha;
  return {
    pull: { ...pull, headSha },
    isMergeable: reviews.isMergeable,
    isBehind: reviews.isBehind,
    baseSha,
    ...rangeOf(repository, headSha, baseSha),
    remarks: reviews.remarks
      .filter((one) => one.pull === number)
      .map(({ pull: _pull, ...one }) => ({ ...one, thread: one.thread && { ...one.thread } })),
    failedChecks: [...(reviews.failedChecks.get(headSha) ?? [])],
    pendingChecks: [...(reviews.pendingChecks.get(headSha) ?? [])],
  };
}

type MergeInput = Parameters<PullReviews["ensureMergeCommit"]>[1];

function ensureMergeCommit(repository: MemoryRepository, input: MergeInput) {
  const head = repository.getHead(input.branch);
  const answer = (sha: string) => ({ sha, url: `https://code.example/acme/shop/commit/${sha}`, isVerified: true });
  if (head.message.split("\n").includes(input.trailer)) return answer(head.sha);
  if (head.sha !== input.headSha)
    throw new AppError("branch_moved", `${input.branch} is at ${head.sha}`, { retry: "never" });
  const files = new Map(repository.getCommit(input.baseSha).files);
  for (const path of input.deletions) files.delete(path);
  for (const { path, content } of input.additions) files.set(path, content);
  const message = `${input.headline}\n\n${input.body}\n\n${input.trailer}`;
  const commit = repository.addCommit(head.sha, message, files);
  repository.branches.set(input.branch, commit.sha);
  return answer(commit.sha);
}

export function createMemoryPullReviews(repository: MemoryRepository, reviews: MemoryReviews): PullReviews {
  return {
    readFeedback: async (number) => readFeedback(repository, reviews, number),
    readDiff: async ({ from, to }) => `diff of ${from} and ${to}`,
    readCheck: async ({ externalId }) => reviews.checkTexts.get(externalId) ?? "",
    async ensureReply(permit, { threadId, marker, body }) {
      assertPermit(permit, "github.review");
      const found = reviews.replies.some((one) => one.marker === marker);
      if (!found) reviews.replies.push({ threadId, marker, body });
      return { url: "https://code.example/reply" };
    },
    async ensureComment(permit, { number, marker, body }) {
      assertPermit(permit, "github.comment");
      const found = reviews.comments.find((one) => one.marker === marker);
      if (found) found.body = body;
      else reviews.comments.push({ number, marker, body });
      return { url: "https://code.example/comment" };
    },
    async ensureThreadResolved(permit, { threadId }) {
      assertPermit(permit, "github.review");
      const thread = reviews.threads.find((one) => one.id === threadId);
      if (thread) thread.isResolved = true;
    },
    async ensureBranchUpdated(permit, { number, headSha }) {
      assertPermit(permit, "github.branch");
      const pull = repository.getPull(number);
      const head = repository.getHead(pull.headRef);
      if (head.sha !== headSha) return false;
      const base = repository.getHead(pull.baseRef);
      const files = new Map([...base.files, ...head.files]);
      repository.branches.set(pull.headRef, repository.addCommit(head.sha, `Merge ${pull.baseRef}`, files).sha);
      reviews.isBehind = false;
      return true;
    },
    async ensureDescription(permit, { number, body }) {
      assertPermit(permit, "github.pull-request");
      reviews.descriptions.set(number, body);
    },
    async ensureMergeCommit(permit, input) {
      assertPermit(permit, "github.commit");
      return ensureMergeCommit(repository, input);
    },
  };
}
