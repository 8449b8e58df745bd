import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AppError, messageOf } from "../kernel/errors.ts";
import type { ClaimedRun, CommandResult, RunReport, WorkerChoice } from "../repair/model.ts";
import { UNKNOWN_USAGE } from "./cli-result-model.ts";
import { composeBrief } from "./compose-brief.ts";
import { decideCommandFault } from "./decide-command-fault.ts";
import type { Mirror, RunnerPorts, Snapshot, WorkResult } from "./ports.ts";
import { type CommandLimits, type ProofContext, provePatch, runNamed } from "./prove-patch.ts";
import { type RepoCommands, readRepoCommands } from "./read-repo-commands.ts";
import type { RunLog } from "./run-log.ts";

export interface RunContext {
  ports: Omit<RunnerPorts, "controlPlane">;
  runDir: string;
  mirrorsDir: string;
  limits: CommandLimits;
  log: RunLog;
  onPhase(phase: string): void;
  signal: AbortSignal;
}

interface Ending {
  outcome: RunReport["outcome"];
  detail: string;
}

/** What a run has to show so far; kept when a later step fails. */
interface Progress {
  commands: CommandResult[];
  /** Who worked last, and what came of it. */
  worker: WorkerChoice;
  worked: WorkResult | null;
  diff: string;
  /** Of a follow-up: what its whole pull request changes. */
  wholeDiff: string | null;
  /** Of a run that plans. */
  planText: string | null;
}

const firstWorker = (run: ClaimedRun): WorkerChoice => run.workers[0] ?? { profile: run.profile, model: null };

const CONFIG_PATH = ".github/patchpilot.yml";
const DIFF_LIMIT = 2_000_000;

/**
 * One run from claim to report: worktrees at the base commit, the repository's commands, the brief, the worker, its
 * changes as a diff, and the commands on that diff. Whatever goes wrong becomes a report; only the signal's own reason is
 * thrown. A fault of the surroundings (clone, dependencies, login) is `environment_fault`; nothing that a worker does is.
 */
export async function runWorker(context: RunContext, run: ClaimedRun): Promise<RunReport> {
  const progress: Progress = {
    commands: [],
    worker: firstWorker(run),
    worked: null,
    diff: "",
    wholeDiff: null,
    planText: null,
  };
  try {
    return reportOf(context, run, await attempt(context, run, progress), progress);
  } catch (error) {
    context.signal.throwIfAborted();
    const detail = error instanceof AppError ? error.message : `the runner itself failed: ${messageOf(error)}`;
    return reportOf(context, run, { outcome: "environment_fault", detail }, progress);
  }
}

async function attempt(context: RunContext, run: ClaimedRun, progress: Progress): Promise<Ending> {
  const { git } = context.ports;
  context.onPhase("prepare");
  const { clone, repository, baseBranch, baseSha } = run;
  const mirror = await git.ensureMirror(
    { mirrorsDir: context.mirrorsDir, repository, ...clone, baseBranch, baseSha },
    context.signal,
  );
  // A follow-up works on a pull request, and its tests have to fail without any of it.
  const proofSha = run.brief.round?.proofSha ?? baseSha;
  const commands = await loadRepoCommands(context, mirror, proofSha);
  const proof: ProofContext = { ...context, runId: run.runId, proofDir: join(context.runDir, "proof"), commands };
  await git.addWorktree(mirror, { path: proof.proofDir, sha: proofSha });

  if (run.taskKind === "plan") return makePlan(context, run, { mirror, commands, progress });
  const fault = await installBase(context, proof, progress);
  if (fault !== null) return { outcome: "environment_fault", detail: fault };

  context.onPhase("work");
  const { worked, worktree, faults } = await workInTurn(context, run, { mirror, commands, progress });
  if (worked.end === "environment_fault") return { outcome: "environment_fault", detail: faults.join("; ") };

  context.onPhase("collect");
  const taken = await takePatch(context, mirror, worktree, baseSha);
  if (!taken.ok) return { outcome: "worker_failed", detail: taken.detail };
  progress.diff = taken.snapshot.diff;
  if (worked.end === "timed_out" || worked.end === "out_of_budget")
    return { outcome: worked.end, detail: worked.detail };
  if (worked.end !== "done") return { outcome: "worker_failed", detail: worked.detail };
  if (progress.diff === "") return { outcome: "no_patch", detail: "the worker changed nothing" };
  const whole = proofSha === baseSha ? taken : await takePatch(context, mirror, worktree, proofSha);
  if (!whole.ok) return { outcome: "worker_failed", detail: `the whole pull request: ${whole.detail}` };
  if (proofSha !== baseSha) progress.wholeDiff = whole.snapshot.diff;
  if (progress.diff.length + (progress.wholeDiff?.length ?? 0) > DIFF_LIMIT)
    return {
      outcome: "worker_failed",
      detail: `the round and its pull request have more than ${DIFF_LIMIT} characters`,
    };

  context.onPhase("prove");
  const note = await provePatch(proof, whole.snapshot, progress.commands);
  const commandFault = decideCommandFault(progress.commands);
  if (commandFault !== null) return { outcome: "environment_fault", detail: commandFault };
  return {
    outcome: "patch",
    detail: [`files changed: ${taken.snapshot.files.length}`, note].filter((part) => part !== null).join("; "),
  };
}

