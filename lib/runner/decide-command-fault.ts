import type { CommandResult } from "../repair/model.ts";

/** Exit codes of a shell and of package managers: found but not executable, and not found. */
const CANNOT_RUN = new Set([126, 127]);
const DISK_FULL = /\bENOSPC\b|No space left on device/;
/** Killed by the kernel, as a shell tells it: mostly for lack of memory. */
const KILLED = 137;

/**
 * What keeps this machine from judging any patch, by the commands that were run without one; null where nothing does. A
 * command that fails only with the patch is the patch's failure.
 */
export function decideCommandFault(commands: readonly CommandResult[]): string | null {
  const full = commands.find((one) => one.exitCode !== 0 && DISK_FULL.test(one.outputTail));
  if (full) return `the runner's disk is full: \`${full.command}\` could not write`;
  for (const one of commands) {
    if (one.name !== "new-test-on-base" && one.name !== "test-on-base") continue;
    if (CANNOT_RUN.has(one.exitCode ?? 0)) {
      return `\`${one.command}\` cannot be run here, even without the patch (exit code ${one.exitCode}): install its tool on the runner, or name another command in .github/patchpilot.yml`;
    }
    if (one.exitCode === KILLED || (one.exitCode === null && !one.timedOut)) {
      return `\`${one.command}\` was killed by the system, even without the patch: the runner may lack memory`;
    }
  }
  return null;
}
