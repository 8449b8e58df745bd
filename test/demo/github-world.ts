import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "@octokit/app";
import { Octokit } from "@octokit/core";
import { type DemoGitHub, type DemoGitHubOptions, startDemoGitHub } from "../../demo/github/index.ts";

export const WEBHOOK_SECRET = "a webhook secret of the tests";
export const APP_ID = 4242;
export const REPO = "acme/shop";

export interface Received {
  headers: IncomingHttpHeaders;
  body: Buffer;
  event: string;
  payload: Record<string, unknown>;
}

export interface Receiver {
  url: string;
  received: Received[];
  /** events as "event.action", in the order of their arrival */
  names(): string[];
  /** Called after each webhook, instead of what was to be called before. */
  onReceived(listener: () => void): void;
  close(): Promise<void>;
}

/** A server that takes every webhook and keeps its exact bytes. */
export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  let listener = () => {};
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks);
      const event = String(request.headers["x-github-event"]);
      received.push({ headers: request.headers, body, event, payload: JSON.parse(body.toString("utf8")) });
      response.writeHead(202).end("accepted");
      listener();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    received,
    names: () =>
      received.map(({ event, payload }) => (payload.action === undefined ? event : `${event}.${payload.action}`)),
    onReceived: (next) => {
      listener = next;
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

export interface TestWorld {
  github: DemoGitHub;
  receiver: Receiver;
  dir: string;
  /** Octokit as the installation, through the real @octokit/app */
  octokit: Octokit;
  /** A token with fewer rights, and Octokit with it. */
  narrowed(permissions: Record<string, "read" | "write">): Promise<{ token: string; octokit: Octokit }>;
  asUser(token: string): Octokit;
  close(): Promise<void>;
}

export const SEED = {
  "README.md": "# Shop\n",
  "src/cart.ts": `${Array.from({ length: 30 }, (_, i) => `export const line${i + 1} = ${i + 1};`).join("\n")}\n`,
  "src/deep/pay ment.ts": "export const pay = () => 1;\n",
};

/** A GitHub with one seeded repository, a webhook receiver, and clients of it. */
export async function startWorld(options: Partial<DemoGitHubOptions> = {}): Promise<TestWorld> {
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), "demo-github-")));
  const receiver = await startReceiver();
  const app = { id: APP_ID, slug: "patchpilot-demo", webhookSecret: WEBHOOK_SECRET, webhookUrl: receiver.url };
  const github = await startDemoGitHub({ dir, app, ...options });
  await github.createRepository({ owner: "acme", name: "shop" });
  await github.seed(REPO, SEED, "Open the shop");
  const AtDemo = Octokit.defaults({ baseUrl: github.url });
  const client = new App({ appId: APP_ID, privateKey: github.privateKeyPem, Octokit: AtDemo });
  const octokit = await client.getInstallationOctokit(github.installationId);
  const narrowed: TestWorld["narrowed"] = async (permissions) => {
    const { data } = await client.octokit.request("POST /app/installations/{installation_id}/access_tokens", {
      installation_id: github.installationId,
      permissions,
    });
    return { token: data.token, octokit: new AtDemo({ auth: data.token }) };
  };
  const close = async () => {
    await github.close();
    await receiver.close();
    if (!options.dir) await rm(dir, { recursive: true, force: true });
  };
  return { github, receiver, dir, octokit, narrowed, asUser: (token) => new AtDemo({ auth: token }), close };
}

/** The status and message of a call that must be refused. */
export async function refused(call: Promise<unknown>): Promise<{ status: number; message: string; errors: unknown }> {
  try {
    await call;
  } catch (error) {
    if (error instanceof Error && "status" in error && "response" in error) {
      const { data } = error.response as { data: { message: string; errors?: unknown } };
      return { status: Number(error.status), message: data.message, errors: data.errors };
    }
    throw error;
  }
  throw new Error("the call was not refused");
}

export const COMMIT_ON_BRANCH = `mutation($input:CreateCommitOnBranchInput!){
  createCommitOnBranch(input:$input){ clientMutationId commit{ oid url signature{ isValid wasSignedByGitHub } } ref{ name } }
}`;

/** The variables of createCommitOnBranch. */
export function commitInput(
  branch: string,
  expectedHeadOid: string,
  files: Record<string, string>,
  deletions: string[] = [],
) {
  const additions = Object.entries(files).map(([path, text]) => ({
    path,
    contents: Buffer.from(text).toString("base64"),
  }));
  return {
    input: {
      branch: { repositoryNameWithOwner: REPO, branchName: branch },
      expectedHeadOid,
      message: { headline: "fix: guard the cart", body: "Refs #1" },
      fileChanges: { additions, deletions: deletions.map((path) => ({ path })) },
      clientMutationId: "run-1",
    },
  };
}
