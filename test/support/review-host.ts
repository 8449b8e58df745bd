import { createHash } from "node:crypto";
import { placeInPatch } from "../../demo/github/git-diff.ts";
import { AppError } from "../../lib/kernel/errors.ts";
import type { ChangedFile, Place } from "../../lib/review/model.ts";
import type {
  HeadCheck,
  HostedPerson,
  Remark,
  ReviewedPull,
  ReviewHost,
  ReviewThread,
} from "../../lib/review/ports.ts";
import { assertPermit } from "../../lib/runtime/outbound.ts";

type Input<M extends keyof ReviewHost> = ReviewHost[M] extends (permit: infer _P, input: infer I) => unknown
  ? I
  : never;
type Files = Record<string, string>;
type Permission = Awaited<ReturnType<ReviewHost["getPermission"]>>;

const URL_ROOT = "https://code.example/acme/shop";
/** Of every body, as GitHub has it. */
const MAX_BODY = 65_536;
const SAID_AT = "2026-03-01T12:00:00Z";
const CONTEXT_LINES = 3;

export const OURS: HostedPerson = { login: "patchpilot", isBot: true, isOurs: true };
export const person = (login: string): HostedPerson => ({ login, isBot: false, isOurs: false });

const refused = (message: string) => new AppError("provider_unprocessable", message, { retry: "never" });

/** One hunk, as git writes it, for what differs between two texts. */
function patchOf(before: string, after: string): string {
  const split = (text: string) => (text === "" ? [] : text.replace(/\n$/, "").split("\n"));
  const [old, fresh] = [split(before), split(after)];
  let from = 0;
  while (from < old.length && from < fresh.length && old[from] === fresh[from]) from += 1;
  let end = 0;
  while (end < old.length - from && end < fresh.length - from && old.at(-1 - end) === fresh.at(-1 - end)) end += 1;
  const start = Math.max(0, from - CONTEXT_LINES);
  const after_ = Math.min(end, CONTEXT_LINES);
  const lines = [
    ...old.slice(start, from).map((line) => ` ${line}`),
    ...old.slice(from, old.length - end).map((line) => `-${line}`),
    ...fresh.slice(from, fresh.length - end).map((line) => `+${line}`),
    ...old.slice(old.length - end, old.length - end + after_).map((line) => ` ${line}`),
  ];
  const range = (count: number) => `${count === 0 ? 0 : start + 1},${count}`;
  const header = `@@ -${range(old.length - end - start + after_)} +${range(fresh.length - end - start + after_)} @@`;
  return [header, ...lines].join("\n");
}

function changeOf(path: string, before: string | undefined, after: string | undefined): ChangedFile[] {
  if (before === after) return [];
  const patch = patchOf(before ?? "", after ?? "");
  const lines = patch.split("\n").slice(1);
  const status = before === undefined ? "added" : after === undefined ? "removed" : "modified";
  return [
    {
      ...{ path, previousPath: null, status, patch },
      addedLines: lines.filter((line) => line.startsWith("+")).length,
      deletedLines: lines.filter((line) => line.startsWith("-")).length,
    },
  ];
}

interface MemoryPull extends Omit<ReviewedPull, "changedFiles" | "addedLines" | "deletedLines"> {
  base: Files;
  /** Every head that it had, with its files; the last one is its head now. */
  heads: { sha: string; files: Files }[];
}

/** Pull requests that people open, and what our App says of them. It remembers, and refuses what GitHub refuses. */
export class MemoryReviewed {
  readonly pulls: MemoryPull[] = [];
  readonly checks = new Map<string, HeadCheck[]>();
  readonly checkTexts = new Map<string, string>();
  readonly remarks = new Map<number, Remark[]>();
  readonly permissions = new Map<string, Permission>();
  /** Paths whose text nobody can read: too large, or none. */
  readonly unreadable = new Set<string>();
  readonly issues: { number: number; title: string; body: string; state: "open" | "closed" }[] = [];
  readonly reviews: Input<"ensureReview">[] = [];
  readonly summaries: Input<"ensureSummary">[] = [];
  readonly checkRuns: Input<"ensureCheckRun">[] = [];
  readonly answers: Input<"ensureIssueComment">[] = [];
  readonly threads: (ReviewThread & { pull: number; marker: string | null; replyMarkers: string[] })[] = [];
  private count = 0;

