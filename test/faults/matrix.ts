import type { Database } from "../../lib/db/database.ts";
import { AppError } from "../../lib/kernel/errors.ts";
import { type Bench, createBench } from "../support/context.ts";
import { type Counts, driveIncident } from "./drive.ts";

/** Every call to the outside that the loop makes, in the order in which it makes them first. */
export const STEPS = [
  "findIssue",
  "ensureIssue",
  "ensureComment",
  "ensureLabels",
  "findLatestEvent",
  "listFiles",
  "listRecentCommits",
  "findBranchHead",
  "getReadOnlyClone",
  "readFiles",
  "ensureBranch",
  "ensureCommit",
  "ensurePullRequest",
  "ensureCheckRun",
  "findPullRequest",
  "listProductionDeployments",
  "containsCommit",
  "listEvents",
  "check",
  "updateIssue",
  "ensureResolved",
  "ensureClosed",
] as const;
export type Step = (typeof STEPS)[number];

const later = (code: string, message: string) => new AppError(code, message, { retry: "later" });

/** What goes wrong at a step. `inject` sets it up; the next call of that method meets it. */
export const FAULTS: Record<string, (bench: Bench, step: Step) => void> = {
  "killed right after it": (bench, step) => bench.script.crashAfter(step),
  "429": (bench, step) =>
    bench.script.failAt(step, new AppError("provider_rate_limited", "429", { retry: { afterMs: 30_000 } })),
  "500": (bench, step) => bench.script.failAt(step, later("provider_unavailable", "500")),
  "timed out": (bench, step) => bench.script.failAt(step, later("provider_timeout", "no answer")),
  "half an answer": (bench, step) =>
    bench.script.failAt(step, later("provider_bad_answer", "the answer ends in the middle")),
  "database gone for a moment": (bench, step) => bench.script.during(step, async () => loseDatabase(bench)),
  "clock five minutes back": (bench, step) => bench.script.during(step, async () => bench.clock.advance(-300_000)),
  "broker down for an hour": (bench, step) => bench.script.during(step, async () => bench.clock.advance(3_600_000)),
};

/** The next transaction meets a server that is gone. */
function loseDatabase(bench: Bench): void {
  const { db } = bench.ctx;
  const original = db.transaction;
  const broken: Database["transaction"] = async () => {
    Object.assign(db, { transaction: original });
    throw later("database_away", "the connection was lost");
  };
  Object.assign(db, { transaction: broken });
}

export interface Cell extends Counts {
  fault: string;
  step: Step;
  /** Whether the loop came by that step at all, and so met the fault. */
  isMet: boolean;
  lost: number;
  doubled: number;
}

/** Plays the loop with one fault at one step. */
export async function playCell(database: Database, fault: string, step: Step): Promise<Cell> {
  // An hour without a broker must not look like an hour without a runner.
  const bench = await createBench(database, { policy: { repair: { claimMinutes: 180 } } });
  FAULTS[fault]?.(bench, step);
  const counts = await driveIncident(bench);
  const isMet = bench.script.calls.includes(step);
  const ones = [
    counts.incidents,
    counts.issues,
    counts.comments,
    counts.branches,
    counts.pullRequests,
    counts.closings,
    counts.resolves,
  ];
  const doubled = ones.reduce((sum, found) => sum + Math.max(0, found - 1), 0);
  const missing = counts.state === "recovered" ? ones.filter((found) => found === 0).length : 1;
  return { fault, step, isMet, ...counts, lost: counts.alertsSent - counts.alertsStored + missing, doubled };
}

/** The whole matrix, cell by cell. */
export async function playMatrix(database: Database, tell: (cell: Cell) => void): Promise<Cell[]> {
  const cells: Cell[] = [];
  for (const fault of Object.keys(FAULTS)) {
    for (const step of STEPS) {
      const cell = await playCell(database, fault, step);
      cells.push(cell);
      tell(cell);
    }
  }
  return cells;
}
