import type { ClaimedRun, ClaimRequest, RunBudget, RunReport, Usage, WorkerProfile } from "../repair/model.ts";

/** `phase` at most 60 characters, `logTail` at most 16,000. */
export interface HeartbeatRequest {
  runId: string;
  phase: string;
  logTail: string | null;
  /** The runner gives the run up: it may be claimed again at once. */
  handBack: boolean;
}

export interface HeartbeatAnswer {
  continue: boolean;
  reason: string | null;
}

/** The control plane, as a runner needs it. Failures are AppErrors whose `retry` says whether asking again can help. */
export interface ControlPlane {
  /** null when nothing waits for this runner. AppError `runner_refused` when the runner token is not accepted. */
  claim(request: ClaimRequest, signal?: AbortSignal): Promise<ClaimedRun | null>;
  heartbeat(token: string, request: HeartbeatRequest, signal?: AbortSignal): Promise<HeartbeatAnswer>;
  /** Repeatable. AppError `run_not_ours` when the run's token is no longer good: nobody waits for this report. */
  report(token: string, report: RunReport, signal?: AbortSignal): Promise<void>;
}

/** A cached bare copy of one repository. */
export interface Mirror {
  readonly path: string;
}

/** What a working tree holds against its base, frozen: later changes to the tree do not reach it. */
export interface Snapshot {
  readonly scratchDir: string;
  readonly baseSha: string;
  readonly treeSha: string;
  readonly files: readonly ChangedFile[];
  /** git's own unified diff, binary-safe and with full object names. */
  readonly diff: string;
}

export interface ChangedFile {
  /** The path after the change (before it, for a deleted file). */
  path: string;
  kind: "added" | "modified" | "deleted";
}

/** Git without anybody's configuration, hooks or credentials. All failures are AppErrors `git_failed` and the like. */
export interface Git {
  /** Clones or updates the cached mirror until it holds `baseSha`. AppError `commit_not_found` when it cannot. */
  ensureMirror(
    input: {
      mirrorsDir: string;
      repository: string;
      url: string;
      readToken: string | null;
      baseBranch: string;
      baseSha: string;
    },
    signal?: AbortSignal,
  ): Promise<Mirror>;
  /** Text of a file at a commit, null where there is none or it is not a plain file. */
  readFile(mirror: Mirror, sha: string, path: string): Promise<string | null>;
  /** Names in the root folder at a commit. */
  listRoot(mirror: Mirror, sha: string): Promise<string[]>;
  addWorktree(mirror: Mirror, input: { path: string; sha: string }): Promise<void>;
  /** Freezes all that differs from the base, untracked files included, whatever was staged, committed or hidden. */
  takeSnapshot(mirror: Mirror, input: { worktree: string; baseSha: string; scratchDir: string }): Promise<Snapshot>;
  /** Makes `worktree` (checked out at the base) equal the base plus these paths of the snapshot; null means all of it. */
  applySnapshot(snapshot: Snapshot, worktree: string, paths: readonly string[] | null): Promise<void>;
  /**
   * Removes the folders of ended runs and what the mirrors still know of their worktrees. `removeLocks` also removes the
   * lock and temporary files that a killed git left; only right while no git runs on these mirrors.
   */
  cleanUp(input: { mirrorsDir: string; runDirs: readonly string[]; removeLocks: boolean }): Promise<void>;
}

/** How a process ended. `spawn_failed` when it never started, `aborted` when the signal stopped it. */
export type ProcessEnd = "exited" | "total_timeout" | "idle_timeout" | "stopped" | "aborted" | "spawn_failed";

export interface ProcessResult {
  end: ProcessEnd;
  /** null when a signal ended it. */
  exitCode: number | null;
  /** The last part of standard output, whole lines not guaranteed. */
  stdout: string;
  /** The last part of both outputs together, in order of arrival. */
  tail: string;
  durationMs: number;
}

/** Runs one command line of the repository by `sh -c`, in its own process group, with a minimal environment and no secrets. */
export interface Shell {
  run(input: {
    runId: string;
    command: string;
    cwd: string;
    totalMs: number;
    onOutput?: (text: string) => void;
    signal?: AbortSignal;
  }): Promise<ProcessResult>;
  /** Ends processes that a dead runner left behind for this run, where the platform can tell (Linux). */
  endLeftovers(runId: string): Promise<number>;
}

export interface WorkInput {
  runId: string;
  profile: WorkerProfile;
  /** null takes the runner's setting, else the tool's own default. */
  model: string | null;
  worktree: string;
  /** Markdown, given to the tool. */
  prompt: string;
  promptPath: string;
  briefJsonPath: string;
  summaryPath: string;
  budget: RunBudget;
  onOutput?: (text: string) => void;
  signal?: AbortSignal;
}

export interface WorkResult {
  end: "done" | "failed" | "timed_out" | "out_of_budget" | "environment_fault" | "aborted";
  detail: string;
  summary: string | null;
  usage: Usage;
  model: string | null;
}

/** The coding agents that this runner can start. */
export interface CodingCli {
  readonly profiles: readonly WorkerProfile[];
  nameOf(profile: WorkerProfile): string;
  work(input: WorkInput): Promise<WorkResult>;
  /** Secrets that its workers are given: never to appear in a log or a patch. */
  readonly secrets: readonly { name: string; value: string }[];
}

/** Throws AppError `yaml_invalid` naming line and column. */
export type ParseYaml = (text: string) => unknown;

export interface RunnerPorts {
  controlPlane: ControlPlane;
  git: Git;
  shell: Shell;
  codingCli: CodingCli;
  parseYaml: ParseYaml;
}
