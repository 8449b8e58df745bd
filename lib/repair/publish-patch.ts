import { getIncident, type Incident } from "../incidents/index.ts";
import { DONE, type JobOutcome } from "../jobs/model.ts";
import { AppError } from "../kernel/errors.ts";
import type { HeldWrite, WriteKind, WritePermit } from "../kernel/write.ts";
import type { Context } from "../runtime/context.ts";
import type { Outbound } from "../runtime/outbound.ts";
import { applyPatch } from "./apply-patch.ts";
import { composeBranchName, composeHeadline, composePullRequestBody } from "./compose-pull-request.ts";
import { decideGateOnFiles } from "./decide-gate.ts";
import { decideRunEnd, type GateJudgement } from "./decide-run-end.ts";
import type { FileChange } from "./diff-model.ts";
import { endRun, holdPublishing, noteDenied, notePublished } from "./end-run.ts";
import type { GatePolicy } from "./gate-model.ts";
import type { RunReport } from "./model.ts";
import type { CodeHost } from "./ports.ts";
import type { Published } from "./published-model.ts";
import { readDiff } from "./read-diff.ts";
import type { RepairSettings } from "./settings.ts";
import { findRun, listOtherOpenPatches, type RunRow } from "./store.ts";

export interface PublishPatchOutside {
  codeHost: CodeHost;
  outbound: Outbound;
  settings: RepairSettings;
}

/**
 * Judges a reported patch and publishes what passes: branch, verified commit, draft pull request, check run. Each of
 * these looks for what it made before, so a crash between any two of them leaves nothing twice.
 */
export async function publishPatch(
  ctx: Context,
  outside: PublishPatchOutside,
  input: { runId: string },
): Promise<JobOutcome> {
  const run = await findRun(ctx.db.db, input.runId);
  if (run === null || run.state !== "reported" || run.report === null) return DONE;
  const incident = await getIncident(ctx.db.db, run.incidentId);
  const { report } = run;
  const judged = report.outcome === "patch" ? judge(report.diff, outside.settings.gate, run.taskKind) : null;
  const gate = judged?.gate ?? null;
  const approvedBy = typeof run.gate?.approvedBy === "string" ? run.gate.approvedBy : null;
  const attemptsLeft = outside.settings.maxAttempts - incident.attempts;
  const end = decideRunEnd({ report, gate, approvedBy, attemptsLeft });
  if (incident.state !== "repairing")
    return endRun(ctx, { run, incident, gate, end: { type: "dropped", reason: `the incident is ${incident.state}` } });
  if (end.type !== "publish") {
    return gate && gate.verdict !== "allow"
      ? noteDenied(ctx, { run, incident, gate, end })
      : endRun(ctx, { run, incident, gate, end });
  }
  if (judged === null) throw new Error(`run ${run.id} is to be published without a patch`);
  const overlap = await findOverlap(ctx, run, judged.files);
  if (overlap !== null) return holdPublishing(ctx, run, overlap);
  const published = await publish(outside, {
    run,
    incident,
    report,
    gate: judged.gate,
    approvedBy,
    files: judged.files,
    notes: end.notes,
  });
  if (published.held) {
    const { kind, detail, reason } = published.held;
    return holdPublishing(ctx, run, {
      summary: `would publish the patch: ${detail}`,
      detail: { write: kind, reason },
    });
  }
  return notePublished(ctx, { run, incident, gate, published, pollMinutes: outside.settings.pullRequestPollMinutes });
}

/** Two repairs of one file wait for each other: the second would be made stale, or undo the first. */
async function findOverlap(ctx: Context, run: RunRow, files: readonly FileChange[]) {
  const own = new Set(pathsOf(files));
  for (const other of await listOtherOpenPatches(ctx.db.db, run)) {
    const reading = readDiff(other.diff);
    const shared = reading.ok ? pathsOf(reading.files).find((path) => own.has(path)) : undefined;
    if (shared === undefined) continue;
    const summary = `the patch waits: pull request #${other.number} of ours touches ${shared} too`;
    return { summary, detail: { reason: "overlap", path: shared, pullRequestUrl: other.url } };
  }
  return null;
}

function pathsOf(files: readonly FileChange[]): string[] {
  return files.flatMap((file) => [file.oldPath, file.newPath].filter((path) => path !== null));
}

/** Reads the diff once: what is judged and what is published is the same structure. */
function judge(diff: string, policy: GatePolicy, taskKind: string): { gate: GateJudgement; files: FileChange[] } {
  const reading = readDiff(diff);
  if (reading.ok) return { gate: decideGateOnFiles(reading.files, policy, taskKind), files: reading.files };
  return { gate: { verdict: "deny", reasons: [{ rule: "unreadable-diff", detail: reading.reason }] }, files: [] };
}

