import type { SentryReference } from "./issue-text-model.ts";
import { readIssueFrames, type StackText } from "./read-issue-frames.ts";
import { readLookAlike } from "./read-look-alike.ts";
import { type NoSentryLink, OWN_REFERRER, readSentryLink, type SentryLink, SHORT_ID } from "./read-sentry-link.ts";

/** A body in one of the forms that Sentry's integration or its older plugin writes. */
export interface SentryText {
  /** `error` has a stack or a message, `other` a table (performance and such), `feedback` is a user's message. */
  form: "error" | "other" | "feedback";
  link: SentryLink;
  sentry: SentryReference;
  stack: StackText;
}

/** The reason of every issue that has nothing to do with Sentry. */
export const NO_LINK = "no link to a Sentry issue in it";
const LINK_FAULTS: Record<NoSentryLink["fault"], string> = {
  code_host: "its link leads to an issue on a code host, which is no Sentry issue",
  no_issue: "its link is not the address of a Sentry issue",
  share: "its link is a share link, which names no issue",
  short_id: "its link holds the short id, not the issue's number",
  unreadable: "its link is no address",
};
/** GitHub takes no more characters in a body. */
const MAX_BODY = 65_536;
const ANCHOR = /^Sentry (Issue|issue|Feedback): \[([^\]]{1,200})\]\((https?:\/\/[^)\s]{1,2000})\)/;
const BARE_LINK = /^https?:\/\/\S{1,2000}$/;
const UNTAGGED_FENCE = /^```\s*$/;
const HEADING = /^#{1,6} /;
const FOOTER = /^This (?:issue|work item|ticket) was automatically created by Sentry via \[/;
const TABLE_HEAD = /^\|\s*\|\s*\|\s*$/;
const TABLE_RULE = /^\|\s*-+\s*\|\s*-+\s*\|\s*$/;

type LineKind = "outside" | "open" | "inside" | "close";

/** An issue's body, line by line, with what each line is to the code fences. */
interface Layout {
  lines: readonly string[];
  kinds: readonly LineKind[];
}

/**
 * Reads a body as one that Sentry wrote (formats.md 1.7): a line `Sentry Issue: [SHORT-ID](address)` with a fence, a
 * table or an alert rule's footer; or the older plugin's bare address and fence. What people wrote between is passed
 * over. `refused` names what else it is.
 */
export function readIssueText(body: string): SentryText | { refused: string } {
  const lines = body.slice(0, MAX_BODY).split(/\r?\n/);
  const layout: Layout = { lines, kinds: markFences(lines) };
  const outside = outsideLines(layout);
  const lookAlike = readLookAlike(outside, "maker");
  if (lookAlike !== null) return { refused: lookAlike };
  const at = lines.findIndex((line, index) => layout.kinds[index] === "outside" && ANCHOR.test(line));
  if (at >= 0) return readIntegration(layout, at);
  return readPlugin(layout) ?? { refused: readLookAlike(outside, "link") ?? NO_LINK };
}

/** A value may hold a line of three ticks, which Sentry does not mask: an odd fence runs to the end. */
function markFences(lines: readonly string[]): LineKind[] {
  let isOpen = false;
  return lines.map((line) => {
    if (!line.startsWith("```")) return isOpen ? "inside" : "outside";
    isOpen = !isOpen;
    return isOpen ? "open" : "close";
  });
}

function outsideLines({ lines, kinds }: Layout): string[] {
  return lines.filter((_, at) => kinds[at] === "outside");
}

interface Fence {
  /** Nothing but blank lines stand between the link and the fence. */
  isNext: boolean;
  stack: StackText;
}

