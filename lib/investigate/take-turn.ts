import type { Incident } from "../incidents/index.ts";
import { AppError } from "../kernel/errors.ts";
import type { Stage } from "../kernel/write.ts";
import { type Asked, askModel, findSpending, listCalls } from "../llm/index.ts";
import type { Message, ToolCall } from "../llm/model.ts";
import type { LanguageModel } from "../llm/ports.ts";
import type { Context } from "../runtime/context.ts";
import type { Investigation } from "./compose-investigation.ts";
import { decideFailure, decideTurn, isLastByTokens } from "./decide-inquiry.ts";
import {
  type InquiryEnd,
  type InquirySettings,
  type ProposedReport,
  proposedReportSchema,
  type Report,
  type Suspicion,
} from "./inquiry-model.ts";
import type { InquiryRow } from "./inquiry-store.ts";
import type { CodeHistory, CodeView, RepositoryReader } from "./ports.ts";
import { CUT_OFF, composePrompt, LAST_TURN, NO_ANSWER, type PromptSection } from "./prompts/investigate.ts";
import { settleReport } from "./settle-report.ts";
import { INQUIRY_TOOLS, type ToolFacts, type ToolOutside, useTool } from "./use-tool.ts";

export interface InquiryOutside {
  /** null where none is configured: incidents go on without. */
  model: LanguageModel | null;
  /** null, all three, where no code host is configured. */
  repository: RepositoryReader | null;
  history: Pick<CodeHistory, "readTexts"> | null;
  view: CodeView | null;
  settings: { stage: Stage; inquiry: InquirySettings; withoutSections?: readonly PromptSection[] };
}

interface Read {
  incident: Incident;
  found: Investigation;
  inquiry: InquiryRow;
}

export type NextTurn =
  | { type: "end"; end: InquiryEnd; detail: string; report: Report | null }
  | { type: "again"; afterMs: number; reason: string }
  | { type: "go_on"; messages: Message[]; suspicions: Suspicion[] };

/** More calls than this in one turn are answered with a refusal. */
const MOST_CALLS = 6;

/** Asks the model for one turn, runs what it may have run, and says what comes next. Nothing is written but the ledger. */
export async function takeTurn(ctx: Context, outside: InquiryOutside, read: Read): Promise<NextTurn> {
  const { model } = outside;
  const { startedAt, turn } = read.inquiry;
  const settings = outside.settings.inquiry;
  if (model === null)
    return { type: "end", end: "model_away", detail: "no model is configured any more", report: null };
  const decided = decideTurn({ startedAt, now: ctx.clock.now(), turn }, settings);
  if (decided.type === "end") return { ...decided, report: null };
  try {
    return await ask(ctx, { ...outside, model }, read, decided);
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown;
    const failures = Math.max(1, await countFailures(ctx, read.inquiry.id));
    const facts = { code: thrown.code, retry: thrown.retry, failures, startedAt, now: ctx.clock.now() };
    const next = decideFailure(facts, settings);
    if (next.type === "end") return { ...next, report: null };
    return { type: "again", afterMs: next.afterMs, reason: `${thrown.code}: ${thrown.message}` };
  }
}

/** How many of the last calls failed, one after the other. */
async function countFailures(ctx: Context, session: string): Promise<number> {
  const calls = await listCalls(ctx.db.db, session);
  const lastGood = calls.findLastIndex((call) => !call.finish?.startsWith("provider_"));
  return calls.length - 1 - lastGood;
}