/** The file contents that the diff makes of the base commit. */
async function contentsAfter(codeHost: CodeHost, files: readonly FileChange[], baseSha: string) {
  const oldPaths = files.flatMap((file) => (file.oldPath === null ? [] : [file.oldPath]));
  const newPaths = files.flatMap((file) => (file.kind === "added" && file.newPath ? [file.newPath] : []));
  const before = await codeHost.readFiles([...new Set([...oldPaths, ...newPaths])], baseSha);
  const additions: { path: string; content: string }[] = [];
  const deletions: string[] = [];
  for (const file of files) {
    const applied = applyPatch(file, before.get(file.oldPath ?? file.newPath ?? "") ?? null);
    if (!applied.ok)
      throw new AppError("patch_does_not_apply", `the patch does not apply to ${baseSha}: ${applied.reason}`, {
        retry: "never",
      });
    if (file.newPath !== null && applied.after !== null) additions.push({ path: file.newPath, content: applied.after });
    if (file.oldPath !== null && file.kind !== "copied" && file.oldPath !== file.newPath) deletions.push(file.oldPath);
  }
  return { additions, deletions };
}

interface PublishInput {
  run: RunRow;
  incident: Incident;
  report: RunReport;
  gate: GateJudgement;
  approvedBy: string | null;
  files: readonly FileChange[];
  notes: readonly string[];
}

class Held extends Error {
  readonly write: HeldWrite;
  constructor(write: HeldWrite) {
    super(write.detail);
    this.write = write;
  }
}

async function publish({ codeHost, outbound }: PublishPatchOutside, input: PublishInput): Promise<Published> {
  const { run, incident, report } = input;
  const passing = async <T>(kind: WriteKind, write: (permit: WritePermit) => Promise<T>): Promise<T> => {
    const result = await outbound.write(kind, write);
    if (result.held) throw new Held(result);
    return result.value;
  };
  // The title as the run was given it: the incident's own follows the source, and a repeated run has to find its branch.
  const branch = composeBranchName(incident.number, run.brief.title, run.attempt);
  const contents = await contentsAfter(codeHost, input.files, run.baseSha);
  const headline = composeHeadline(run.brief);
  const body = composePullRequestBody({
    incidentNumber: incident.number,
    issueNumber: incident.issueNumber,
    attempt: run.attempt,
    brief: run.brief,
    report,
    gate: input.gate,
    approvedBy: input.approvedBy,
    notes: input.notes,
    baseSha: run.baseSha,
    files: input.files.map((file) => ({
      path: file.newPath ?? file.oldPath ?? "",
      addedLines: file.addedLines,
      deletedLines: file.deletedLines,
    })),
  });
  // A person may have merged, and the branch be gone, before we could write down that the pull request was open.
  const earlier = await codeHost.findPullRequestOfBranch(branch);
  if (earlier?.state === "closed") {
    const { number, url, isDraft, headSha: sha } = earlier;
    const commit = { sha, url, isVerified: await codeHost.isVerifiedCommit(sha) };
    return { held: null, branch, commit, pullRequest: { number, url, isDraft } };
  }
  try {
    await passing("github.branch", (permit) => codeHost.ensureBranch(permit, { branch, sha: run.baseSha }));
    const commit = await passing("github.commit", (permit) =>
      codeHost.ensureCommit(permit, {
        branch,
        parentSha: run.baseSha,
        headline,
        body: incident.issueUrl ? `Repairs ${incident.issueUrl}` : `Repairs incident ${incident.number}`,
        trailer: `Patchpilot-Run: ${run.id}`,
        ...contents,
      }),
    );
    const pullRequest = await passing("github.pull-request", (permit) =>
      codeHost.ensurePullRequest(permit, { branch, base: run.baseBranch, title: headline, body }),
    );
    await passing("github.check-run", (permit) =>
      codeHost.ensureCheckRun(permit, {
        name: "patchpilot/gate",
        sha: commit.sha,
        conclusion: "success",
        title: input.approvedBy ? `Approved by ${input.approvedBy}` : "The patch keeps to the rules",
        summary: gateSummary(input),
        externalId: run.id,
      }),
    );
    return { held: null, branch, commit, pullRequest };
  } catch (error) {
    if (error instanceof Held) return { held: error.write };
    throw error;
  }
}

function gateSummary({ gate, files, notes }: PublishInput): string {
  const rules = gate.reasons.map(
    (reason) => `- ${reason.rule}${reason.path ? ` (${reason.path})` : ""}: ${reason.detail}`,
  );
  return [`${files.length} files were judged.`, ...rules, ...notes.map((note) => `- ${note}`)].join("\n");
}
