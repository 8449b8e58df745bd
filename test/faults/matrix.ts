import type { Database } from "../../lib/db/database.ts";
import { openPg } from "../../lib/db/open-pg.ts";
import { AppError } from "../../lib/kernel/errors.ts";
import { type Bench, createBench } from "../support/context.ts";
import { openTestPglite } from "../support/pglite.ts";
import { startPostgres } from "../support/postgres.ts";
import { type Counts, driveIncident } from "./drive.ts";
import { playBeside } from "./two-functions.ts";

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

/** What goes wrong at a step, as it is set up; the next call of that method meets it. */
const INJECTIONS: Record<string, (bench: Bench, step: Step) => void> = {
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

const TWO_FUNCTIONS = "two functions at once";

/** Every fault by its name. */
export const FAULT_NAMES = [...Object.keys(INJECTIONS), TWO_FUNCTIONS];

/** An embedded database for one function at a time, and a real one by two sets of connections. */
export interface Worlds {
  single: Database;
  pair: readonly [Database, Database];
  close(): Promise<void>;
}

export async function openWorlds(): Promise<Worlds> {
  const single = await openTestPglite();
  const postgres = await startPostgres();
  const url = await postgres.createDatabase();
  const pair = [openPg(url), openPg(url)] as const;
  return {
    single,
    pair,
    async close() {
      await Promise.all([single, ...pair].map((database) => database.close()));
      await postgres.stop();
    },
  };
}

async function openBench({ single, pair }: Worlds, fault: string, step: Step): Promise<Bench> {
  // An hour without a broker must not look like an hour without a runner.
  const settings = { policy: { repair: { claimMinutes: 180 } } };
  if (fault === TWO_FUNCTIONS) return playBeside(await createBench(pair[0], settings), pair[1], step);
  const bench = await createBench(single, settings);
  INJECTIONS[fault]?.(bench, step);
  return bench;
}

/** Plays the loop with one fault at one step. */
export async function playCell(worlds: Worlds, fault: string, step: Step): Promise<Cell> {
  const bench = await openBench(worlds, fault, step);
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
export async function playMatrix(worlds: Worlds, tell: (cell: Cell) => void): Promise<Cell[]> {
  const cells: Cell[] = [];
  for (const fault of FAULT_NAMES) {
    for (const step of STEPS) {
      const cell = await playCell(worlds, fault, step);
      cells.push(cell);
      tell(cell);
    }
  }
  return cells;
}
