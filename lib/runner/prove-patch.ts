import type { CommandResult } from "../repair/model.ts";
import { decideTestProof } from "./decide-test-proof.ts";
import type { ProcessResult, RunnerPorts, Snapshot } from "./ports.ts";
import { readFailedTests } from "./read-failed-tests.ts";
import type { RepoCommands } from "./read-repo-commands.ts";
import type { RunLog } from "./run-log.ts";

/** Milliseconds that each kind of command may take. */
export interface CommandLimits {
  installMs: number;
  checkMs: number;
  testMs: number;
}

export const DEFAULT_LIMITS: CommandLimits = { installMs: 15 * 60_000, checkMs: 10 * 60_000, testMs: 30 * 60_000 };

export interface ProofContext {
  ports: Pick<RunnerPorts, "git" | "shell">;
  runId: string;
  /** A worktree at the base that no worker has touched. */
  proofDir: string;
  commands: RepoCommands;
  limits: CommandLimits;
  log: RunLog;
  signal: AbortSignal;
}

/** Files whose change makes installed dependencies stale. */
const MANIFEST =
  /(?:^|\/)(?:package\.json|package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|yarn\.lock|bun\.lockb?)$/;
const OUTPUT_TAIL = 16_000;
/** Read for the names of failed tests: a whole suite says more than its tail. */
const OUTPUT_READ = 1_000_000;

/** Runs one named command in the proof worktree. Throws the signal's reason when it is stopped. */
export async function runNamed(
  proof: ProofContext,
  name: CommandResult["name"],
  command: string,
): Promise<CommandResult> {
  const limits = { install: proof.limits.installMs, format: proof.limits.checkMs, lint: proof.limits.checkMs };
  proof.log.note(`${name}: ${command}`);
  let output = "";
  const ended = await proof.ports.shell.run({
    runId: proof.runId,
    command,
    cwd: proof.proofDir,
    totalMs: name in limits ? limits[name as keyof typeof limits] : proof.limits.testMs,
    onOutput(text) {
      proof.log.append(text);
      output = (output + text).slice(-OUTPUT_READ);
    },
    signal: proof.signal,
  });
  proof.signal.throwIfAborted();
  proof.log.note(`${name}: ${endText(ended)} after ${(ended.durationMs / 1000).toFixed(1)} s`);
  const isTest = !(name in limits);
  const failedTests = isTest && ended.exitCode !== 0 ? readFailedTests(proof.log.clean(output)) : null;
  return {
    name,
    command,
    exitCode: ended.end === "exited" ? ended.exitCode : null,
    timedOut: ended.end === "total_timeout",
    durationMs: ended.durationMs,
    outputTail: proof.log.clean(ended.tail).slice(-OUTPUT_TAIL),
    ...(failedTests === null ? {} : { failedTests }),
  };
}

function endText(ended: ProcessResult): string {
  if (ended.end !== "exited") return ended.end.replace("_", " ");
  return ended.exitCode === null ? "ended by a signal" : `exit code ${ended.exitCode}`;
}

/**
 * Runs what tells whether the patch is good, in a worktree that holds exactly what would be published: the patch's own
 * tests on the base and on the patch, then format, lint and the whole suite; a suite that fails is run once more, and then
 * without the patch. True results only, added to `results` as they come; judging is the control plane's. Answers with why
 * the patch's tests could not be run alone, or null.
 */
export async function provePatch(
  proof: ProofContext,
  snapshot: Snapshot,
  results: CommandResult[],
): Promise<string | null> {
  const { git } = proof.ports;
  const newTest = decideTestProof({ files: snapshot.files, commands: proof.commands });
  if (newTest.kind === "prove") {
    await git.applySnapshot(snapshot, proof.proofDir, newTest.supportPaths);
    results.push(await runNamed(proof, "new-test-on-base", newTest.command));
  }
  await git.applySnapshot(snapshot, proof.proofDir, null);
  await reinstall(proof, snapshot, results);
  if (newTest.kind === "prove") results.push(await runNamed(proof, "new-test-on-patch", newTest.command));
  for (const name of ["format", "lint", "test"] as const) {
    const command = proof.commands[name];
    if (command !== null) results.push(await runNamed(proof, name, command));
  }
  await compareSuite(proof, snapshot, results);
  return newTest.kind === "prove" ? null : newTest.detail;
}

/** Dependencies follow the manifests of the tree as it is now. */
async function reinstall(proof: ProofContext, snapshot: Snapshot, results: CommandResult[]): Promise<void> {
  const { install } = proof.commands;
  if (install === null || !snapshot.files.some((file) => MANIFEST.test(file.path))) return;
  results.push(await runNamed(proof, "install", install));
}

/** Tells a suite that the patch broke from a flaky one and from one that fails without the patch as well. */
async function compareSuite(proof: ProofContext, snapshot: Snapshot, results: CommandResult[]): Promise<void> {
  const { test } = proof.commands;
  const first = results.findLast((result) => result.name === "test");
  // A suite that did not end in its time would only take as long again.
  if (test === null || first === undefined || first.exitCode === 0 || first.timedOut) return;
  const again = await runNamed(proof, "test-again", test);
  results.push(again);
  if (again.exitCode === 0) return;
  await proof.ports.git.applySnapshot(snapshot, proof.proofDir, []);
  await reinstall(proof, snapshot, results);
  results.push(await runNamed(proof, "test-on-base", test));
}