/**
 * Lets a worker plan. What it says is read, and what it writes is thrown away with its worktree: no patch leaves the runner,
 * whatever the tool allows itself.
 */
async function makePlan(
  context: RunContext,
  run: ClaimedRun,
  work: { mirror: Mirror; commands: RepoCommands; progress: Progress },
): Promise<Ending> {
  context.onPhase("work");
  const { worked, faults } = await workInTurn(context, run, work);
  if (worked.end === "environment_fault") return { outcome: "environment_fault", detail: faults.join("; ") };
  if (worked.end === "timed_out" || worked.end === "out_of_budget")
    return { outcome: worked.end, detail: worked.detail };
  if (worked.end !== "done") return { outcome: "worker_failed", detail: worked.detail };
  work.progress.planText = worked.summary ?? "";
  return { outcome: "plan", detail: "the worker answered" };
}

/** Installs what the base needs; the reason when that fails, which is no fault of the worker that has not yet begun. */
async function installBase(context: RunContext, proof: ProofContext, progress: Progress): Promise<string | null> {
  if (proof.commands.install === null) return null;
  context.onPhase("install");
  const installed = await runNamed(proof, "install", proof.commands.install);
  progress.commands.push(installed);
  if (installed.exitCode === 0) return null;
  const how = installed.timedOut ? "timed out" : `exit code ${installed.exitCode ?? "unknown"}`;
  return `dependencies could not be installed before any change: ${installed.command} (${how})`;
}

/**
 * Lets the chain's workers work, one after the other, until one of them could: a login, a quota or a tool that is missing
 * is no worker's failure. Each begins in a worktree of its own, at the base.
 */
async function workInTurn(
  context: RunContext,
  run: ClaimedRun,
  { mirror, commands, progress }: { mirror: Mirror; commands: RepoCommands; progress: Progress },
): Promise<{ worked: WorkResult; worktree: string; faults: string[] }> {
  const { git, codingCli } = context.ports;
  const briefing = await writeBrief(context, run, commands);
  const workers = run.workers.length > 0 ? run.workers : [firstWorker(run)];
  const faults: string[] = [];
  for (const [index, worker] of workers.entries()) {
    const worktree = join(context.runDir, index === 0 ? "tree" : `tree-${index + 1}`);
    await git.addWorktree(mirror, { path: worktree, sha: run.baseSha });
    const watching = { onOutput: context.log.append, signal: context.signal };
    const worked = await codingCli.work({ ...briefing, ...worker, worktree, ...watching });
    context.signal.throwIfAborted();
    context.log.note(`${worker.profile}: ${worked.detail}`);
    progress.worker = worker;
    progress.worked = worked;
    if (worked.end === "environment_fault") faults.push(worked.detail);
    if (worked.end !== "environment_fault" || index === workers.length - 1) return { worked, worktree, faults };
  }
  throw new Error("a run has at least one worker");
}

