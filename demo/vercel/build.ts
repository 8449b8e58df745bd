import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { sourceCache } from "./git.ts";
import { readScripts } from "./instance.ts";
import type { DemoVercelOptions, Deployment } from "./model.ts";
import type { VercelState } from "./state.ts";

const run = promisify(execFile);
const BUILD_TIMEOUT_MS = 120_000;

export interface Builder {
  /** Where a deployment's tree lies: below `/var/task`, as in Vercel's functions. */
  tree(deployment: Deployment): string;
  /** The environment of a deployment's processes: Vercel's own variables, then the project's. */
  environment(deployment: Deployment): Record<string, string>;
  /** Checks the commit out and runs its `build` script, if any; throws when either fails. */
  build(deployment: Deployment): Promise<void>;
  /** Checks the commit out again when its tree is gone. */
  ensureTree(deployment: Deployment): Promise<void>;
}

export function createBuilder(options: DemoVercelOptions, state: VercelState): Builder {
  const { repository } = options;
  const source = sourceCache(options.dir, repository.cloneUrl);
  const tree = ({ id }: Deployment) => join(options.dir, "deployments", id, "var", "task");
  const environment = (deployment: Deployment) => ({
    ...systemEnvironment(deployment, options),
    ...options.env(deployment),
  });
  return {
    tree,
    environment,
    async build(deployment) {
      const commit = `Branch: ${deployment.ref}, Commit: ${deployment.sha.slice(0, 7)}`;
      state.addLine(deployment.id, "command", `Cloning github.com/${repository.owner}/${repository.name} (${commit})`);
      await source.exportCommit(deployment.sha, tree(deployment));
      if (readScripts(tree(deployment)).build === undefined) return;
      state.addLine(deployment.id, "command", 'Running "npm run build"');
      const output = await runBuild(tree(deployment), environment(deployment));
      for (const line of output.split("\n").filter((one) => one.trim())) state.addLine(deployment.id, "stdout", line);
    },
    async ensureTree(deployment) {
      if (!existsSync(tree(deployment))) await source.exportCommit(deployment.sha, tree(deployment));
    },
  };
}

async function runBuild(tree: string, environment: Record<string, string>): Promise<string> {
  const env: Record<string, string> = { PATH: process.env.PATH ?? "", HOME: tree, ...environment };
  // Meant for the running program: a build reports no errors of its own.
  delete env.NODE_OPTIONS;
  const { stdout, stderr } = await run("npm", ["run", "build"], { cwd: tree, env, timeout: BUILD_TIMEOUT_MS });
  return `${stdout}\n${stderr}`;
}

function systemEnvironment(deployment: Deployment, { repository }: DemoVercelOptions): Record<string, string> {
  return {
    VERCEL: "1",
    VERCEL_ENV: deployment.target === "production" ? "production" : "preview",
    VERCEL_URL: deployment.host,
    VERCEL_DEPLOYMENT_ID: deployment.id,
    VERCEL_GIT_PROVIDER: "github",
    VERCEL_GIT_REPO_OWNER: repository.owner,
    VERCEL_GIT_REPO_SLUG: repository.name,
    VERCEL_GIT_COMMIT_SHA: deployment.sha,
    VERCEL_GIT_COMMIT_REF: deployment.ref,
    VERCEL_GIT_COMMIT_MESSAGE: deployment.message,
    VERCEL_GIT_COMMIT_AUTHOR_LOGIN: deployment.authorLogin,
    NODE_ENV: "production",
  };
}
