import type { Source } from "../intake/model.ts";
import { AppError, messageOf } from "../kernel/errors.ts";
import type { Context } from "../runtime/context.ts";
import { decidePosition } from "./decide-position.ts";
import type { Finding, Outcome, SyncReport, UnreadableItem } from "./model.ts";
import type { Inbox, PageRequest, PolledPage } from "./ports.ts";
import { type CursorRow, findCursor, saveCursor } from "./store.ts";

export interface ReconcileSettings {
  projectId: string;
  /** The environment whose issues are incidents. */
  environment: string;
  overlapMinutes: number;
  firstLookHours: number;
  graceMinutes: number;
}

/** What one look at one source is made of. */
export interface SourcePoll<Item> {
  source: Source;
  list(request: PageRequest): Promise<PolledPage<Item>>;
  /** What this page asks for, each with the time of its item; and the times of items that are not over yet. */
  judge(items: readonly Item[], look: Look): Promise<Judged>;
  /** What else is asked of the source after its last page. */
  judgeRest?(look: Look): Promise<Judged>;
  /** Where nothing is received but something done: what becomes of a finding. Receiving it, unless given. */
  settle?(finding: Finding): Promise<Pick<Outcome, "outcome" | "reason">>;
}

export interface Look {
  since: Date;
  until: Date;
  isFirst: boolean;
}

export interface Judged {
  findings: (Finding & { at: string })[];
  underWay: string[];
}

export interface LookOutside {
  inbox: Inbox;
  settings: ReconcileSettings;
}

const MINUTE_MS = 60_000;
/** A function has 60 seconds for all sources; what is not reached is read by the next look. */
const LONGEST_LOOK_MS = 20_000;
const MAX_PAGES = 100;

type State = Pick<SyncReport, "pages" | "items" | "outcomes" | "unreadable"> & { unsettled: (string | null)[] };
type End = Pick<SyncReport, "fault" | "retryAt"> & { isComplete: boolean };

/**
 * Looks at one source from its cursor, less the overlap, until now: every page, every item. What one item does to fail
 * keeps the cursor from passing it and no other item from being stored. A source that fails, or asks for time, keeps its
 * cursor. With `apply` false nothing is stored and nothing moves.
 */
export async function lookAtSource<Item>(
  ctx: Context,
  outside: LookOutside,
  poll: SourcePoll<Item>,
  { apply }: { apply: boolean },
): Promise<SyncReport> {
  const { settings } = outside;
  const read = await findCursor(ctx.db.db, settings.projectId, poll.source);
  const until = ctx.clock.now();
  const backMs = read ? settings.overlapMinutes * MINUTE_MS : settings.firstLookHours * 60 * MINUTE_MS;
  const since = new Date((read ? Date.parse(read.position) : until.getTime()) - backMs);
  const state: State = { pages: 0, items: 0, outcomes: [], unreadable: [], unsettled: [] };
  if (read?.retryAt && read.retryAt > until) {
    const fault = read.fault ?? "the source asked for time";
    return reportOf(
      poll,
      { since, until },
      state,
      { fault, retryAt: read.retryAt.toISOString(), isComplete: false },
      read,
    );
  }
  const end = await readPages(ctx, outside, poll, { look: { since, until, isFirst: read === null }, state, apply });
  const report = reportOf(poll, { since, until }, state, end, read);
  if (apply) await saveCursor(ctx.db.db, cursorOf(settings.projectId, report, until), read);
  return report;
}

