import { existsSync } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { AppError } from "../kernel/errors.ts";
import type { RunReport } from "../repair/model.ts";

/**
 * A runner's folder: `runner.lock`, `gitconfig`, `mirrors/`, and one folder a run. A run's token is written only together
 * with its report, when the worker is gone: a worker must not find it.
 */
export interface WorkDir {
  readonly mirrorsDir: string;
  readonly gitConfig: string;
  runDir(runId: string): string;
  /** Run folders on disk, and whether a finished report waits in them. */
  listRuns(): Promise<{ runId: string; hasReport: boolean }[]>;
  /** Whole or not at all: a crash while writing leaves no report. */
  saveReport(pending: PendingReport): Promise<void>;
  /** null when it cannot be read. */
  findReport(runId: string): Promise<PendingReport | null>;
  writeGitConfig(): Promise<void>;
  unlock(): Promise<void>;
}

const namedSchema = z.object({ runId: z.string() });
/** Our own file, written whole: enough to know that it is one, and the control plane judges the report. */
const pendingSchema = z.object({
  token: z.string(),
  report: z.custom<RunReport>((value) => namedSchema.safeParse(value).success),
});
export type PendingReport = z.infer<typeof pendingSchema>;

/** What git inside a worktree reads instead of the user's configuration: enough to commit, nothing to log in with. */
const GIT_CONFIG = `[user]
\tname = Patchpilot worker
\temail = worker@patchpilot.invalid
[init]
\tdefaultBranch = main
[safe]
\tdirectory = *
`;

function assertRunId(runId: string): string {
  if (/^[\w-]{1,100}$/.test(runId)) return runId;
  throw new AppError("run_id_odd", `${JSON.stringify(runId)} is not a run id`, { retry: "never" });
}

/** When process `pid` was started, in the kernel's ticks; tells it from a later one with its number. "" where unknown. */
async function startOf(pid: number): Promise<string> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  // The name in parentheses may hold spaces; the start time is the 20th field after it.
  return text.slice(text.lastIndexOf(")") + 2).split(" ")[19] ?? "";
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

async function isHeld(lockPath: string): Promise<boolean> {
  const [pidText = "", start = ""] = (await readFile(lockPath, "utf8").catch(() => "")).trim().split(" ");
  const pid = Number(pidText);
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid || !isAlive(pid)) return false;
  return start === (await startOf(pid));
}

async function lock(lockPath: string): Promise<void> {
  const text = `${process.pid} ${await startOf(process.pid)}\n`;
  for (let attempt = 0; attempt < 3; attempt += 1) {
    try {
      const file = await open(lockPath, "wx", 0o600);
      await file.writeFile(text);
      await file.close();
      return;
    } catch {
      if (await isHeld(lockPath)) break;
      await rm(lockPath, { force: true });
    }
  }
  throw new AppError("work_dir_in_use", `another runner works in this folder (${lockPath}); give each runner its own`, {
    retry: "never",
  });
}

/** Opens a runner's folder for this process alone. AppError `work_dir_in_use` while another runner lives in it. */
export async function openWorkDir(path: string): Promise<WorkDir> {
  const runsDir = join(path, "runs");
  const mirrorsDir = join(path, "mirrors");
  const gitConfig = join(path, "gitconfig");
  const lockPath = join(path, "runner.lock");
  for (const folder of [path, runsDir, mirrorsDir]) {
    await mkdir(folder, { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
      throw new AppError("work_dir_unusable", `the work folder ${folder} cannot be made`, { retry: "never", cause });
    });
  }
  await lock(lockPath);
  const runDir = (runId: string) => join(runsDir, assertRunId(runId));
  const reportPath = (runId: string) => join(runDir(runId), "report.json");
  return {
    mirrorsDir,
    gitConfig,
    runDir,
    async listRuns() {
      const names = await readdir(runsDir);
      return names.map((runId) => ({ runId, hasReport: existsSync(reportPath(runId)) }));
    },
    async saveReport(pending) {
      const target = reportPath(pending.report.runId);
      await mkdir(runDir(pending.report.runId), { recursive: true });
      await writeFile(`${target}.new`, JSON.stringify(pending), { mode: 0o600, flush: true });
      await rename(`${target}.new`, target);
    },
    async findReport(runId) {
      const text = await readFile(reportPath(runId), "utf8").catch(() => "");
      try {
        return pendingSchema.parse(JSON.parse(text));
      } catch {
        return null;
      }
    },
    writeGitConfig: () => writeFile(gitConfig, GIT_CONFIG),
    unlock: () => rm(lockPath, { force: true }),
  };
}
