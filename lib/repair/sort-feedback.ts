import { redact } from "../kernel/redact.ts";
import { boundedText, proseText, visibleText } from "../kernel/untrusted-text.ts";
import type { Context } from "../runtime/context.ts";
import { decideFeedback, type FeedbackDecision } from "./decide-feedback.ts";
import type { FeedbackPolicy, FeedbackVerdict, HostedCheck, HostedRemark, Permission } from "./feedback-model.ts";
import type { FeedbackRow, NewFeedback } from "./feedback-store.ts";
import { hashToken } from "./hash-token.ts";
import type { CodeHost, HostedFeedback, PullReviews } from "./ports.ts";

export interface SortOutside {
  codeHost: Pick<CodeHost, "getPermission">;
  reviews: Pick<PullReviews, "readCheck">;
}

export interface SortInput {
  incident: { id: string; projectId: string };
  feedback: HostedFeedback;
  known: readonly FeedbackRow[];
  /** Runs whose work has not been reported yet. */
  underWay: readonly string[];
  botRounds: number;
  ownLogin: string | null;
  policy: FeedbackPolicy;
}

export interface SortedFeedback {
  fresh: NewFeedback[];
  /** Known items that wait, and that people have seen to since. */
  settled: string[];
}

const MOST_TEXT = 4_000;
const MOST_CHECK_TEXT = 6_000;
const ID_HEX = 26;

type Candidate = Omit<NewFeedback, "id" | "verdict" | "reason" | "state" | "permission" | "createdAt" | "updatedAt">;

/** One id for what was said, however often it is read; another wording or another state of it is another item. */
async function itemId(candidate: Candidate, version: string): Promise<string> {
  const { projectId, pullNumber, kind, externalId } = candidate;
  const hash = await hashToken([projectId, pullNumber, kind, externalId, version].join("\n"));
  return `fbk_${hash.slice(0, ID_HEX)}`;
}

/** A reply of its own makes an empty review on GitHub, and an approval needs no words. */
const saysSomething = (remark: HostedRemark) =>
  !remark.author.isOurs && (remark.kind !== "review" || remark.reviewState === "APPROVED" || remark.text.trim() !== "");

function fromRemark({ incident, feedback }: SortInput, remark: HostedRemark): Candidate {
  return {
    projectId: incident.projectId,
    incidentId: incident.id,
    pullNumber: feedback.pull.number,
    kind: remark.kind,
    externalId: remark.externalId,
    author: remark.author.login,
    authorKind: remark.author.isBot ? "bot" : "person",
    text: boundedText(redact(proseText(remark.text)).text.trim(), MOST_TEXT),
    url: remark.url,
    reviewId: remark.reviewId,
    threadId: remark.thread?.id ?? null,
    path: remark.thread?.path ?? null,
    line: remark.thread?.line ?? null,
    saidAt: new Date(remark.at),
  };
}

function fromHost(
  { incident, feedback }: SortInput,
  now: Date,
  item: Pick<Candidate, "kind" | "externalId" | "author" | "text"> & { url: string | null },
): Candidate {
  const { number } = feedback.pull;
  return {
    ...{ projectId: incident.projectId, incidentId: incident.id, pullNumber: number, authorKind: "host", saidAt: now },
    ...item,
  };
}

const STATE_OF: Partial<Record<FeedbackVerdict, NewFeedback["state"]>> = { actionable: "open", body_only: "open" };

/** An item as it is read now: known or new. */
interface Sorted extends FeedbackDecision {
  id: string;
  candidate: Candidate;
  permission: Permission;
}

/**
 * Makes items of everything that was said and is not known yet, and finds which waiting ones have gone. Each author's
 * permission is asked for once, each failed check's own words only when it is new.
 */
export async function sortFeedback(ctx: Context, outside: SortOutside, input: SortInput): Promise<SortedFeedback> {
  const now = ctx.clock.now();
  const known = new Map(input.known.map((row) => [row.id, row]));
  const items = [...(await sortRemarks(outside, input, known)), ...(await sortHostItems(outside, input, known, now))];
  const isGone = ({ verdict }: Sorted) => verdict === "withdrawn" || verdict === "outdated";
  const standing = new Set(items.filter((item) => !isGone(item)).map((item) => item.id));
  const approvals = input.feedback.remarks.filter((one) => one.reviewState === "APPROVED");
  const isApproved = (row: { author: string; saidAt: Date; reviewId?: string | null | undefined }) =>
    approvals.some(
      (one) =>
        one.author.login === row.author &&
        one.externalId !== row.reviewId &&
        Date.parse(one.at) >= row.saidAt.getTime(),
    );
  const fresh = items.filter((item) => !known.has(item.id)).map((item) => rowOf(item, now));
  const waiting = input.known.filter(
    (row) => row.state === "open" || (row.state === "working" && input.underWay.includes(row.runId ?? "")),
  );
  return {
    fresh: fresh.map((row) => (row.state === "open" && isApproved(row) ? { ...row, state: "settled" } : row)),
    settled: waiting.filter((row) => !standing.has(row.id) || isApproved(row)).map((row) => row.id),
  };
}

