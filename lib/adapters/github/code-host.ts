import * as z from "zod";
import { AppError } from "../../kernel/errors.ts";
import type { WritePermit } from "../../kernel/write.ts";
import type { CodeHost } from "../../repair/ports.ts";
import { assertPermit } from "../../runtime/outbound.ts";
import { nullWhenMissing } from "../http.ts";
import { ensureCheckRun } from "./check-runs.ts";
import type { GitHubClient } from "./client.ts";
import { ensureBranch, ensureCommit, findBranchHead, isVerifiedCommit, listRecentMessages } from "./commits.ts";
import { readFiles } from "./contents.ts";
import {
  ensurePullLabels,
  ensurePullRequest,
  ensurePullRequestClosed,
  findPullRequest,
  findPullRequestOfBranch,
} from "./pulls.ts";
import { findCommit, getDefaultBranch } from "./repository.ts";

const EVENT_TYPE = "patchpilot.repair";
/** GitHub's limits for client_payload (docs.github.com, "Create a repository dispatch event"). */
const MAX_KEYS = 10;
const MAX_BYTES = 65_535;

const ROLES = ["admin", "maintain", "write", "triage", "read", "none"] as const;
/** `role_name` can be a custom role; `permission` is the built-in one that it comes from. */
const permissionSchema = z.object({
  permission: z.enum(ROLES).catch("none"),
  role_name: z.enum(ROLES).nullish().catch(null),
});

async function getReadOnlyClone(client: GitHubClient) {
  const schema = z.object({ clone_url: z.string(), private: z.boolean() });
  const repository = await client.get("GET /repos/{owner}/{repo}", {}, schema);
  const readToken = repository.private ? await client.tokens.mintReadOnly() : null;
  return { url: repository.clone_url, readToken };
}

export async function getPermission(client: GitHubClient, login: string) {
  const route = "GET /repos/{owner}/{repo}/collaborators/{username}/permission";
  const answer = await nullWhenMissing(client.get(route, { username: login }, permissionSchema));
  return answer?.role_name ?? answer?.permission ?? "none";
}

async function dispatchRepair(client: GitHubClient, permit: WritePermit, payload: Record<string, unknown>) {
  assertPermit(permit, "github.dispatch");
  const keys = Object.keys(payload).length;
  const bytes = Buffer.byteLength(JSON.stringify(payload));
  if (keys > MAX_KEYS || bytes > MAX_BYTES) {
    throw new AppError("dispatch_too_large", `GitHub takes ${MAX_KEYS} keys and ${MAX_BYTES} bytes in a dispatch`, {
      retry: "never",
      context: { keys, bytes },
    });
  }
  const input = { event_type: EVENT_TYPE, client_payload: payload };
  await client.write(permit, "github.dispatch", "POST /repos/{owner}/{repo}/dispatches", input, z.unknown());
}

/** CodeHost on GitHub. Each writing method takes the permit of its own kind (github.branch, github.commit, …). */
export function createCodeHost(client: GitHubClient): CodeHost {
  return {
    repository: client.repository,
    defaultBranch: () => getDefaultBranch(client),
    findBranchHead: (branch) => findBranchHead(client, branch),
    findCommit: (ref) => findCommit(client, ref),
    readFiles: (paths, sha) => readFiles(client, paths, sha),
    listRecentMessages: (sha, limit) => listRecentMessages(client, sha, limit),
    getReadOnlyClone: () => getReadOnlyClone(client),
    findPullRequest: (number) => findPullRequest(client, number),
    findPullRequestOfBranch: (branch) => findPullRequestOfBranch(client, branch),
    isVerifiedCommit: (sha) => isVerifiedCommit(client, sha),
    getPermission: (login) => getPermission(client, login),
    ensureBranch: (permit, input) => ensureBranch(client, permit, input),
    ensureCommit: (permit, input) => ensureCommit(client, permit, input),
    ensurePullRequest: (permit, input) => ensurePullRequest(client, permit, input),
    ensurePullRequestClosed: (permit, input) => ensurePullRequestClosed(client, permit, input),
    ensureLabels: (permit, input) => ensurePullLabels(client, permit, input),
    ensureCheckRun: (permit, input) => ensureCheckRun(client, permit, input),
    dispatchRepair: (permit, { payload }) => dispatchRepair(client, permit, payload),
  };
}
