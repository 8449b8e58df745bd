import type { Incident } from "../incidents/index.ts";
import { AppError } from "../kernel/errors.ts";
import type { SessionHistory } from "../recovery/ports.ts";

const HOUR_MS = 3_600_000;

/**
 * Sessions of the incident's project in the hour before `now`: of a server that is what Sentry counts a request as. null
 * where nobody counts them or they cannot be read now: triage goes on without, and nothing waits for it.
 */
export async function findTraffic(
  sessions: SessionHistory | null,
  { sourceIssueId }: Pick<Incident, "sourceIssueId">,
  environment: string,
  now: Date,
): Promise<number | null> {
  if (sessions === null || sourceIssueId === null) return null;
  const from = new Date(now.getTime() - HOUR_MS).toISOString();
  try {
    const buckets = await sessions.listSessions({ issueId: sourceIssueId, environment, from, to: now.toISOString() });
    const count = (buckets ?? []).reduce((sum, bucket) => sum + bucket.count, 0);
    return count > 0 ? count : null;
  } catch (thrown) {
    if (thrown instanceof AppError) return null;
    throw thrown;
  }
}
