import { AppError } from "../kernel/errors.ts";
import type { PatchRules } from "./decide-patch.ts";
import { decideRoundGate, pathsOf } from "./decide-round-gate.ts";
import type { GateJudgement } from "./decide-run-end.ts";
import type { FileChange } from "./diff-model.ts";
import type { Round } from "./feedback-model.ts";
import { getContentsAfter } from "./get-contents.ts";
import type { CodeHost } from "./ports.ts";
import { readDiff } from "./read-diff.ts";
import type { RunRow } from "./store.ts";

export interface JudgedRound {
  gate: GateJudgement;
  /** What the round changes on its base. */
  files: FileChange[];
}

const deny = (rule: string, detail: string): JudgedRound => ({
  gate: { verdict: "deny", reasons: [{ rule, detail }] },
  files: [],
});

/** Judges a round's change and the whole pull request with it, read from the diffs that would be published. */
export async function judgeRound(
  codeHost: Pick<CodeHost, "readFiles">,
  rules: PatchRules,
  input: { run: RunRow; earlier: readonly RunRow[] },
): Promise<JudgedRound> {
  const { run } = input;
  const { round } = run.brief;
  if (round === undefined) throw new Error(`run ${run.id} is no round`);
  const own = readDiff(run.report?.diff ?? "");
  if (!own.ok) return deny("unreadable-diff", own.reason);
  const { originalKind } = round;
  const plan = run.brief.plan ?? null;
  const { files } = own;
  if (round.mode === "redo")
    return { files, gate: decideRoundGate({ files, whole: null, ourPaths: [], originalKind, plan }, rules) };
  const whole = readDiff(run.report?.wholeDiff ?? "");
  if (!whole.ok) return deny("unreadable-diff", `the whole pull request: ${whole.reason}`);
  const lie = await findDifference(codeHost, run.baseSha, files, round.proofSha, whole.files);
  if (lie !== null)
    return deny("whole-diff", `what was reported of the whole pull request does not fit the round in ${lie}`);
  return {
    files,
    gate: decideRoundGate(
      { files, whole: whole.files, ourPaths: earlierPaths(round, input.earlier), originalKind, plan },
      rules,
    ),
  };
}

function earlierPaths(round: Round, earlier: readonly RunRow[]): string[] {
  return earlier
    .filter((run) => run.state === "published" && run.branch === round.branch)
    .flatMap((run) => {
      const reading = readDiff(run.report?.diff ?? "");
      return reading.ok ? pathsOf(reading.files) : [];
    });
}

/** A path of which the two diffs make different files, or null: the gate has to judge what will be published. */
async function findDifference(
  codeHost: Pick<CodeHost, "readFiles">,
  headSha: string,
  round: readonly FileChange[],
  proofSha: string,
  whole: readonly FileChange[],
): Promise<string | null> {
  const paths = [...new Set([...pathsOf(round), ...pathsOf(whole)])];
  const byRound = await contentsOf(codeHost, headSha, round, paths);
  const byWhole = await contentsOf(codeHost, proofSha, whole, paths);
  if (byRound === null || byWhole === null) return "a file that it does not apply to";
  return paths.find((path) => byRound.get(path) !== byWhole.get(path)) ?? null;
}

async function contentsOf(
  codeHost: Pick<CodeHost, "readFiles">,
  sha: string,
  files: readonly FileChange[],
  paths: readonly string[],
): Promise<Map<string, string | null> | null> {
  const contents = new Map(await codeHost.readFiles([...paths], sha));
  try {
    const { additions, deletions } = await getContentsAfter(codeHost, files, sha);
    for (const path of deletions) contents.set(path, null);
    for (const { path, content } of additions) contents.set(path, content);
    return contents;
  } catch (error) {
    if (error instanceof AppError && error.code === "patch_does_not_apply") return null;
    throw error;
  }
}
