import { findIncidentByIssue } from "../incidents/index.ts";
import { DONE, type JobOutcome } from "../jobs/model.ts";
import { enqueue } from "../jobs/outbox.ts";
import type { LanguageModel } from "../llm/ports.ts";
import { monotonicMs } from "../runtime/clock.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import { askReviewer, unlessStopped } from "./ask-reviewer.ts";
import { composeIssueAnswer } from "./compose-issue-answer.ts";
import { composeIssueMessage } from "./compose-issue-message.ts";
import { decideAnswer } from "./decide-issue-answer.ts";
import { proposedAnswerSchema } from "./model.ts";
import { createWriter, HELD_RETRY_MS, type ReviewOutside } from "./outside.ts";
import { ISSUE_PROMPT } from "./prompts/issue.ts";
import { readPathKind } from "./read-file-kind.ts";
import { readIssueWords, readNamedPaths } from "./read-issue-words.ts";
import { findIssueAnswer, type IssueAnswerRow, saveIssueAnswer } from "./store.ts";

const MARKER = "issue-answer";
const MOST_SIMILAR = 8;
const MOST_FILES = 8;

type Issue = { number: number; title: string; body: string };
type IssueId = Pick<IssueAnswerRow, "projectId" | "repository" | "issueNumber">;

/**
 * Gives a new issue a first answer from what the repository holds, where policy wants it: once, ever. The answer is kept
 * before it is posted, so that what is posted twice would be the same. An incident's own issue has its own comment.
 */
export function answerIssue(
  ctx: Context,
  outside: ReviewOutside,
  input: { projectId: string; issueNumber: number },
): Promise<JobOutcome> {
  return unlessStopped(() => answer(ctx, outside, input));
}

async function answer(
  ctx: Context,
  outside: ReviewOutside,
  input: { projectId: string; issueNumber: number },
): Promise<JobOutcome> {
  const { host, model, outbound, settings } = outside;
  if (!settings.policy.answersIssues || model === null) return DONE;
  const id: IssueId = { ...input, repository: host.repository };
  const known = await findIssueAnswer(ctx.db.db, id);
  if (known?.state === "posted" || known?.state === "skipped") return DONE;
  if (known !== null) return post(ctx, outside, known);
  const issue = await host.findIssue(input.issueNumber);
  if (issue === null || issue.state === "closed") return DONE;
  if ((await findIncidentByIssue(ctx.db.db, input.projectId, input.issueNumber)) !== null) return DONE;
  const held = await outbound.whyHeld("github.comment");
  if (held?.reason === "stage") return DONE;
  const written = await write(ctx, { ...outside, model }, id, issue);
  await inTransaction(ctx, async (tx) => {
    const now = ctx.clock.now();
    await saveIssueAnswer(tx, { ...id, ...written, createdAt: now, updatedAt: now });
    if (written.state === "ready") await enqueue(tx, ctx, "review.answer-issue", input);
  });
  return DONE;
}

type Written = Pick<IssueAnswerRow, "body" | "reason"> & { state: "ready" | "skipped" };

async function write(
  ctx: Context,
  outside: ReviewOutside & { model: LanguageModel },
  { projectId, issueNumber }: IssueId,
  issue: Issue,
): Promise<Written> {
  const startedMs = monotonicMs();
  const { host, code, settings } = outside;
  const words = readIssueWords(issue.title);
  const found = words === "" ? [] : await host.searchIssues(words, MOST_SIMILAR);
  const similar = found.filter((one) => one.number !== issueNumber);
  const branch = await host.defaultBranch();
  const sha = (await code.findCommit(branch)) ?? branch;
  const named = readNamedPaths(`${issue.title}\n${issue.body}`);
  const paths = [...named, ...(words === "" ? [] : await code.findFiles(words, MOST_FILES))];
  const readable = [...new Set(paths)].filter((path) => readPathKind(path) === null).slice(0, MOST_FILES);
  const read = await host.readTexts(readable, sha);
  const texts = new Map([...read].flatMap(([path, text]) => (text === null ? [] : [[path, text] as const])));
  const shown = [...texts].map(([path, text]) => ({ path, text }));
  const fence = { mark: ctx.newId("rev").slice(-14), limit: settings.policy.maxSentChars };
  const answered = await askReviewer(ctx, outside, {
    ...{ prompt: ISSUE_PROMPT, schema: proposedAnswerSchema, session: `issue:${projectId}:${issueNumber}`, startedMs },
    text: composeIssueMessage({ issue, similar, texts: shown }, fence),
  });
  if (answered.type === "none") return { state: "skipped", body: null, reason: answered.reason };
  const answer = decideAnswer(answered.value, { texts, similar });
  const body = composeIssueAnswer(answer, { webUrl: await code.webUrl(), sha });
  return { state: "ready", body, reason: null };
}

async function post(ctx: Context, { host, outbound }: ReviewOutside, row: IssueAnswerRow): Promise<JobOutcome> {
  const { body, issueNumber: number } = row;
  if (body === null) return { type: "dead", reason: `the answer to issue ${number} has no words` };
  const writer = createWriter(outbound);
  const comment = { number, marker: MARKER, body };
  const made = await writer.send("github.comment", (permit) => host.ensureIssueComment(permit, comment));
  await inTransaction(ctx, async (tx) => {
    const now = ctx.clock.now();
    const { held } = writer;
    const state = made === null ? "ready" : "posted";
    const reason = held && `held: ${held.detail}`;
    await saveIssueAnswer(tx, { ...row, state, reason, url: made?.url ?? null, updatedAt: now });
    const payload = { projectId: row.projectId, issueNumber: number };
    const runAt = new Date(now.getTime() + HELD_RETRY_MS);
    if (held?.reason === "stopped") await enqueue(tx, ctx, "review.answer-issue", payload, { runAt });
  });
  return DONE;
}