async function ask(
  ctx: Context,
  outside: InquiryOutside & { model: LanguageModel },
  read: Read,
  decided: { isLast: boolean; timeoutMs: number },
): Promise<NextTurn> {
  const { incident, inquiry } = read;
  const { inquiry: settings, withoutSections } = outside.settings;
  const spending = await findSpending(ctx, { projectId: incident.projectId, session: inquiry.id });
  const isLast = decided.isLast || isLastByTokens({ spent: spending.tokens, messages: inquiry.messages }, settings);
  // Before the model is asked: what cannot be read now would waste its turn.
  const facts = await openTools(outside, read);
  const { system, prompt } = composePrompt(withoutSections);
  const asked = await askModel(
    ctx,
    { model: outside.model, prices: settings.prices },
    {
      projectId: incident.projectId,
      incidentId: incident.id,
      runId: null,
      session: inquiry.id,
      purpose: "investigate",
      prompt,
      system,
      messages: isLast ? [...inquiry.messages, { role: "user", text: LAST_TURN }] : inquiry.messages,
      tools: isLast ? [] : INQUIRY_TOOLS,
      schema: proposedReportSchema,
      maxOutputTokens: settings.maxOutputTokens,
      timeoutMs: decided.timeoutMs,
      limits: settings,
    },
  );
  return afterAnswer(outside, read, { asked, isLast, facts });
}

const ENDS = {
  stopped: "stopped",
  steps: "out_of_steps",
  tokens: "out_of_tokens",
  money: "out_of_money",
  daily_money: "out_of_daily_money",
} as const satisfies Record<string, InquiryEnd>;

async function afterAnswer(
  outside: InquiryOutside,
  read: Read,
  { asked, isLast, facts }: { asked: Asked<ProposedReport>; isLast: boolean; facts: ToolFacts },
): Promise<NextTurn> {
  if (asked.type === "stop") return { type: "end", end: ENDS[asked.reason], detail: asked.detail, report: null };
  const { answer } = asked;
  const goOn = (...messages: Message[]): NextTurn => ({ type: "go_on", messages, suspicions: [] });
  switch (answer.type) {
    case "answer": {
      const report = await settleReport(outside, read, facts, answer.value);
      return { type: "end", end: "reported", detail: "the model reported", report };
    }
    case "refused":
      return { type: "end", end: "model_refused", detail: "the model refused to answer", report: null };
    case "calls":
      return isLast
        ? withoutAnswer("it went on calling tools")
        : runCalls(outside, facts, answer.calls, answer.message);
    case "cut_off":
      return isLast ? withoutAnswer("its answer was cut off") : goOn({ role: "user", text: CUT_OFF });
    case "no_answer":
      return isLast ? withoutAnswer(answer.why) : goOn(answer.message, { role: "user", text: NO_ANSWER(answer.why) });
  }
}

function withoutAnswer(why: string): NextTurn {
  return { type: "end", end: "no_answer", detail: `the model gave no report: ${why}`, report: null };
}

async function runCalls(
  outside: InquiryOutside,
  facts: ToolFacts,
  calls: readonly ToolCall[],
  message: Message,
): Promise<NextTurn> {
  const used = await Promise.all(calls.slice(0, MOST_CALLS).map((call) => useTool(toolOutside(outside), facts, call)));
  const left = calls.slice(MOST_CALLS).map(({ id, name }) => ({
    callId: id,
    name,
    text: `refused: ${MOST_CALLS} calls a turn are the most`,
    isError: true,
  }));
  const results = [...used.map(({ result }) => result), ...left];
  const suspicions = used.flatMap((one) => one.suspicions);
  return { type: "go_on", messages: [message, { role: "tool", results }], suspicions };
}

const NOTHING_TO_SEE: ToolOutside = {
  history: { readTexts: async () => new Map() },
  view: { findFiles: async () => [], listCommitsOf: async () => [] },
};

function toolOutside({ history, view }: InquiryOutside): ToolOutside {
  return history === null || view === null ? NOTHING_TO_SEE : { history, view };
}

/** What tools may look at: the files of the commit that was investigated, or none. */
async function openTools({ repository }: InquiryOutside, { incident, found, inquiry }: Read): Promise<ToolFacts> {
  const sha = found.commit?.sha ?? "";
  const files = repository === null || sha === "" ? { paths: [] } : await repository.listFiles(sha);
  return { title: incident.title, found, sha, paths: new Set(files.paths), mark: inquiry.mark };
}
