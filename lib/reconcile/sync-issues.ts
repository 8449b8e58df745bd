import type { IncidentState } from "../incidents/model.ts";
import type { Source } from "../intake/model.ts";
import { AppError } from "../kernel/errors.ts";
import type { Context } from "../runtime/context.ts";
import { decideIssue } from "./decide-issue.ts";
import type { Judged, Look, ReconcileSettings, SourcePoll } from "./look-at-source.ts";
import type { KnownIncident, PolledIssue } from "./model.ts";
import type { IssueFeed } from "./ports.ts";
import { rankAsked } from "./rank-asked.ts";
import { listKnownIncidents, listOpenIncidents } from "./store.ts";

/** Incidents that a change of status at the source moves. */
const OPEN: readonly IncidentState[] = [
  "new",
  "observed",
  "investigating",
  "repairing",
  "in_review",
  "deploying",
  "verifying",
  "escalated",
];

/** Open incidents without an event in the time looked at are asked for one by one: so many a look, in turns. */
const MOST_ASKED = 20;
const TURN_MS = 5 * 60_000;

/** What is said of one issue only, and no reason to give the source up. */
const OF_ONE_ISSUE = new Set(["bad_issue_id", "source_issue_foreign", "provider_bad_answer"]);

/** How an error source is looked at: issues with events by their list, other open incidents' issues by their status. */
export function pollIssues(
  ctx: Context,
  input: { source: Source; feed: IssueFeed; settings: ReconcileSettings },
): SourcePoll<PolledIssue> {
  const { source, feed, settings } = input;
  const seen = new Set<string>();
  const judgeOne = (
    issue: PolledIssue,
    known: KnownIncident | null,
    look: Look,
    isListed: boolean,
  ): Judged["findings"] => {
    const { environment } = settings;
    const graceMs = settings.graceMinutes * 60_000;
    const decision = decideIssue({ source, environment, issue, isListed, known, graceMs });
    if (decision.type === "nothing") return [];
    const { type: _, ...finding } = decision;
    const kind = look.isFirst && finding.kind === "unknown_issue" ? "first_look" : finding.kind;
    return [{ ...finding, kind, source, at: issue.lastSeenAt }];
  };
  return {
    source,
    list: (request) => feed.listChangedIssues(request),
    async judge(issues, look) {
      for (const { issueId } of issues) seen.add(issueId);
      const identities = issues.map(({ issueId }) => `${source}:${issueId}:${settings.environment}`);
      const known = await listKnownIncidents(ctx.db.db, settings.projectId, identities);
      const findings = issues.flatMap((issue) => judgeOne(issue, known.get(issue.issueId) ?? null, look, true));
      return { findings, underWay: [] };
    },
    async judgeRest(look) {
      const open = await listOpenIncidents(ctx.db.db, settings.projectId, source, OPEN);
      const unseen = [...open.values()].filter(({ issueId }) => !seen.has(issueId));
      const findings: Judged["findings"] = [];
      for (const known of rankAsked(unseen, MOST_ASKED, look.until.getTime(), TURN_MS)) {
        const issue = await findIssue(feed, known.issueId);
        if (issue !== null) findings.push(...judgeOne(issue, known, look, false));
      }
      return { findings, underWay: [] };
    },
  };
}

async function findIssue(feed: IssueFeed, issueId: string): Promise<PolledIssue | null> {
  try {
    return await feed.findIssue(issueId);
  } catch (thrown) {
    if (thrown instanceof AppError && OF_ONE_ISSUE.has(thrown.code)) return null;
    throw thrown;
  }
}
