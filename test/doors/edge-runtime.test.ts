import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EdgeRuntime } from "edge-runtime";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { edgeOptions } from "../../build.ts";
import { PROJECT_ROOT } from "../law/tree.ts";
import { forgedDelivery, functionEnvironment } from "./environment.ts";
import { buildFunction, prepareDeployment } from "./vercel.ts";

/** An edge deployment needs Neon's driver; nothing is asked of this address. */
const NEON_URL = "postgres://user:password@ep-test-123456.eu-central-1.aws.neon.tech/neondb";

/** The edge bundle as a script: the runtime's package takes a script, the platform a module. */
async function bundleAsScript(folder: string): Promise<string> {
  const file = join(folder, "webhooks.mjs");
  await build(edgeOptions(join(PROJECT_ROOT, "lib/wiring/webhooks.ts"), file));
  const contents = `import handle from ${JSON.stringify(file)};
addEventListener("fetch", (event) => event.respondWith(handle(event.request)));`;
  const script = await build({
    stdin: { contents, resolveDir: folder },
    bundle: true,
    format: "iife",
    platform: "browser",
    write: false,
  });
  return script.outputFiles[0]?.text ?? "";
}

describe("the webhook door at the edge", () => {
  let folder = "";
  let runtime: EdgeRuntime;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "patchpilot-edge-"));
    const env = functionEnvironment(NEON_URL);
    runtime = new EdgeRuntime({
      initialCode: await bundleAsScript(folder),
      // Vercel's edge runtime gives process.env, and of Node nothing else that is not imported.
      extend: (context) => Object.assign(context, { process: { env } }),
    });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("has no Node globals to lean on", () => {
    expect(
      runtime.evaluate("[typeof require, typeof Buffer, typeof setImmediate, typeof process.versions].join()"),
    ).toBe("undefined,undefined,undefined,undefined");
  });

  it("answers an unsigned delivery with 401", async () => {
    const { headers, ...unsigned } = forgedDelivery();
    const { "sentry-hook-signature": _, ...rest } = headers;
    const answer = await runtime.dispatchFetch("https://patchpilot.example/api/webhooks/sentry", {
      ...unsigned,
      headers: rest,
    });
    expect(answer.status).toBe(401);
  });

  it("answers a forged delivery with 401", async () => {
    const answer = await runtime.dispatchFetch("https://patchpilot.example/api/webhooks/sentry", forgedDelivery());
    expect(answer.status).toBe(401);
  });

  it("is one changed door away: @vercel/node makes an edge function of it, with nothing packed beside the bundle", async () => {
    const root = await mkdtemp(join(folder, "deployment-"));
    await prepareDeployment(PROJECT_ROOT, root);
    const door = 'export { default } from "../dist/edge/webhooks.mjs"; export const config = { runtime: "edge" };\n';
    await writeFile(join(root, "api/webhooks.js"), door);
    const { type, files } = await buildFunction(root, "api/webhooks.js");
    expect(type).toBe("EdgeFunction");
    expect(Object.keys(files).filter((path) => path.startsWith("node_modules/"))).toEqual([]);
    expect(Object.keys(files)).toContain("dist/edge/webhooks.mjs");
  });
});
