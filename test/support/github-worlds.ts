import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createEmulator } from "emulate";
import { startDemoGitHub } from "../../demo/github/index.ts";
import { createGitHub, type GitHub, type GitHubConfig } from "../../lib/adapters/github/index.ts";
import { systemClock } from "../../lib/runtime/clock.ts";
import { createRecorder, type RecordedRequest } from "./recorder.ts";

/** A GitHub with one repository, our App installed on it, and nothing else. */
export interface GitHubWorld {
  github: GitHub;
  config: GitHubConfig;
  requests: RecordedRequest[];
  /** Whether it has createCommitOnBranch and repository_dispatch. */
  isComplete: boolean;
  /** Calls the API as a person with write access, for what our App does not do itself. */
  asPerson(method: string, path: string, body?: unknown): Promise<unknown>;
  /** Pushes one commit with one file, as that person. `branch` has to be there. */
  push(path: string, text: string, branch?: string): Promise<void>;
  close(): Promise<void>;
}

interface Host {
  url: string;
  privateKey: string;
  personToken: string;
  isComplete: boolean;
  /** Where the host has no `PUT /contents`. */
  push?: GitHubWorld["push"];
  close(): Promise<void>;
}

export async function openEmulatedGitHub(): Promise<GitHubWorld> {
  const emulator = await createEmulator({
    service: "github",
    port: 0,
    seed: {
      tokens: { "person-token": { login: "maintainer", scopes: ["repo"] } },
      github: {
        users: [{ login: "maintainer" }],
        repos: [{ owner: "maintainer", name: "shop", auto_init: true }],
        apps: [
          {
            app_id: 12345,
            slug: "patchpilot",
            name: "Patchpilot",
            permissions: {
              issues: "write",
              contents: "write",
              pull_requests: "write",
              checks: "write",
              metadata: "read",
            },
            installations: [{ installation_id: 100, account: "maintainer" }],
          },
        ],
      },
    },
  });
  const privateKey = emulator.generatedSecrets.find((secret) => secret.kind === "github.app_private_key")?.value;
  if (privateKey === undefined) throw new Error("emulate made no App key");
  return createWorld({
    url: emulator.url,
    privateKey,
    personToken: "person-token",
    isComplete: false,
    close: () => emulator.close(),
  });
}

export async function openDemoGitHub(): Promise<GitHubWorld> {
  const dir = await mkdtemp(join(tmpdir(), "patchpilot-demo-github-"));
  const app = { id: 12345, slug: "patchpilot", webhookSecret: "secret", webhookUrl: null };
  const demo = await startDemoGitHub({ dir, app });
  const personToken = demo.addUser({ login: "maintainer", permission: "admin" });
  await demo.createRepository({ owner: "maintainer", name: "shop" });
  await demo.seed("maintainer/shop", { "README.md": "# shop\n" }, "Initial commit");
  const close = async () => {
    await demo.close();
    await rm(dir, { recursive: true, force: true });
  };
  const push = async (path: string, text: string, branch?: string) => {
    await demo.person("maintainer").push({ [path]: text }, `add ${path}`, branch);
  };
  return createWorld({ url: demo.url, privateKey: demo.privateKeyPem, personToken, isComplete: true, push, close });
}

function createWorld(host: Host): GitHubWorld {
  const recorder = createRecorder();
  const config: GitHubConfig = {
    apiUrl: host.url,
    appId: "12345",
    privateKey: host.privateKey.replaceAll("\n", "\\n"),
    installationId: null,
    repository: "maintainer/shop",
    markerKey: "marker-key",
    clock: systemClock,
    timeoutMs: 5_000,
    fetch: recorder.fetch,
  };
  const asPerson: GitHubWorld["asPerson"] = async (method, path, body) => {
    const response = await fetch(`${host.url}${path}`, {
      method,
      headers: { authorization: `token ${host.personToken}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response.status === 204 ? null : response.json();
  };
  const putContents: GitHubWorld["push"] = async (path, text, branch = "main") => {
    const body = { message: `add ${path}`, content: Buffer.from(text).toString("base64"), branch };
    await asPerson("PUT", `/repos/maintainer/shop/contents/${encodeURI(path)}`, body);
  };
  return {
    config,
    github: createGitHub(config),
    requests: recorder.requests,
    isComplete: host.isComplete,
    asPerson,
    push: host.push ?? putContents,
    close: host.close,
  };
}
