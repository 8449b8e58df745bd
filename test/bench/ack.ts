import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import * as z from "zod";
import { startPostgres } from "../support/postgres.ts";
import { type LoadResult, runLoad } from "./kit/load.ts";
import { createRequestMaker } from "./kit/requests.ts";
import { type BenchResult, type Comparison, describeLoad, median } from "./kit/result.ts";

const ROUNDS = 7;
const REQUESTS = 4_000;
const WARM_UP = 2_000;
const IN_FLIGHT = 64;
const INCIDENTS = 100;
const MODES = ["verify", "insert", "door"] as const;
type Mode = (typeof MODES)[number];

const portSchema = z.object({ port: z.number() });
const countSchema = z.object({ statements: z.number() });

interface Server {
  mode: Mode;
  port: number;
  child: ChildProcess;
  results: LoadResult[];
}

async function startServer(mode: Mode, databaseUrl: string): Promise<Server> {
  const file = new URL("./kit/ack-server.ts", import.meta.url);
  // Its log is written as in production, and read by nobody.
  const child = fork(file, [mode, databaseUrl], { stdio: ["ignore", "ignore", "ignore", "ipc"] });
  const [message] = await once(child, "message");
  return { mode, port: portSchema.parse(message).port, child, results: [] };
}

async function countStatements({ child }: Server): Promise<number> {
  child.send({});
  const [message] = await once(child, "message");
  return countSchema.parse(message).statements;
}

async function measure(servers: readonly Server[]): Promise<void> {
  const make = createRequestMaker((event) => event % INCIDENTS);
  for (const server of servers) await runLoad(server.port, make(WARM_UP), IN_FLIGHT);
  for (let round = 0; round < ROUNDS; round++) {
    // Each round begins with another one, so that none is always measured in another's wake.
    for (let turn = 0; turn < servers.length; turn++) {
      const server = servers[(round + turn) % servers.length];
      if (!server) continue;
      const result = await runLoad(server.port, make(REQUESTS), IN_FLIGHT);
      if (result.refused > 0) throw new Error(`ack: ${server.mode} refused ${result.refused} of ${REQUESTS}`);
      server.results.push(result);
    }
  }
}

function compareRates(door: Server, baseline: Server, name: string, goal: number): Comparison {
  const ratios = door.results.map(
    ({ perSecond }, round) => perSecond / (baseline.results[round]?.perSecond ?? Number.NaN),
  );
  const ratio = median(ratios);
  return {
    what: "our door, stored",
    unit: "requests/s",
    ours: median(door.results.map((one) => one.perSecond)),
    baseline: { name, value: median(baseline.results.map((one) => one.perSecond)) },
    ratio,
    goal: { text: `at least ${goal} times`, isMet: ratio >= goal },
  };
}

/**
 * Acknowledging stored alerts: our real door over a real Postgres (fsync on) beside the same verification and parsing
 * alone, and beside these with one prepared INSERT a delivery; each in a process of its own, in turns.
 */
export async function run(): Promise<BenchResult> {
  const postgres = await startPostgres({ isDurable: true });
  const servers: Server[] = [];
  try {
    for (const mode of MODES) servers.push(await startServer(mode, await postgres.createDatabase()));
    await measure(servers);
    const [verify, insert, door] = servers;
    if (!verify || !insert || !door) throw new Error("ack: a server is missing");
    const stored = WARM_UP + ROUNDS * REQUESTS;
    const p99 = (server: Server) => median(server.results.map((one) => one.p99Ms));
    const rateOf = (server: Server) => compareRates(server, verify, "verify + parse", 0);
    return {
      name: "ack",
      method: `20 KB event_alert bodies, unique, ${INCIDENTS} incidents, ${IN_FLIGHT} in flight, medians of ${ROUNDS} rounds of ${REQUESTS} in turns; Postgres 18 with fsync, all on this machine`,
      comparisons: [
        compareRates(door, insert, "verify + parse + one INSERT", 1.3),
        compareRates(door, verify, "verify + parse", 0.8),
        {
          what: "p99 of our door",
          unit: "ms",
          ours: p99(door),
          baseline: { name: "verify + parse + one INSERT", value: p99(insert) },
          ratio: p99(door) / p99(insert),
          goal: { text: "under 100 ms", isMet: p99(door) < 100 },
        },
        {
          what: "statements a delivery",
          unit: "",
          ours: (await countStatements(door)) / stored,
          baseline: { name: "one INSERT", value: (await countStatements(insert)) / stored },
          ratio: (await countStatements(door)) / (await countStatements(insert)),
          goal: null,
        },
      ],
      notes: [`one INSERT beside verify + parse: ${rateOf(insert).ratio.toFixed(2)}`, describeLoad()],
    };
  } finally {
    for (const { child } of servers) child.disconnect();
    await postgres.stop();
  }
}
