import { AppError } from "../../kernel/errors.ts";
import { RUN_MARK } from "./end-processes.ts";

/** What a command needs to find its tools, its home, its language and the network; nothing that lets it act for somebody. */
const ALWAYS = [
  "PATH",
  "HOME",
  "LANG",
  "LC_ALL",
  "TMPDIR",
  "TZ",
  "USER",
  "LOGNAME",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
  "http_proxy",
  "https_proxy",
  "no_proxy",
  "NODE_EXTRA_CA_CERTS",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
] as const;

/** Never handed to code that a worker wrote, whoever asks: these can write to a repository or speak for the runner. */
const NEVER =
  /^(GITHUB_.*TOKEN|GH_.*TOKEN|GITHUB_APP_.*|GITLAB_TOKEN|PATCHPILOT_.*|ACTIONS_.*|SSH_AUTH_SOCK|GIT_ASKPASS|SSH_ASKPASS|DATABASE_URL|ENCRYPTION_KEY)$/;

export type Environment = Readonly<Record<string, string | undefined>>;

/** Throws AppError `secret_not_passed` when `names` ask for what a worker must never see. */
export function assertMayPass(names: readonly string[]): void {
  const refused = names.filter((name) => NEVER.test(name));
  if (refused.length === 0) return;
  throw new AppError("secret_not_passed", `a worker is never given ${refused.join(", ")}`, { retry: "never" });
}

/**
 * The environment of a child process: the basics, the named variables that are set, and `extra`. Git inside it reads
 * `gitConfig` alone: no credential helper, no person's settings. `binDir` comes first in PATH, as npm does for scripts; it
 * belongs to the repository, so the runner's own tools must not be looked up with it.
 */
export function childEnvironment(
  base: Environment,
  input: {
    runId: string;
    pass: readonly string[];
    gitConfig: string;
    binDir?: string;
    extra?: Readonly<Record<string, string>>;
  },
): Record<string, string> {
  const env: Record<string, string> = {};
  for (const name of [...ALWAYS, ...input.pass]) {
    const value = base[name];
    if (value !== undefined && value !== "") env[name] = value;
  }
  const path = env.PATH ?? "/usr/local/bin:/usr/bin:/bin";
  env.PATH = input.binDir === undefined ? path : `${input.binDir}:${path}`;
  return {
    ...env,
    CI: "true",
    TERM: "dumb",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: input.gitConfig,
    GIT_TERMINAL_PROMPT: "0",
    GH_CONFIG_DIR: "/dev/null",
    [RUN_MARK]: input.runId,
    ...input.extra,
  };
}