function rowOf({ id, candidate, permission, verdict, reason }: Sorted, now: Date): NewFeedback {
  // A question in a thread is answered there.
  const isAnswered = verdict === "question" && Boolean(candidate.threadId);
  const state = STATE_OF[verdict] ?? (isAnswered ? "not_done" : "noted");
  return { ...candidate, id, permission, verdict, reason, state, createdAt: now, updatedAt: now };
}

async function sortRemarks(
  { codeHost }: SortOutside,
  input: SortInput,
  known: ReadonlyMap<string, FeedbackRow>,
): Promise<Sorted[]> {
  const asked = new Map<string, Permission>();
  const permissionOf = async ({ author }: HostedRemark, id: string): Promise<Permission> => {
    if (author.isBot) return "none";
    const before = known.get(id)?.permission as Permission | undefined;
    const permission = before ?? asked.get(author.login) ?? (await codeHost.getPermission(author.login));
    asked.set(author.login, permission);
    return permission;
  };
  const sorted: Sorted[] = [];
  for (const remark of input.feedback.remarks.filter(saysSomething)) {
    const candidate = fromRemark(input, remark);
    // By the words as they were said: how they are redacted may change.
    const id = await itemId(candidate, `${remark.reviewState ?? ""}\n${remark.text}`);
    const permission = await permissionOf(remark, id);
    const decided = decideFeedback(factsOf(input, remark, candidate.text, permission), input.policy);
    sorted.push({ id, candidate, permission, ...decided });
  }
  return sorted;
}

async function sortHostItems(
  outside: SortOutside,
  input: SortInput,
  known: ReadonlyMap<string, FeedbackRow>,
  now: Date,
): Promise<Sorted[]> {
  const sorted: Sorted[] = [];
  for (const { candidate, failsOnBase, check } of hostItems(input, now)) {
    const id = await itemId(candidate, input.feedback.pull.headSha);
    const facts = { ...NOTHING_SAID, kind: candidate.kind, author: NOBODY, text: "", failsOnBase };
    const text = check === null || known.has(id) ? candidate.text : await checkText(outside, check);
    const decided = decideFeedback(facts, input.policy);
    sorted.push({ id, candidate: { ...candidate, text }, permission: "none", ...decided });
  }
  return sorted;
}

const NOBODY = { login: "", isBot: false, permission: "none" } as const;
const NOTHING_SAID = {
  reviewState: null,
  hasInline: false,
  isResolved: false,
  isOutdated: false,
  botRounds: 0,
  ownLogin: null,
} as const;

function factsOf(input: SortInput, remark: HostedRemark, text: string, permission: Permission) {
  return {
    kind: remark.kind,
    author: { login: remark.author.login, isBot: remark.author.isBot, permission },
    text,
    reviewState: remark.reviewState,
    hasInline:
      remark.kind === "review" &&
      input.feedback.remarks.some((one) => one.kind === "inline" && one.reviewId === remark.externalId),
    isUnderOurs: isUnderOurs(input, remark),
    isResolved: remark.thread?.isResolved ?? false,
    isOutdated: remark.thread?.isOutdated ?? false,
    failsOnBase: false,
    botRounds: input.botRounds,
    ownLogin: input.ownLogin,
  };
}

/** Whether we began the thread that it stands in: with a comment of a review. */
function isUnderOurs({ feedback }: SortInput, { thread }: HostedRemark): boolean {
  if (thread === null) return false;
  return feedback.remarks.find((one) => one.thread?.id === thread.id)?.author.isOurs ?? false;
}

/** What the host itself says: checks that failed on this head, and that the head does not merge. */
function hostItems(input: SortInput, now: Date) {
  const { feedback } = input;
  const checks = feedback.failedChecks.map((check) => ({
    candidate: fromHost(input, now, {
      kind: "check",
      externalId: check.externalId,
      author: check.name.slice(0, 200),
      text: `${check.name}: ${check.conclusion}`,
      url: check.url,
    }),
    failsOnBase: check.failsOnBase,
    check: check.failsOnBase ? null : check,
  }));
  if (feedback.isMergeable !== false) return checks;
  const text = `The branch conflicts with ${feedback.pull.baseRef} as of ${feedback.baseSha}.`;
  const conflict = {
    kind: "conflict",
    externalId: feedback.pull.headSha,
    author: feedback.pull.baseRef,
    text,
  } as const;
  return [
    ...checks,
    { candidate: fromHost(input, now, { ...conflict, url: feedback.pull.url }), failsOnBase: false, check: null },
  ];
}

async function checkText({ reviews }: SortOutside, check: HostedCheck): Promise<string> {
  const said = await reviews.readCheck({ externalId: check.externalId, limit: MOST_CHECK_TEXT });
  return boundedText(redact(visibleText(said || `${check.name}: ${check.conclusion}`)).text, MOST_CHECK_TEXT);
}
