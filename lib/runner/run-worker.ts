import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AppError, messageOf } from "../kernel/errors.ts";
import type { ClaimedRun, CommandResult, RunReport } from "../repair/model.ts";
import { UNKNOWN_USAGE } from "./cli-result-model.ts";
import { composeBrief } from "./compose-brief.ts";
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
  worked: WorkResult | null;
  diff: string;
}

const CONFIG_PATH = ".github/patchpilot.yml";
const DIFF_LIMIT = 2_000_000;

/**
 * One run from claim to report: worktrees at the base commit, the repository's commands, the brief, the worker, its
 * changes as a diff, and the commands on that diff. Whatever goes wrong becomes a report; only the signal's own reason is
 * thrown. A fault of the surroundings (clone, dependencies, login) is `environment_fault`; nothing that a worker does is.
 */
export async function runWorker(context: RunContext, run: ClaimedRun): Promise<RunReport> {
  const progress: Progress = { commands: [], worked: null, diff: "" };
  try {
    return reportOf(context, run, await attempt(context, run, progress), progress);
  } catch (error) {
    context.signal.throwIfAborted();
    const detail = error instanceof AppError ? error.message : `the runner itself failed: ${messageOf(error)}`;
    return reportOf(context, run, { outcome: "environment_fault", detail }, progress);
  }
}

async function attempt(context: RunContext, run: ClaimedRun, progress: Progress): Promise<Ending> {
  const { git, codingCli } = context.ports;
  context.onPhase("prepare");
  const { clone, repository, baseBranch, baseSha } = run;
  const mirror = await git.ensureMirror(
    { mirrorsDir: context.mirrorsDir, repository, ...clone, baseBranch, baseSha },
    context.signal,
  );
  const commands = await loadRepoCommands(context, mirror, baseSha);
  const worktree = join(context.runDir, "tree");
  const proof: ProofContext = { ...context, runId: run.runId, proofDir: join(context.runDir, "proof"), commands };
  await git.addWorktree(mirror, { path: worktree, sha: baseSha });
  await git.addWorktree(mirror, { path: proof.proofDir, sha: baseSha });

  const fault = await installBase(context, proof, progress);
  if (fault !== null) return { outcome: "environment_fault", detail: fault };

  context.onPhase("work");
  const worked = await codingCli.work({ ...(await writeBrief(context, run, commands)), worktree, ...watch(context) });
  context.signal.throwIfAborted();
  context.log.note(worked.detail);
  progress.worked = worked;
  if (worked.end === "environment_fault") return { outcome: "environment_fault", detail: worked.detail };

  context.onPhase("collect");
  const taken = await takePatch(context, mirror, worktree, baseSha);
  if (!taken.ok) return { outcome: "worker_failed", detail: taken.detail };
  progress.diff = taken.snapshot.diff;
  if (worked.end === "timed_out") return { outcome: "timed_out", detail: worked.detail };
  if (worked.end !== "done") return { outcome: "worker_failed", detail: worked.detail };
  if (progress.diff === "") return { outcome: "no_patch", detail: "the worker changed nothing" };

  context.onPhase("prove");
  const note = await provePatch(proof, taken.snapshot, progress.commands);
  return {
    outcome: "patch",
    detail: [`files changed: ${taken.snapshot.files.length}`, note].filter((part) => part !== null).join("; "),
  };
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

function watch(context: RunContext) {
  return { onOutput: context.log.append, signal: context.signal };
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
  const { runId, attempt, taskKind, profile, repository, baseBranch, baseSha, brief, budget } = run;
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
  return { runId, profile, prompt, budget, ...paths };
}

async function takePatch(
  context: RunContext,
  mirror: Mirror,
  worktree: string,
  baseSha: string,
): Promise<{ ok: true; snapshot: Snapshot } | { ok: false; detail: string }> {
  const scratchDir = join(context.runDir, "scratch.git");
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
export function reportOf(
  context: Pick<RunContext, "ports" | "log">,
  run: ClaimedRun,
  ending: Ending,
  progress: Progress = { commands: [], worked: null, diff: "" },
): RunReport {
  const { codingCli } = context.ports;
  const name = codingCli.profiles.includes(run.profile) ? codingCli.nameOf(run.profile) : run.profile;
  const { commands, worked, diff } = progress;
  const summary = worked?.summary ?? null;
  return {
    runId: run.runId,
    outcome: ending.outcome,
    detail: context.log.clean(ending.detail).slice(0, 4_000),
    summary: summary === null ? null : context.log.clean(summary).slice(0, 8_000),
    diff,
    commands,
    usage: worked?.usage ?? UNKNOWN_USAGE,
    worker: { profile: run.profile, name, model: worked?.model?.slice(0, 200) ?? null },
    logTail: context.log.tail(64_000),
  };
}
