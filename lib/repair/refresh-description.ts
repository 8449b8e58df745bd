import { composePullRequestBody } from "./compose-pull-request.ts";
import type { GateJudgement } from "./decide-run-end.ts";
import type { FeedbackOutside, Look, OpenFeedback } from "./feedback-look.ts";
import { getRules } from "./get-rules.ts";
import { readDiff } from "./read-diff.ts";

const OUTCOME = "The description was written anew from what is known now.";

/** The description as it would be written today: the first run's cause, the newest round's checks, every file so far. */
function composeDescription({ incident, row, first, runs }: Look, template: string | null): string | null {
  const latest = runs.findLast((run) => run.state === "published" && run.branch === row.branch && run.report !== null);
  if (!first.report || !latest?.report) return null;
  const reading = readDiff(latest.report.wholeDiff ?? latest.report.diff);
  const gate = latest.gate as Partial<GateJudgement> | null;
  return composePullRequestBody({
    incidentNumber: incident.number,
    issueNumber: incident.issueNumber,
    attempt: first.attempt,
    brief: first.brief,
    report: { ...latest.report, summary: first.report.summary },
    gate: { verdict: gate?.verdict ?? "allow", reasons: gate?.reasons ?? [] },
    approvedBy: typeof latest.gate?.approvedBy === "string" ? latest.gate.approvedBy : null,
    notes: Array.isArray(latest.gate?.notes) ? latest.gate.notes.map(String) : [],
    baseSha: latest.brief.round?.proofSha ?? first.baseSha,
    files: (reading.ok ? reading.files : []).map(({ newPath, oldPath, addedLines, deletedLines }) => ({
      path: newPath ?? oldPath ?? "",
      addedLines,
      deletedLines,
    })),
    template,
  });
}

/** Where only the description is asked for, it is written anew; answers which items are met, or null. */
export async function refreshDescription(outside: FeedbackOutside, look: Look, open: readonly OpenFeedback[]) {
  const ids = open.filter((row) => row.verdict === "body_only").map((row) => row.id);
  if (ids.length === 0) return null;
  const { template } = await getRules(outside.codeHost, outside.parseYaml);
  const body = composeDescription(look, template);
  if (body === null) return null;
  const { number } = look.row;
  const result = await outside.outbound.write("github.pull-request", (permit) =>
    outside.reviews.ensureDescription(permit, { number, body }),
  );
  return result.held ? null : { ids, set: { state: "answered", outcome: OUTCOME } as const };
}
