import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { DemoStage } from "../stage.ts";
import { getBug } from "../world.ts";
import { allEnded, judgeOne } from "./judge.ts";
import type { Scenario } from "./model.ts";

/** Where the runner is killed, once each, in this order; the same run comes back to it every time. */
const PHASES = ["prepare", "work", "prove", "report"];

/** Kills of each stage that is playing. */
const kills = new WeakMap<DemoStage, string[]>();

/** Kills the runner with -9 the moment that it says that a phase begins, and starts it again. */
function killInEachPhase(stage: DemoStage): void {
  const done: string[] = [];
  kills.set(stage, done);
  stage.watchRunner((line) => {
    const phase = PHASES[done.length];
    if (phase === undefined || !line.endsWith(`phase=${phase}`)) return;
    done.push(phase);
    void stage.runner.kill().then(() => stage.runner.start());
  });
}

async function names(path: string): Promise<string[]> {
  return readdir(path, { recursive: true }).catch(() => []);
}

/** What is left of the lives that ended: run folders, worktrees, git's locks. */
async function findLeftovers(folder: string): Promise<string[]> {
  const runs = (await readdir(join(folder, "runs"))).map((name) => `the folder of ${name} is left`);
  const left = (await names(join(folder, "mirrors"))).filter((name) => /\.git\/worktrees\/[^/]+$|\.lock$/.test(name));
  return [...runs, ...left.map((name) => `${name} is left in the runner's mirrors`)];
}

/** Processes of a run that outlived it; nothing where the system has no /proc. */
async function findProcesses(runId: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name))) {
    const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
    if (environment.includes(`PATCHPILOT_RUN_ID=${runId}`)) found.push(`process ${pid} of ${runId} still runs`);
  }
  return found;
}

/** A runner that dies in every phase loses no run and doubles nothing. */
export const runnerDies: Scenario = {
  name: "runner-dies",
  title: "the runner is killed with -9 in each phase of one run; nothing is lost, doubled or left behind",
  stage: { policy: { repair: { leaseSeconds: 3, claimMinutes: 3, pullRequestPollMinutes: 0.05, totalMinutes: 3 } } },
  timeoutSeconds: 220,
  async begin(stage) {
    killInEachPhase(stage);
    await stage.world.breakShop(getBug("coupon-null"));
  },
  isOver: allEnded,
  judge: (stories, effects) =>
    judgeOne(stories, effects, { state: "recovered", attempts: 1, pullRequests: 1, closings: 1 }),
  async examine(stage, tell) {
    const done = kills.get(stage) ?? [];
    tell(`the runner was killed in: ${done.join(", ")}`);
    const { items } = await stage.ask<{ items: { id: string }[] }>("/api/admin/incidents?limit=1");
    const story = await stage.ask<{ runs: { id: string }[] }>(`/api/admin/incidents/${items[0]?.id ?? ""}`);
    const runIds = story.runs.map((run) => run.id);
    return [
      ...PHASES.filter((phase) => !done.includes(phase)).map((phase) => `it was not killed in ${phase}`),
      ...(await findLeftovers(stage.runnerFolder)),
      ...(await Promise.all(runIds.map(findProcesses))).flat(),
    ];
  },
};