  open(input: { base: Files; files: Files } & Partial<MemoryPull>): MemoryPull {
    const number = input.number ?? this.pulls.length + 1;
    const { files, ...rest } = input;
    const pull: MemoryPull = {
      ...{ number, url: `${URL_ROOT}/pull/${number}`, title: "Carts without a coupon", body: "", state: "open" },
      ...{ isDraft: false, author: person("ann"), isFromFork: false, headSha: "", headRef: "feature/x" },
      ...{ baseSha: "b".repeat(40), baseRef: "main", labels: [], createdAt: SAID_AT, heads: [] },
      ...rest,
    };
    this.pulls.push(pull);
    this.push(number, files);
    return pull;
  }

  get(number: number): MemoryPull {
    const pull = this.pulls.find((one) => one.number === number);
    if (!pull) throw refused(`there is no pull request ${number}`);
    return pull;
  }

  /** A further commit, with these files changed; answers its id. */
  push(number: number, files: Files): string {
    const pull = this.get(number);
    this.count += 1;
    const sha = createHash("sha1").update(`${this.count} ${number}`).digest("hex");
    pull.heads.push({ sha, files: { ...(pull.heads.at(-1)?.files ?? pull.base), ...files } });
    pull.headSha = sha;
    return sha;
  }

  say(threadId: string, login: string, text: string): void {
    const thread = this.threads.find((one) => one.id === threadId);
    if (!thread) throw refused(`there is no thread ${threadId}`);
    this.count += 1;
    const author = login.endsWith("[bot]") ? { login, isBot: true, isOurs: false } : person(login);
    thread.comments.push({ id: String(this.count), author, text, at: SAID_AT, url: `${URL_ROOT}#${this.count}` });
  }

  changesOf(pull: MemoryPull, sha = pull.headSha): ChangedFile[] {
    const head = pull.heads.find((one) => one.sha === sha)?.files ?? {};
    const paths = [...new Set([...Object.keys(pull.base), ...Object.keys(head)])].sort();
    return paths.flatMap((path) => changeOf(path, pull.base[path], head[path]));
  }

  thread(number: number, place: Place, marker: string, body: string): void {
    this.count += 1;
    const first = { id: String(this.count), author: OURS, text: body, at: SAID_AT, url: `${URL_ROOT}#${this.count}` };
    const where = { path: place.path, line: place.line };
    const state = { isResolved: false, isOutdated: false, resolvedBy: null };
    this.threads.push({
      ...{ id: `T_${this.count}`, pull: number, marker, replyMarkers: [], ...where, ...state },
      comments: [first],
    });
  }
}

function assertBody(body: string): void {
  if (body.length > MAX_BODY) throw refused("body is too long (maximum is 65536 characters)");
}

function assertPlace(changes: readonly ChangedFile[], { path, side, startLine, line }: Place): void {
  const patch = changes.find((file) => file.path === path)?.patch ?? "";
  const end = placeInPatch(patch, line, side);
  const start = startLine === null ? null : placeInPatch(patch, startLine, side);
  if (end === null || (startLine !== null && start === null))
    throw refused(`Line could not be resolved: ${path}:${line}`);
  if (start !== null && (start.hunkIndex !== end.hunkIndex || start.position >= end.position))
    throw refused(`start_line must precede the end line: ${path}:${startLine}`);
}

/** Makes what is not there by its marker, and answers its address. */
function once<T extends { marker: string; body: string }>(
  made: T[],
  input: T,
  isSame: (one: T) => boolean,
): { url: string } {
  assertBody(input.body);
  if (!made.some(isSame)) made.push(input);
  return { url: `${URL_ROOT}#${input.marker}` };
}

