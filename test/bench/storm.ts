import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import pg from "pg";
import * as z from "zod";
import { startPostgres } from "../support/postgres.ts";
import { type LoadResult, runLoad } from "./kit/load.ts";
import { createRequestMaker } from "./kit/requests.ts";
import { type BenchResult, type Comparison, median } from "./kit/result.ts";

const ROUNDS = 10;
const IN_FLIGHT = 64;
const portSchema = z.object({ port: z.number() });

/** A case: how many alerts a round, over which issues; every tenth alert of a storm is a repeat of the one before. */
interface Case {
  name: string;
  perRound: number;
  issueOf: (count: number) => number;
  hasRepeats: boolean;
  incidents: (alerts: number) => number;
}

const DIFFERENT: Case = {
  name: "all different",
  perRound: 2_000,
  issueOf: (count) => count,
  hasRepeats: false,
  incidents: (alerts) => alerts,
};
const HUNDRED: Case = {
  name: "over 100 incidents",
  perRound: 10_000,
  issueOf: (count) => (count - Math.floor(count / 10)) % 100,
  hasRepeats: true,
  incidents: () => 100,
};
const ONE: Case = { name: "on one incident", perRound: 2_000, issueOf: () => 1, hasRepeats: true, incidents: () => 1 };

interface Server {
  what: Case;
  port: number;
  child: ChildProcess;
  url: string;
  results: LoadResult[];
  rssMb: number[];
}

async function startServer(what: Case, url: string): Promise<Server> {
  const child = fork(new URL("./kit/ack-server.ts", import.meta.url), ["door", url], {
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  const [message] = await once(child, "message");
  return { what, port: portSchema.parse(message).port, child, url, results: [], rssMb: [] };
}

/** Memory of a process as the kernel counts it, in MB (Linux). */
function readRssMb(pid: number | undefined): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? Number.NaN) / 1_024;
}

/** Of ten alerts nine are new: the tenth is the ninth again. */
const withRepeats = (count: number) => (count % 10 === 0 ? count - 1 : count);

async function measure(servers: readonly Server[]): Promise<void> {
  const makers = new Map(
    servers.map((one) => {
      const { issueOf, hasRepeats } = one.what;
      const eventOf = hasRepeats ? withRepeats : (count: number) => count;
      return [one, createRequestMaker((count) => issueOf(eventOf(count)), eventOf)];
    }),
  );
  for (let round = 0; round < ROUNDS; round += 1) {
    for (let turn = 0; turn < servers.length; turn += 1) {
      const server = servers[(round + turn) % servers.length];
      const make = server && makers.get(server);
      if (!server || !make) continue;
      const result = await runLoad(server.port, make(server.what.perRound), IN_FLIGHT);
      if (result.refused > 0) throw new Error(`storm: ${result.refused} alerts ${server.what.name} were refused`);
      server.results.push(result);
      server.rssMb.push(readRssMb(server.child.pid));
    }
  }
}

/** Counts what was stored, and throws unless it is exact: every alert once, one incident an issue, one first job an incident. */
async function assertExact({ what, url }: Server): Promise<string> {
  const sent = ROUNDS * what.perRound;
  const distinct = what.hasRepeats ? sent - Math.floor(sent / 10) : sent;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query(
    "select (select count(*)::int from deliveries) as deliveries, (select count(*)::int from incidents) as incidents, (select count(*)::int from jobs) as jobs, (select max(number) from incidents) as number",
  );
  await client.end();
  const incidents = what.incidents(distinct);
  const expected = { deliveries: distinct, incidents, jobs: incidents };
  const { number, ...found } = rows[0] as { deliveries: number; incidents: number; jobs: number; number: number };
  if (JSON.stringify(found) !== JSON.stringify(expected)) {
    throw new Error(`storm ${what.name}: ${JSON.stringify(found)}, and ${JSON.stringify(expected)} was expected`);
  }
  return `${what.name}: ${sent} alerts sent, ${distinct} distinct, all stored; ${incidents} incidents, highest number ${number}, ${incidents} first jobs`;
}

function compare(storm: Server, different: Server): Comparison {
  const ratios = storm.results.map(
    ({ perSecond }, round) => perSecond / (different.results[round]?.perSecond ?? Number.NaN),
  );
  const ratio = median(ratios);
  return {
    what: `alerts ${storm.what.name}`,
    unit: "requests/s",
    ours: median(storm.results.map((one) => one.perSecond)),
    baseline: { name: different.what.name, value: median(different.results.map((one) => one.perSecond)) },
    ratio,
    goal: { text: "at least 0.9 times", isMet: ratio >= 0.9 },
  };
}

/** Memory at the end beside memory after the third round: what a storm leaves behind must not grow with it. */
function compareMemory({ what, rssMb }: Server): Comparison {
  const early = rssMb[2] ?? Number.NaN;
  const late = rssMb.at(-1) ?? Number.NaN;
  return {
    what: `memory of the door, ${what.name}`,
    unit: "MB",
    ours: late,
    baseline: { name: "after three of ten rounds", value: early },
    ratio: late / early,
    goal: { text: "at most 1.3 times", isMet: late / early <= 1.3 },
  };
}

/** A storm of 100,000 alerts over 100 incidents and one of 20,000 on one incident, beside alerts that are all different. */
export async function run(): Promise<BenchResult> {
  const postgres = await startPostgres({ isDurable: true });
  const servers: Server[] = [];
  try {
    for (const what of [DIFFERENT, HUNDRED, ONE])
      servers.push(await startServer(what, await postgres.createDatabase()));
    await measure(servers);
    const [different, hundred, one] = servers;
    if (!different || !hundred || !one) throw new Error("storm: a server is missing");
    const notes: string[] = [];
    for (const server of servers) notes.push(await assertExact(server));
    return {
      name: "storm",
      method: `20 KB event_alert bodies, one in ten a repeat, ${IN_FLIGHT} in flight, medians of ${ROUNDS} rounds in turns; each case a door and a database of its own; Postgres 18 with fsync`,
      comparisons: [compare(hundred, different), compare(one, different), compareMemory(hundred), compareMemory(one)],
      notes,
    };
  } finally {
    for (const { child } of servers) child.disconnect();
    await postgres.stop();
  }
}
