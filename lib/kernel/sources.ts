/** Sources that cannot sign: what their webhook says is believed only when their API says the same. */
const UNSIGNED_SOURCES: readonly string[] = ["glitchtip"];

/** Whether what a source's webhook says has to be read back by the source's API before anything acts on it. */
export const isReadBack = (source: string): boolean => UNSIGNED_SOURCES.includes(source);

/** An outage has no issue at its source: the monitor stands in for it. */
export const monitorIssueId = (monitorId: string): string => `uptime-monitor-${monitorId}`;

/** The monitor that an outage's issue id stands for, or null for the id of a real issue. */
export function readMonitorId(issueId: string | null): string | null {
  return /^uptime-monitor-(\d{1,30})$/.exec(issueId ?? "")?.[1] ?? null;
}