export function createMemoryReviewHost(world: MemoryReviewed): ReviewHost {
  /** The files of a head, or of what a pull request is based on. */
  const findFiles = (sha: string) =>
    world.pulls.flatMap((pull) => pull.heads).find((head) => head.sha === sha)?.files ??
    world.pulls.find((pull) => pull.baseSha === sha)?.base;
  return {
    repository: "acme/shop",
    defaultBranch: async () => "main",
    async findPull(number) {
      const pull = world.pulls.find((one) => one.number === number);
      if (!pull) return null;
      const { base: _base, heads: _heads, ...shown } = pull;
      const changes = world.changesOf(pull);
      const sum = (key: "addedLines" | "deletedLines") => changes.reduce((total, file) => total + file[key], 0);
      return {
        ...shown,
        changedFiles: changes.length,
        addedLines: sum("addedLines"),
        deletedLines: sum("deletedLines"),
      };
    },
    listOpenPulls: async (limit) =>
      world.pulls
        .filter((pull) => pull.state === "open")
        .slice(0, limit)
        .map(({ number, headSha }) => ({ number, headSha, updatedAt: SAID_AT })),
    findPullOfHead: async (sha) =>
      world.pulls.find((pull) => pull.headSha === sha && pull.state === "open")?.number ?? null,
    listChangedFiles: async (number) => ({ files: world.changesOf(world.get(number)), isComplete: true }),
    readTexts: async (paths, sha) =>
      new Map(paths.map((path) => [path, world.unreadable.has(path) ? null : (findFiles(sha)?.[path] ?? null)])),
    listChecks: async (sha) => structuredClone(world.checks.get(sha) ?? []),
    readCheck: async ({ externalId, limit }) => (world.checkTexts.get(externalId) ?? "").slice(0, limit),
    listOurThreads: async (number) =>
      structuredClone(world.threads.filter((one) => one.pull === number)).map(
        ({ pull: _pull, replyMarkers: _markers, ...thread }) => thread,
      ),
    listRemarks: async (number) => [...(world.remarks.get(number) ?? [])],
    findIssue: async (number) => world.issues.find((issue) => issue.number === number) ?? null,
    searchIssues: async (_words, limit) =>
      world.issues.slice(0, limit).map(({ number, title, state }) => ({
        ...{ kind: "issue" as const, number, title, state, url: `${URL_ROOT}/issues/${number}` },
      })),
    getPermission: async (login) => world.permissions.get(login) ?? "none",
    async ensureReview(permit, input) {
      assertPermit(permit, "github.review");
      assertBody(input.body);
      const pull = world.get(input.number);
      const url = `${URL_ROOT}/pull/${input.number}#${input.marker}`;
      if (world.reviews.some((one) => one.number === input.number && one.marker === input.marker)) return { url };
      if (!pull.heads.some((head) => head.sha === input.headSha))
        throw refused(`commit_id is not part of the pull request`);
      const changes = world.changesOf(pull, input.headSha);
      for (const { place, body } of input.comments) {
        assertBody(body);
        assertPlace(changes, place);
      }
      if (input.body.trim() === "" && input.comments.length === 0) throw refused("Body cannot be blank");
      world.reviews.push(structuredClone(input));
      for (const { place, marker, body } of input.comments) world.thread(input.number, place, marker, body);
      return { url };
    },
    async ensureSummary(permit, input) {
      assertPermit(permit, "github.comment");
      assertBody(input.body);
      const found = world.summaries.find((one) => one.number === input.number && one.marker === input.marker);
      if (found) found.body = input.body;
      else world.summaries.push({ ...input });
      return { url: `${URL_ROOT}/pull/${input.number}#${input.marker}` };
    },
    async ensureReply(permit, { threadId, marker, body }) {
      assertPermit(permit, "github.review");
      assertBody(body);
      const thread = world.threads.find((one) => one.id === threadId);
      if (!thread) throw refused(`there is no thread ${threadId}`);
      if (!thread.replyMarkers.includes(marker)) {
        thread.replyMarkers.push(marker);
        const id = `${thread.comments.length}-${marker}`;
        thread.comments.push({ id, author: OURS, text: body, at: SAID_AT, url: `${URL_ROOT}#${marker}` });
      }
      return { url: `${URL_ROOT}#${marker}` };
    },
    async ensureThreadResolved(permit, { threadId }) {
      assertPermit(permit, "github.review");
      const thread = world.threads.find((one) => one.id === threadId);
      if (thread) Object.assign(thread, { isResolved: true, resolvedBy: thread.resolvedBy ?? OURS.login });
    },
    async ensureCheckRun(permit, input) {
      assertPermit(permit, "github.check-run");
      const found = world.checkRuns.find((one) => one.sha === input.sha);
      if (found) Object.assign(found, input);
      else world.checkRuns.push({ ...input });
      return { url: `${URL_ROOT}/runs/${input.externalId}` };
    },
    async ensureIssueComment(permit, input) {
      assertPermit(permit, "github.comment");
      const isSame = (one: Input<"ensureIssueComment">) => one.number === input.number && one.marker === input.marker;
      return once(world.answers, { ...input }, isSame);
    },
  };
}
