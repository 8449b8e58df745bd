/** The entries that tell what a published repair came to. */
const OUTCOMES = new Set(["not_recovered", "escalated", "reopened"]);

/**
 * What became of each published run, by its id: the first thing that the timeline says against it after its pull request
 * was opened. A run that was never published says its reason itself.
 */
export function readRunOutcomes(
  timeline: readonly { kind: string; summary: string; detail: Record<string, unknown> }[],
): Map<string, string> {
  const outcomes = new Map<string, string>();
  let published: string | null = null;
  for (const { kind, summary, detail } of timeline) {
    if (kind === "pull_request_opened") published = typeof detail.runId === "string" ? detail.runId : null;
    else if (published !== null && OUTCOMES.has(kind) && !outcomes.has(published)) outcomes.set(published, summary);
  }
  return outcomes;
}
