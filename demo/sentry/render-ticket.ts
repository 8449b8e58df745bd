import type { ExceptionValue, Frame, Issue, StoredEvent } from "./model.ts";

/** Sentry shows five frames of each exception (`Exception.to_string`). */
const MAX_FRAMES = 5;
const MAX_TITLE = 255;

/**
 * A GitHub issue in the words of Sentry's integration (getsentry/sentry integrations/github/issues.py and
 * mixins/issues.py): the link line, the error in a code fence, and the footer of the alert rule that made it.
 */
export function renderTicket(
  issue: Issue,
  links: { issueUrl: string; rule: string; ruleUrl: string },
): { title: string; body: string } {
  const { latest, shortId } = issue;
  const title = latest.title.length > MAX_TITLE ? `${latest.title.slice(0, MAX_TITLE - 3)}...` : latest.title;
  const link = `Sentry Issue: [${shortId}](${links.issueUrl}?referrer=github_integration)`;
  const footer = `\nThis issue was automatically created by Sentry via [${links.rule}](${links.ruleUrl})`;
  return { title, body: [link, "", "```", renderError(latest), "```", footer].join("\n") };
}

function renderError(event: StoredEvent): string {
  const exceptions = event.exceptions.map(renderException);
  return [...exceptions, ...(event.message ? [event.message] : [])].join("\n\n");
}

function renderException({ type, value, frames }: ExceptionValue): string {
  const all = frames ?? [];
  const own = all.filter((frame) => frame.inApp);
  const shown = (own.length > 0 ? own : all).toReversed().slice(0, MAX_FRAMES);
  const cut =
    all.length > MAX_FRAMES ? ["...", `(${all.length - MAX_FRAMES} additional frame(s) were not displayed)`] : [];
  return [`${type}: ${value}`, ...shown.map(renderFrame), ...cut].join("\n");
}

/** templates/sentry/partial/frames/javascript.txt: the shop is of Node. */
function renderFrame({ filename, function: name, lineNo, colNo }: Frame): string {
  const place = [filename ?? "None", lineNo, colNo].filter((part) => part !== null).join(":");
  return `  at ${name ?? "None"} (${place})`;
}
