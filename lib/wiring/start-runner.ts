import { resolve } from "node:path";
import { createCodingCli, createShell } from "../adapters/coding-cli/index.ts";
import { type ProfileSettings, TOOLS } from "../adapters/coding-cli/profiles.ts";
import { createActionsToken } from "../adapters/control-plane/actions-token.ts";
import { createControlPlane } from "../adapters/control-plane/index.ts";
import { createGit } from "../adapters/git/index.ts";
import { parseYaml } from "../adapters/yaml/index.ts";
import { AppError } from "../kernel/errors.ts";
import type { WorkerProfile } from "../repair/model.ts";
import { DEFAULT_LIMITS, openWorkDir, type ServeSettings, serveRuns } from "../runner/index.ts";
import { type Logger, silentLogger } from "../runtime/logger.ts";

/** Less than what container platforms give a process between SIGTERM and SIGKILL. */
const DEFAULT_FINISH_MS = 5_000;

export interface RunnerOptions extends ProfileSettings {
  controlPlaneUrl: string;
  /** The runner token, or where a GitHub Actions job asks for its own; each run brings its own for the rest. */
  token: string | { requestUrl: string; requestToken: string };
  runnerId: string;
  profiles: readonly WorkerProfile[];
  /** This runner's own folder; kept between starts for its caches and for reports that could not be sent. */
  workDir: string;
  repositories?: readonly string[] | null;
  /** Takes this run and no other. */
  runId?: string | null;
  once?: boolean;
  concurrency?: number;
  finishMs?: number;
  pollMs?: number;
  limits?: Partial<ServeSettings["limits"]>;
  /** The process's environment; children get a few named variables of it. */
  environment: Readonly<Record<string, string | undefined>>;
  logger?: Logger;
  /** Aborted for a polite shutdown. */
  signal?: AbortSignal;
}

/**
 * Runs a runner in this process until `signal`, or with `once` for one run. Answers with the number of runs executed.
 * AppErrors name the setting at fault: `profile_unknown`, `work_dir_in_use`, `runner_refused`, `secret_not_passed`.
 */
export async function startRunner(options: RunnerOptions): Promise<{ runs: number }> {
  const logger = options.logger ?? silentLogger;
  const workDir = await openWorkDir(resolve(options.workDir));
  try {
    const children = { environment: options.environment, gitConfig: workDir.gitConfig };
    const tools = TOOLS.flatMap((name) => (options[name] ? [[name, options[name]]] : []));
    const codingCli = createCodingCli({
      ...children,
      ...Object.fromEntries(tools),
      ...(options.custom ? { custom: options.custom } : {}),
    });
    assertProfiles(options.profiles, codingCli.profiles);
    return await serveRuns({
      ports: {
        controlPlane: createControlPlane({ url: options.controlPlaneUrl, token: tokenOf(options) }),
        git: createGit(options.environment),
        shell: createShell(children),
        codingCli,
        parseYaml,
      },
      workDir,
      settings: {
        runnerId: options.runnerId,
        profiles: options.profiles,
        repositories: options.repositories ?? null,
        runId: options.runId ?? null,
        once: options.once ?? false,
        concurrency: options.concurrency ?? 1,
        finishMs: options.finishMs ?? DEFAULT_FINISH_MS,
        pollMs: options.pollMs ?? 5_000,
        limits: { ...DEFAULT_LIMITS, ...options.limits },
      },
      logger,
      signal: options.signal ?? new AbortController().signal,
    });
  } finally {
    await workDir.unlock();
  }
}

function tokenOf({ token, controlPlaneUrl }: RunnerOptions): string | (() => Promise<string>) {
  if (typeof token === "string") return token;
  return createActionsToken({ ...token, audience: controlPlaneUrl.replace(/\/+$/, "") });
}

function assertProfiles(wanted: readonly WorkerProfile[], known: readonly WorkerProfile[]): void {
  const unknown = wanted.filter((profile) => !known.includes(profile));
  if (wanted.length === 0)
    throw new AppError("profile_unknown", "a runner needs at least one worker profile", { retry: "never" });
  if (unknown.length === 0) return;
  const hint = unknown.includes("custom") ? "custom needs a command" : `known are ${known.join(", ")}`;
  throw new AppError("profile_unknown", `cannot start the worker profile ${unknown.join(", ")}: ${hint}`, {
    retry: "never",
  });
}