/** Reads the commands from the base commit itself: what the worker writes must not choose what judges it. */
async function loadRepoCommands(context: RunContext, mirror: Mirror, sha: string): Promise<RepoCommands> {
  const { git, parseYaml } = context.ports;
  const configText = await git.readFile(mirror, sha, CONFIG_PATH);
  let config: unknown;
  try {
    config = configText === null ? undefined : parseYaml(configText);
  } catch (error) {
    throw new AppError("repo_config_invalid", `${CONFIG_PATH}: ${messageOf(error)}`, { retry: "never", cause: error });
  }
  const packageJson = await git.readFile(mirror, sha, "package.json");
  const reading = readRepoCommands({ config, packageJson, rootNames: await git.listRoot(mirror, sha) });
  if (!reading.ok) throw new AppError("repo_config_invalid", reading.reason, { retry: "never" });
  return reading.commands;
}

async function writeBrief(context: RunContext, run: ClaimedRun, commands: RepoCommands) {
  const { runId, attempt, taskKind, repository, baseBranch, baseSha, brief, budget } = run;
  const folder = join(context.runDir, "brief");
  const paths = {
    promptPath: join(folder, "brief.md"),
    briefJsonPath: join(folder, "brief.json"),
    summaryPath: join(folder, "summary.txt"),
  };
  const prompt = composeBrief(run, commands);
  await mkdir(folder, { recursive: true });
  await writeFile(paths.promptPath, prompt);
  const facts = { version: 1, runId, attempt, taskKind, repository, baseBranch, baseSha, brief, commands };
  await writeFile(paths.briefJsonPath, JSON.stringify(facts, null, 2));
  return { runId, prompt, budget, ...paths };
}

async function takePatch(
  context: RunContext,
  mirror: Mirror,
  worktree: string,
  baseSha: string,
): Promise<{ ok: true; snapshot: Snapshot } | { ok: false; detail: string }> {
  const scratchDir = join(context.runDir, `scratch-${baseSha}.git`);
  let snapshot: Snapshot;
  try {
    snapshot = await context.ports.git.takeSnapshot(mirror, { worktree, baseSha, scratchDir });
  } catch (error) {
    return { ok: false, detail: `the worker's changes could not be read: ${messageOf(error)}` };
  }
  if (snapshot.diff.length > DIFF_LIMIT) {
    return { ok: false, detail: `the patch has ${snapshot.diff.length} characters; ${DIFF_LIMIT} is the limit` };
  }
  const secret = context.log.findSecret(snapshot.diff);
  if (secret !== null) return { ok: false, detail: `the patch contains the value of ${secret}, so it was thrown away` };
  return { ok: true, snapshot };
}

/** The report of a run, every text cleaned and within the protocol's bounds. */
function reportOf(
  context: Pick<RunContext, "ports" | "log">,
  run: ClaimedRun,
  ending: Ending,
  progress: Progress,
): RunReport {
  const { codingCli } = context.ports;
  const { commands, worked, diff } = progress;
  const { profile, model } = progress.worker;
  const name = codingCli.profiles.includes(profile) ? codingCli.nameOf(profile) : profile;
  const summary = worked?.summary ?? null;
  return {
    runId: run.runId,
    outcome: ending.outcome,
    detail: context.log.clean(ending.detail).slice(0, 4_000),
    summary: summary === null ? null : context.log.clean(summary).slice(0, 8_000),
    diff,
    ...(progress.wholeDiff === null ? {} : { wholeDiff: progress.wholeDiff }),
    ...(progress.planText === null ? {} : { planText: context.log.clean(progress.planText).slice(0, 60_000) }),
    commands,
    usage: worked?.usage ?? UNKNOWN_USAGE,
    worker: { profile, name, model: (worked?.model ?? model)?.slice(0, 200) ?? null },
    logTail: context.log.tail(64_000),
  };
}
