import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DemoGitHub, startDemoGitHub } from "../../demo/github/index.ts";
import { createGitHub, type GitHub, type GitHubConfig } from "../../lib/adapters/github/index.ts";
import { systemClock } from "../../lib/runtime/clock.ts";

/** A demo GitHub with our App and nobody in it, in a folder of its own. */
export async function openDemoGitHub(): Promise<{ demo: DemoGitHub; close(): Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), "patchpilot-demo-github-"));
  const app = { id: 12345, slug: "patchpilot", webhookSecret: "secret", webhookUrl: null };
  const demo = await startDemoGitHub({ dir, app });
  const close = async () => {
    await demo.close();
    await rm(dir, { recursive: true, force: true });
  };
  return { demo, close };
}

/** Our adapter on its repository maintainer/shop, which finds its installation by itself. */
export const connectGitHub = (demo: DemoGitHub): GitHub => createGitHub(settingsFor(demo));

/** What the adapter is given to reach it. */
export function settingsFor(demo: DemoGitHub): GitHubConfig {
  return {
    apiUrl: demo.url,
    appId: "12345",
    privateKey: demo.privateKeyPem,
    installationId: null,
    repository: "maintainer/shop",
    markerKey: "marker-key",
    clock: systemClock,
    timeoutMs: 5_000,
  };
}
