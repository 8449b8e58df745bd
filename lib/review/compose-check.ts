import { quiet } from "../kernel/render-markdown.ts";
import { decideEvent } from "./decide-posted.ts";
import type { Finding, ReviewPolicy } from "./model.ts";
import { MAX_BODY, plural, said } from "./render-said.ts";

export interface ReviewCheck {
  conclusion: "success" | "neutral" | "failure" | null;
  title: string;
  summary: string;
}

/** The check run of a head that was read. `open`: findings that are not settled, earlier reviews' too. */
export function composeCheck(
  facts: {
    open: readonly Pick<Finding, "severity" | "title">[];
    risk: string;
    unread: number;
    /** Signs that the change is not what it seems: a reading of it proves less. */
    suspicions: number;
    summaryUrl: string | null;
  },
  policy: Pick<ReviewPolicy, "requestChangesFrom">,
): ReviewCheck {
  const { open, unread, suspicions } = facts;
  const titles = open.slice(0, 20).map((one) => `- ${one.severity}: ${said(one.title, 200)}`);
  const summary = [
    open.length === 0 ? "Nothing to say about what was read." : titles.join("\n"),
    `Risk: ${facts.risk}.${unread > 0 ? ` ${plural(unread, "file")} not read; the summary says why.` : ""}`,
    facts.summaryUrl === null ? null : `[Summary](${facts.summaryUrl})`,
  ].filter((part) => part !== null);
  const isFailure = decideEvent(open, policy) === "request_changes";
  const isClean = open.length === 0 && suspicions === 0;
  const suspect = suspicions === 0 ? "" : ", and text that speaks to machines or hides something";
  return {
    conclusion: isClean ? "success" : isFailure ? "failure" : "neutral",
    title: `${open.length === 0 ? "No open findings" : plural(open.length, "open finding")}${suspect}`,
    summary: summary.join("\n\n").slice(0, MAX_BODY),
  };
}

/** The check run of a head that is being read, was left alone, or whose review came to nothing. */
export function composeCheckWithout(facts: {
  state: "reading" | "skipped" | "failed";
  reason: string | null;
}): ReviewCheck {
  const reason = facts.reason === null ? "" : quiet(facts.reason, 600);
  if (facts.state === "reading")
    return { conclusion: null, title: "Reading", summary: reason || "The change is being read." };
  const title = facts.state === "skipped" ? "Not reviewed" : "No review";
  return { conclusion: "neutral", title, summary: `${title}: ${reason || "no reason was given"}.` };
}
