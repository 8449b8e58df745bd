import { readdir, readFile } from "node:fs/promises";

/** Carried by every process of a run, so that one which left its process group (setsid, a daemon) can still be found. */
export const RUN_MARK = "PATCHPILOT_RUN_ID";

/** Sends `signal` to the group led by `pid`. False when the group has no process left. */
export function signalGroup(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(-pid, signal);
    return true;
  } catch {
    return false;
  }
}

/**
 * Kills every process that carries the mark of this run in its environment; answers with how many there were.
 * Reads /proc, so it finds nothing on systems without one; a process that emptied its own environment is not found.
 */
export async function killMarked(runId: string): Promise<number> {
  const mark = `${RUN_MARK}=${runId}`;
  const names = await readdir("/proc").catch(() => []);
  let killed = 0;
  for (const name of names) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    const environment = await readFile(`/proc/${name}/environ`, "utf8").catch(() => "");
    if (!environment.split("\0").includes(mark)) continue;
    try {
      process.kill(pid, "SIGKILL");
      killed += 1;
    } catch {
      // It ended between the look and the signal.
    }
  }
  return killed;
}
