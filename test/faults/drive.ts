import { sql } from "drizzle-orm";
import { rowsOf } from "../../lib/db/database.ts";
import { alert, type Bench, MINUTE_MS, openIncident } from "../support/context.ts";
import { claim, report } from "../support/repair-flow.ts";

/** How often each alert is sent: senders repeat themselves. */
const COPIES = 3;
const ALERTS = 4;
const MOST_ROUNDS = 60;
const ENDS = new Set(["recovered", "escalated", "ignored"]);

/** What a run of the loop left outside and inside. */
export interface Counts {
  alertsSent: number;
  alertsStored: number;
  incidents: number;
  issues: number;
  comments: number;
  branches: number;
  pullRequests: number;
  closings: number;
  resolves: number;
  state: string;
}

async function nextDueAt(bench: Bench): Promise<Date | null> {
  const times = Object.values(await bench.waitingJobs());
  return times.length === 0 ? null : new Date(Math.min(...times.map((at) => at.getTime())));
}

/** What people and runners do in the meantime: claim and report, merge, deploy. A lost answer is asked for again. */
async function actAround(bench: Bench, done: { deployed: Set<string> }): Promise<void> {
  const run = await claim(bench).catch(() => claim(bench));
  if (run !== null) await report(bench, run).catch(() => report(bench, run));
  for (const pull of bench.repository.pulls) {
    if (pull.state === "open" && bench.repository.checkRuns.some((check) => check.sha === pull.headSha)) {
      bench.repository.merge(pull.number, bench.clock.now());
    }
    if (pull.mergeSha !== null && !done.deployed.has(pull.mergeSha)) {
      done.deployed.add(pull.mergeSha);
      // Somebody else's change is deployed with it, so that whether the repair is in there has to be asked.
      bench.production.deploy(bench.repository.push("main", { "NOTES.md": "later" }), bench.clock.now());
    }
  }
}

/** Plays one incident from its alerts to its end, whatever the bench's script does to it. */
export async function driveIncident(bench: Bench): Promise<Counts> {
  const incidentId = await openIncident(bench);
  const first = await alertsStored(bench);
  for (let count = 1; count < ALERTS; count += 1) await alert(bench);
  const stored = await alertsStored(bench);
  await repeatAlerts(bench);
  const done = { deployed: new Set<string>() };
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    await bench.settle();
    await actAround(bench, done);
    const next = await nextDueAt(bench);
    if (
      next === null ||
      (ENDS.has((await bench.incident(incidentId)).state) &&
        next.getTime() - bench.clock.now().getTime() > 60 * MINUTE_MS)
    )
      break;
    bench.clock.advance(Math.max(1_000, next.getTime() - bench.clock.now().getTime()));
  }
  return count(bench, incidentId, first === 1 && stored === ALERTS ? ALERTS : stored);
}

/** Each stored alert comes again: the same key, twice more. */
async function repeatAlerts(bench: Bench): Promise<void> {
  const rows = rowsOf<{ dedupe_key: string; signal: never }>(
    await bench.ctx.db.db.execute(sql`select dedupe_key, signal from deliveries where source = 'sentry'`),
  );
  for (const row of rows) for (let copy = 1; copy < COPIES; copy += 1) await bench.receive(row.signal, row.dedupe_key);
}

async function alertsStored(bench: Bench): Promise<number> {
  const [row] = rowsOf<{ found: number }>(
    await bench.ctx.db.db.execute(sql`select count(*)::int as found from deliveries where source = 'sentry'`),
  );
  return row?.found ?? 0;
}

async function count(bench: Bench, incidentId: string, alertsSent: number): Promise<Counts> {
  const [incidents] = rowsOf<{ found: number }>(
    await bench.ctx.db.db.execute(sql`select count(*)::int as found from incidents`),
  );
  const { issues, repository, errors } = bench;
  return {
    alertsSent,
    alertsStored: await alertsStored(bench),
    incidents: incidents?.found ?? 0,
    issues: issues.all.length,
    comments: issues.all.reduce((sum, issue) => sum + issue.comments.length, 0),
    branches: [...repository.branches.keys()].filter((name) => name.startsWith("patchpilot/")).length,
    pullRequests: repository.pulls.length,
    closings: issues.log.filter((line) => line === "close").length,
    resolves: errors.resolvedIn.length,
    state: (await bench.incident(incidentId)).state,
  };
}
