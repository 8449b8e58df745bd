import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import * as z from "zod";
import { type BenchOptions, type BenchResult, renderBenchResult } from "./kit/result.ts";

const moduleSchema = z.object({
  run: z.custom<(options: BenchOptions) => Promise<BenchResult>>(
    (value) => typeof value === "function",
    "no exported function run()",
  ),
});

/** The benchmarks: every file beside this one. */
function listBenchmarks(): string[] {
  const files = readdirSync(import.meta.dirname).filter((file) => file.endsWith(".ts") && file !== "main.ts");
  return files.map((file) => basename(file, ".ts")).sort();
}

async function runBenchmark(name: string, options: BenchOptions): Promise<BenchResult> {
  const module: unknown = await import(join(import.meta.dirname, `${name}.ts`));
  return moduleSchema.parse(module).run(options);
}

function isOption(arg: string): boolean {
  return !arg.startsWith("--") || /^--(?:json|seed=\d{1,6}|times=[1-9]\d{0,2})$/.test(arg);
}

function readNumber(args: readonly string[], name: string, otherwise: number): number {
  const given = args.find((arg) => arg.startsWith(`--${name}=`));
  return given === undefined ? otherwise : Number(given.slice(name.length + 3));
}

/** Exit codes: 0 every goal met, 1 a goal missed, 2 an unknown name. */
async function main(args: string[]): Promise<number> {
  const isJson = args.includes("--json");
  const options = { seed: readNumber(args, "seed", 0), times: readNumber(args, "times", 1) };
  const known = listBenchmarks();
  const named = args.filter((arg) => !arg.startsWith("--"));
  const unknown = [...named.filter((name) => !known.includes(name)), ...args.filter((arg) => !isOption(arg))];
  if (unknown.length > 0) {
    console.error(
      `bench: unknown ${unknown.join(", ")}; there is ${known.join(", ")} (and --json, --seed=N, --times=N)`,
    );
    return 2;
  }
  const results: BenchResult[] = [];
  for (const name of named.length > 0 ? named : known) {
    const result = await runBenchmark(name, options);
    results.push(result);
    if (!isJson) console.log(renderBenchResult(result));
  }
  if (isJson) console.log(JSON.stringify(results, null, 2));
  const goals = results.flatMap((result) => result.comparisons).map((one) => one.goal);
  return goals.every((goal) => goal === null || goal.isMet) ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
