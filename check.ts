import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import * as z from "zod";
import { LAW_FOLDERS } from "./test/law/tree.ts";

interface Step {
  name: string;
  command: string;
  args: string[];
}

interface Outcome {
  name: string;
  passed: boolean;
  seconds: number;
}

const ROOT = import.meta.dirname;

/** One after the other: each of these fills a machine of two cores by itself. */
function listSteps(testReport: string): Step[] {
  const folders = LAW_FOLDERS.filter((folder) => existsSync(join(ROOT, folder)));
  return [
    { name: "types", command: "tsc", args: ["--noEmit", "-p", "."] },
    { name: "lint", command: "biome", args: ["check", "--error-on-warnings", "--diagnostic-level=warn"] },
    { name: "import laws", command: "depcruise", args: ["--config", ".dependency-cruiser.cjs", ...folders] },
    { name: "source laws", command: "node", args: ["test/law/scan-source.ts"] },
    { name: "dead code", command: "knip", args: ["--no-progress"] },
    {
      name: "tests",
      command: "vitest",
      args: ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${testReport}`],
    },
  ];
}

/** Runs a step with its output passed through. A tool that cannot be started counts as failed. */
async function runStep({ name, command, args }: Step): Promise<Outcome> {
  console.log(`\n== ${name}: ${command} ${args.join(" ")}`);
  const startedAt = performance.now();
  const bins = join(ROOT, "node_modules/.bin");
  const env = { ...process.env, PATH: `${bins}${delimiter}${process.env.PATH ?? ""}` };
  const code = await new Promise<number>((resolve) => {
    const child = spawn(command, args, { cwd: ROOT, stdio: "inherit", env });
    child.on("error", (error) => {
      console.error(error.message);
      resolve(1);
    });
    child.on("close", (exitCode) => resolve(exitCode ?? 1));
  });
  const seconds = (performance.now() - startedAt) / 1000;
  console.log(`== ${name}: ${code === 0 ? "ok" : "FAILED"} in ${seconds.toFixed(1)} s`);
  return { name, passed: code === 0, seconds };
}

const reportSchema = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      assertionResults: z.array(z.object({ status: z.string(), fullName: z.string() })),
    }),
  ),
});

/** `tests: N passed, N failed, N skipped`; a file that did not load has no tests of its own and counts as one failed. */
export function renderTestLine(report: unknown): string {
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = reportSchema.parse(report);
  const unloaded = testResults.filter(
    (file) => file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed"),
  );
  const failed = numFailedTests + unloaded.length;
  return `tests: ${numPassedTests} passed, ${failed} failed, ${numPendingTests + numTodoTests} skipped`;
}

async function readTestLine(testReport: string): Promise<string> {
  try {
    return renderTestLine(JSON.parse(await readFile(testReport, "utf8")));
  } catch (error) {
    return `tests: no report (${error instanceof Error ? error.message : error})`;
  }
}

if (import.meta.main) {
  const folder = await mkdtemp(join(tmpdir(), "patchpilot-check-"));
  const testReport = join(folder, "tests.json");
  const outcomes: Outcome[] = [];
  for (const step of listSteps(testReport)) outcomes.push(await runStep(step));
  console.log("\n== summary");
  for (const { name, passed, seconds } of outcomes) {
    console.log(`${passed ? "ok    " : "FAILED"}  ${name.padEnd(12)} ${seconds.toFixed(1).padStart(6)} s`);
  }
  console.log(await readTestLine(testReport));
  await rm(folder, { recursive: true, force: true });
  process.exitCode = outcomes.every((one) => one.passed) ? 0 : 1;
}
