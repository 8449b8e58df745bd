import { whyPaused } from "../incidents/decide-pause.ts";
import { getIncident } from "../incidents/index.ts";
import { DONE, type JobOutcome } from "../jobs/model.ts";
import type { Context } from "../runtime/context.ts";
import type { Outbound } from "../runtime/outbound.ts";
import { whyCapped } from "./decide-caps.ts";
import { decidePatch } from "./decide-patch.ts";
import { decidePlanScope } from "./decide-plan-scope.ts";
import { decideRunEnd, type GateJudgement, type RunEnd } from "./decide-run-end.ts";
import type { FileChange } from "./diff-model.ts";
import { endRun, holdPublishing, noteDenied, notePublished } from "./end-run.ts";
import { getRules, type ParseYaml, type RepositoryRules } from "./get-rules.ts";
import type { CodeHost } from "./ports.ts";
import { readDiff } from "./read-diff.ts";
import type { RepairSettings } from "./settings.ts";
import { countPullRequests, findRun, listOtherOpenPatches, type RunRow } from "./store.ts";
import { writeDraft } from "./write-draft.ts";

export interface PublishPatchOutside {
  codeHost: CodeHost;
  outbound: Outbound;
  settings: RepairSettings;
  parseYaml: ParseYaml;
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
  const { settings, codeHost } = outside;
  if (incident.state !== "repairing") {
    const end = { type: "dropped", reason: `the incident is ${incident.state}` } as const;
    return endRun(ctx, { run, incident, gate: null, end });
  }
  const rules = await getRules(codeHost, outside.parseYaml);
  const judged = report.outcome === "patch" ? judge(run, report.diff, settings, rules) : null;
  const gate = judged?.gate ?? null;
  const approvedBy = typeof run.gate?.approvedBy === "string" ? run.gate.approvedBy : null;
  const attemptsLeft = settings.maxAttempts - incident.attempts;
  const end = withFault(
    decideRunEnd({ report, gate, approvedBy, attemptsLeft, taskKind: run.taskKind, error: run.brief }),
    rules.fault,
  );
  if (end.type !== "publish") {
    return gate && gate.verdict !== "allow"
      ? noteDenied(ctx, { run, incident, gate, end })
      : endRun(ctx, { run, incident, gate, end });
  }
  if (judged === null) throw new Error(`run ${run.id} is to be published without a patch`);
  const wait = await findWait(ctx, { run, settings, rules, files: judged.files, paused: whyPaused(incident) });
  if (wait !== null) return holdPublishing(ctx, run, wait);
  const published = await writeDraft(ctx, outside, {
    ...{ run, incident, report, rules, approvedBy, notes: end.notes },
    ...{ gate: judged.gate, files: judged.files },
  });
  if (published.type === "dropped") return endRun(ctx, { run, incident: published.incident, gate, end: published });
  if (published.type === "held") {
    const { kind, detail, reason } = published.write;
    return holdPublishing(ctx, run, { summary: `would publish the patch: ${detail}`, detail: { write: kind, reason } });
  }
  const { draft } = published;
  return notePublished(ctx, { run, incident, gate, published: draft, pollMinutes: settings.pullRequestPollMinutes });
}

/** A repository's file that cannot be read is told wherever the patch is; the operator's policy holds. */
function withFault(end: RunEnd, fault: string | null): RunEnd {
  if (fault === null) return end;
  const told = `.github/patchpilot.yml cannot be read, so only the operator's policy holds (${fault})`;
  return end.type === "publish"
    ? { ...end, notes: [...end.notes, told] }
    : { ...end, reason: `${end.reason}; ${told}` };
}

interface WaitFacts {
  run: RunRow;
  settings: RepairSettings;
  rules: RepositoryRules;
  files: readonly FileChange[];
  paused: string | null;
}

/** Why a patch that passed is not published yet, or null. */
async function findWait(ctx: Context, { run, settings, rules, files, paused }: WaitFacts) {
  if (paused !== null) return { summary: `the patch waits: ${paused}`, detail: { reason: "pause" } };
  const overlap = await findOverlap(ctx, run, files);
  if (overlap !== null) return overlap;
  const since = new Date(ctx.clock.now().getTime() - DAY_MS);
  const counts = await countPullRequests(ctx.db.db, run, since);
  const capped = whyCapped({ ...counts, operator: settings.gate, file: rules.file });
  return capped === null ? null : { summary: `the patch waits: ${capped}`, detail: { reason: "cap" } };
}

const DAY_MS = 86_400_000;

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
function judge(
  run: RunRow,
  diff: string,
  { gate: operator }: RepairSettings,
  { file, codeowners }: RepositoryRules,
): { gate: GateJudgement; files: FileChange[] } {
  const reading = readDiff(diff);
  if (!reading.ok)
    return { gate: { verdict: "deny", reasons: [{ rule: "unreadable-diff", detail: reading.reason }] }, files: [] };
  const { taskKind, costUsd } = run;
  const gate = decidePatch({ changes: reading.files, operator, file, taskKind, codeowners, costUsd });
  const { plan } = run.brief;
  return { gate: plan ? decidePlanScope(gate, reading.files, plan) : gate, files: reading.files };
}