async function readPages<Item>(
  ctx: Context,
  { inbox }: LookOutside,
  poll: SourcePoll<Item>,
  { look, state, apply }: { look: Look; state: State; apply: boolean },
): Promise<End> {
  const take = async ({ findings, underWay }: Judged) => {
    state.unsettled.push(...underWay);
    if (!apply) state.outcomes.push(...findings.map(({ at: _, ...one }) => found(one)));
    else await settleAll(ctx, poll, inbox, findings, state);
  };
  const range = { since: look.since.toISOString(), until: look.until.toISOString() };
  let cursor: string | null = null;
  try {
    do {
      if (isOutOfTime(ctx, look)) return { fault: "out of time", retryAt: null, isComplete: false };
      if (state.pages >= MAX_PAGES) return { fault: `more than ${MAX_PAGES} pages`, retryAt: null, isComplete: false };
      const page: PolledPage<Item> = await poll.list({ ...range, cursor });
      state.pages += 1;
      state.items += page.items.length;
      state.unreadable.push(...page.unreadable);
      state.unsettled.push(...page.unreadable.map((one: UnreadableItem) => one.at));
      await take(await poll.judge(page.items, look));
      cursor = page.nextCursor;
    } while (cursor !== null);
    if (poll.judgeRest) await take(await poll.judgeRest(look));
    return { fault: null, retryAt: null, isComplete: true };
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown;
    ctx.log.log("warn", "sync.failed", {
      source: poll.source,
      code: thrown.code,
      error: thrown.message,
      ...thrown.context,
    });
    const afterMs = typeof thrown.retry === "object" ? thrown.retry.afterMs : null;
    const retryAt = afterMs === null ? null : new Date(ctx.clock.now().getTime() + afterMs).toISOString();
    return { fault: `${thrown.code}: ${thrown.message}`, retryAt, isComplete: false };
  }
}

function isOutOfTime(ctx: Context, look: Look): boolean {
  return ctx.clock.now().getTime() - look.until.getTime() > LONGEST_LOOK_MS;
}

const found = (finding: Finding): Outcome => ({
  ...finding,
  outcome: "found",
  reason: "not applied",
  incidentId: null,
});

/** Stores a page's findings, in one statement where all of them are sound; what fails is tried once more by itself. */
async function settleAll<Item>(
  ctx: Context,
  poll: SourcePoll<Item>,
  inbox: Inbox,
  findings: Judged["findings"],
  state: State,
): Promise<void> {
  const isStored = poll.settle === undefined;
  const first = isStored ? await Promise.allSettled(findings.map((one) => receive(inbox, one))) : [];
  for (const [index, { at, ...finding }] of findings.entries()) {
    const done = first[index];
    try {
      const settled =
        done?.status === "fulfilled"
          ? done.value
          : poll.settle
            ? { ...(await poll.settle(finding)), incidentId: null }
            : await receive(inbox, finding);
      state.outcomes.push({ ...finding, ...settled });
    } catch (thrown) {
      const reason = messageOf(thrown);
      ctx.log.log("warn", "sync.item_failed", { source: poll.source, key: finding.deliveryKey, error: reason });
      state.unsettled.push(at);
      state.outcomes.push({ ...finding, outcome: "failed", reason, incidentId: null });
      if (thrown instanceof AppError && thrown.code === "provider_rate_limited") throw thrown;
    }
  }
}

async function receive(inbox: Inbox, finding: Finding): Promise<Pick<Outcome, "outcome" | "reason" | "incidentId">> {
  const { outcome, reason, incidentId } = await inbox.receive(finding);
  return { outcome, reason, incidentId: incidentId ?? null };
}

function reportOf<Item>(
  { source }: SourcePoll<Item>,
  { since, until }: Pick<Look, "since" | "until">,
  { unsettled, ...state }: State,
  { isComplete, fault, retryAt }: End,
  read: CursorRow | null,
): SyncReport {
  const range = { since: since.toISOString(), until: until.toISOString() };
  const position = decidePosition({ ...range, position: read?.position ?? null, isComplete, unsettled });
  const hasFailed = state.unreadable.length > 0 || state.outcomes.some((one) => one.outcome === "failed");
  const stopped = retryAt !== null ? "waiting" : "failed";
  const unread = fault === null && !hasFailed ? "complete" : "partial";
  return { source, state: isComplete ? unread : stopped, ...range, ...state, fault, position, retryAt };
}

function cursorOf(projectId: string, report: SyncReport, now: Date): CursorRow {
  const { source, position, retryAt, unreadable, outcomes } = report;
  const failed = outcomes.filter((one) => one.outcome === "failed").length + unreadable.length;
  const fault = report.fault ?? (failed > 0 ? `${failed} item${failed === 1 ? "" : "s"} could not be stored` : null);
  return { projectId, source, position, fault, retryAt: retryAt === null ? null : new Date(retryAt), updatedAt: now };
}
