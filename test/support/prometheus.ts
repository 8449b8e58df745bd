import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vi } from "vitest";
import * as z from "zod";
import { freePort } from "../../demo/processes.ts";

/** Whether Prometheus and its tools are here (Debian: `apt-get install prometheus`). */
export const hasPrometheus = ["prometheus", "promtool"].every((name) => spawnSync(name, ["--version"]).status === 0);

/** What `promtool check …` says of a text; empty where nothing is wrong. `metrics` is read from stdin, the rest from a file. */
export async function promtoolCheck(what: "metrics" | "config" | "rules", text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "patchpilot-promtool-"));
  const file = join(folder, "checked.yml");
  await writeFile(file, text);
  const syntax = what === "config" ? ["--syntax-only"] : [];
  const args = what === "metrics" ? [] : [...syntax, file];
  const { status, stdout, stderr } = spawnSync("promtool", ["check", what, ...args], { input: text, encoding: "utf8" });
  await rm(folder, { recursive: true, force: true });
  return status === 0 ? "" : `${stdout}${stderr}` || `promtool ended with ${status}`;
}

const targetsSchema = z.object({
  data: z.object({ activeTargets: z.array(z.object({ health: z.string(), lastError: z.string() })) }),
});
const resultSchema = z.object({
  data: z.object({
    result: z.array(z.object({ metric: z.record(z.string(), z.string()), value: z.tuple([z.number(), z.string()]) })),
  }),
});

export interface Prometheus {
  /** How the last scrape went: `up`, or `down` with its error. */
  target(): Promise<{ health: string; lastError: string }>;
  query(expression: string): Promise<{ labels: Record<string, string>; value: number }[]>;
  stop(): Promise<void>;
}

/** A real Prometheus that scrapes one door with a token, and has done so at least once. */
export async function startPrometheus(target: string, token: string): Promise<Prometheus> {
  const folder = await mkdtemp(join(tmpdir(), "patchpilot-prometheus-"));
  const port = await freePort();
  const config = {
    global: { scrape_interval: "2s", scrape_timeout: "2s" },
    scrape_configs: [
      {
        job_name: "patchpilot",
        metrics_path: "/api/metrics",
        authorization: { credentials: token },
        static_configs: [{ targets: [target] }],
      },
    ],
  };
  // JSON is YAML too.
  await writeFile(join(folder, "prometheus.yml"), JSON.stringify(config));
  const args = [`--config.file=${join(folder, "prometheus.yml")}`, `--storage.tsdb.path=${join(folder, "data")}`];
  const child = spawn("prometheus", [...args, `--web.listen-address=127.0.0.1:${port}`], { stdio: "ignore" });
  const ask = async (path: string) => (await fetch(`http://127.0.0.1:${port}/api/v1/${path}`)).json();
  const readTarget = async () => {
    const [first] = targetsSchema.parse(await ask("targets")).data.activeTargets;
    if (first === undefined || first.health === "unknown") throw new Error("not scraped yet");
    return first;
  };
  try {
    await vi.waitFor(readTarget, { timeout: 20_000, interval: 100 });
  } catch (error) {
    await end(child, folder);
    throw error;
  }
  return {
    target: readTarget,
    async query(expression) {
      const { data } = resultSchema.parse(await ask(`query?query=${encodeURIComponent(expression)}`));
      return data.result.map(({ metric, value: [, value] }) => ({ labels: metric, value: Number(value) }));
    },
    stop: () => end(child, folder),
  };
}

async function end(child: ChildProcess, folder: string): Promise<void> {
  const ended = new Promise((resolve) => child.once("close", resolve));
  child.kill("SIGKILL");
  await ended;
  await rm(folder, { recursive: true, force: true });
}