/** The first fence after line `at`, one without a language before others: Sentry names none, people add one. */
function findFence({ lines, kinds }: Layout, at: number): Fence | null {
  const opens = lines.flatMap((line, index) => (index > at && kinds[index] === "open" ? [{ line, index }] : []));
  const open = opens.find(({ line }) => UNTAGGED_FENCE.test(line)) ?? opens[0];
  if (open === undefined) return null;
  const between = lines.slice(at + 1, open.index);
  const isNext = UNTAGGED_FENCE.test(open.line) && between.every((line) => line.trim() === "");
  const isClose = (line: string, index: number) => index > open.index && UNTAGGED_FENCE.test(line);
  const readTo = (close: number) =>
    readIssueFrames(lines.slice(open.index + 1, close < 0 ? lines.length : close).join("\n"));
  const first = readTo(lines.findIndex(isClose));
  if (first.frames.length > 0) return { isNext, stack: first };
  const whole = readTo(lines.findLastIndex(isClose));
  return { isNext, stack: whole.frames.length > 0 ? whole : first };
}

const NO_STACK: StackText = { frames: [], isCut: false, errorType: null, errorMessage: null };

function readIntegration(layout: Layout, at: number): SentryText | { refused: string } {
  const [, word = "", shortId = "", address = ""] = ANCHOR.exec(layout.lines[at] ?? "") ?? [];
  const link = readSentryLink(address);
  if ("fault" in link) return { refused: readLookAlike([address], "link") ?? LINK_FAULTS[link.fault] };
  const { referrer } = link;
  if (referrer !== null && !OWN_REFERRER.test(referrer))
    return { refused: readLookAlike([address], "link") ?? `its link's referrer is ${referrer}` };
  if (!SHORT_ID.test(shortId)) return { refused: "written by hand: its link text is no short id of Sentry's" };
  const fence = findFence(layout, at);
  const hasTable = findTable(layout, at);
  if (!isSentrysOwn(layout, { fence, hasTable, hasReferrer: referrer !== null }))
    return { refused: "written by hand or by an agent: a link without what the integration writes beside it" };
  return {
    form: word === "Feedback" ? "feedback" : hasTable && fence === null ? "other" : "error",
    link,
    sentry: { issueId: link.issueId, shortId, permalink: link.permalink },
    stack: fence?.stack ?? NO_STACK,
  };
}

/**
 * An issue made by a click has the referrer in its link, one made by an alert rule the footer. Where people removed the
 * one that was there, the layout has to be Sentry's to the line; a text of headings is nobody's but its author's.
 */
function isSentrysOwn(
  layout: Layout,
  { fence, hasTable, hasReferrer }: { fence: Fence | null; hasTable: boolean; hasReferrer: boolean },
): boolean {
  const outside = outsideLines(layout);
  if (outside.some((line) => FOOTER.test(line))) return true;
  const isLaidOut = hasTable || fence?.isNext === true || fence?.stack.isCut === true;
  const hasHeadings = outside.some((line) => HEADING.test(line));
  if (!hasReferrer) return isLaidOut && !hasHeadings;
  return isLaidOut || !hasHeadings || (fence !== null && fence.stack.frames.length > 0);
}

function findTable({ lines, kinds }: Layout, at: number): boolean {
  return lines.some(
    (line, index) =>
      index > at && kinds[index] === "outside" && TABLE_HEAD.test(line) && TABLE_RULE.test(lines[index + 1] ?? ""),
  );
}

/** The older plugin: the bare address as the first line, then a fence; no short id. Null for anything else. */
function readPlugin(layout: Layout): SentryText | null {
  const at = layout.lines.findIndex((line) => line.trim() !== "");
  const address = layout.lines[at]?.trim() ?? "";
  if (!BARE_LINK.test(address)) return null;
  const link = readSentryLink(address);
  if ("fault" in link || (link.referrer !== null && !OWN_REFERRER.test(link.referrer))) return null;
  const fence = findFence(layout, at);
  if (fence === null || (!fence.isNext && fence.stack.frames.length === 0)) return null;
  const { issueId, permalink } = link;
  return { form: "error", link, sentry: { issueId, shortId: null, permalink }, stack: fence.stack };
}
