import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { freePort } from "../../demo/processes.ts";
import { PROJECT_ROOT } from "../law/tree.ts";
import { startProgram } from "../support/run-program.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "patchpilot-start-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it("`npm start` without credentials reaches recovered within three minutes, and the page shows it", {
  timeout: 220_000,
}, async () => {
  const port = await freePort();
  const child = startProgram([join(PROJECT_ROOT, "cli/main.ts"), "start", "--port", String(port)], folder);
  let output = "";
  const collect = (text: string) => {
    output += text;
  };
  child.stdout?.setEncoding("utf8").on("data", collect);
  child.stderr?.setEncoding("utf8").on("data", collect);
  try {
    await expect.poll(() => output, { timeout: 180_000, interval: 500 }).toMatch(/^recovered, \d+ s after the start/m);
    const page = await (await fetch(`http://localhost:${port}/`)).text();
    expect(page).toContain("Recovered");
    expect(page).toContain("Break production again");
  } finally {
    child.kill("SIGTERM");
    await new Promise((resolve) => child.once("close", resolve));
  }
});
