import { findLatestAlert, type Incident } from "../incidents/index.ts";
import type { AlertSignal } from "../intake/model.ts";
import type { ErrorSource, SourceEvent, SourceIssue } from "../investigate/ports.ts";
import { isReadBack } from "../kernel/sources.ts";
import type { Context } from "../runtime/context.ts";

/** What is known of the incident now: the source's own word where it can be asked, else its newest alert. */
export interface Sighting {
  alert: AlertSignal | null;
  issue: SourceIssue | null;
  event: SourceEvent | null;
  /** The alert names no environment, and the source has no event from the one that is watched. */
  isElsewhere: boolean;
  /** Why an unsigned alert is not believed; null where it is, or where a signature vouched for it. */
  unproven: string | null;
}

const NAMES: Record<string, string> = { sentry: "Sentry", glitchtip: "GlitchTip" };

/** The source's name as people write it. */
export const sourceName = (source: string): string => NAMES[source] ?? source;

/** Asks the incident's source what it knows. Of a source that cannot sign, nothing but its API's word counts. */
export async function lookAtSource(ctx: Context, errors: ErrorSource | null, incident: Incident): Promise<Sighting> {
  const { source, sourceIssueId } = incident;
  const nothing = { alert: null, issue: null, event: null, isElsewhere: false, unproven: null };
  if (isReadBack(source)) {
    const issue = errors && sourceIssueId !== null ? await errors.findIssue(sourceIssueId) : null;
    if (errors === null || sourceIssueId === null || issue === null)
      return { ...nothing, unproven: `${sourceName(source)} does not know this issue` };
    const event = await errors.findLatestEvent(sourceIssueId);
    return { ...nothing, issue, event, isElsewhere: event === null };
  }
  const delivery = await findLatestAlert(ctx.db.db, incident.id);
  const alert = delivery?.signal?.kind === "alert" ? delivery.signal : null;
  if (errors === null || sourceIssueId === null) return { ...nothing, alert };
  const issue = await errors.findIssue(sourceIssueId);
  // Lifecycle webhooks (issue.created) carry no event, and so neither environment nor `handled`; an extract of one without
  // its id, as in a Sentry-made issue on GitHub, says neither too.
  const hasEvent = alert?.event?.eventId != null;
  const event = hasEvent ? null : await errors.findLatestEvent(sourceIssueId);
  const isElsewhere = issue !== null && event === null && !hasEvent && !alert?.environment;
  return { ...nothing, alert, issue, event, isElsewhere };
}
