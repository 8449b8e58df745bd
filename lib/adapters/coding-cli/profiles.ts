import type { RunBudget, WorkerProfile } from "../../repair/model.ts";
import type { CliResult } from "../../runner/cli-result-model.ts";
import { readClaudeFatalLine, readClaudeResult } from "../../runner/read-claude-result.ts";
import { readCodexFatalLine, readCodexResult } from "../../runner/read-codex-result.ts";

/** How one coding CLI is started without a person, and how its output is read. */
export interface Profile {
  name: string;
  file: string;
  args(budget: RunBudget): string[];
  /** Whether the brief goes to standard input; otherwise the command finds it by PATCHPILOT_BRIEF. */
  isPromptOnStdin: boolean;
  /** Environment variables that this tool and no other is given, when they are set. */
  pass: readonly string[];
  /** Those of them that are secrets: they must not come back in a log or a patch. */
  secrets: readonly string[];
  /** null for a tool that says nothing of itself: its exit code decides. */
  readResult: ((stdout: string) => CliResult | null) | null;
  /** A reason to end it at once as an environment fault. */
  readFatalLine: ((line: string) => string | null) | null;
}

export interface ProfileSettings {
  custom?: { command: string; pass?: readonly string[] };
  claude?: { file?: string; model?: string; args?: readonly string[] };
  codex?: { file?: string; model?: string; args?: readonly string[] };
}

const claudeSecrets = ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN"];
const codexSecrets = ["OPENAI_API_KEY", "CODEX_API_KEY"];

/**
 * `claude -p` (flags as of 2.1.197). stream-json, which demands --verbose, so that silence means idleness; edits and
 * shell are allowed without asking, the web and the repository's own MCP servers are not.
 */
function claudeProfile(settings: NonNullable<ProfileSettings["claude"]>): Profile {
  return {
    name: "Claude Code",
    file: settings.file ?? "claude",
    args: (budget) => [
      "-p",
      "--output-format",
      "stream-json",
      "--verbose",
      "--permission-mode",
      "acceptEdits",
      "--allowedTools",
      "Bash,Edit,Write,Read,Glob,Grep",
      "--disallowedTools",
      "WebFetch,WebSearch",
      "--strict-mcp-config",
      "--no-session-persistence",
      ...(budget.costUsd === null ? [] : ["--max-budget-usd", String(budget.costUsd)]),
      ...(settings.model === undefined ? [] : ["--model", settings.model]),
      ...(settings.args ?? []),
    ],
    isPromptOnStdin: true,
    pass: [...claudeSecrets, "ANTHROPIC_BASE_URL", "ANTHROPIC_MODEL", "CLAUDE_CONFIG_DIR"],
    secrets: claudeSecrets,
    readResult: readClaudeResult,
    readFatalLine: readClaudeFatalLine,
  };
}

/** `codex exec --json` (0.169): `-` takes the prompt from standard input; exec never asks for approvals. */
function codexProfile(settings: NonNullable<ProfileSettings["codex"]>): Profile {
  return {
    name: "Codex",
    file: settings.file ?? "codex",
    args: () => [
      "exec",
      "--json",
      "--sandbox",
      "workspace-write",
      "--skip-git-repo-check",
      "--ephemeral",
      ...(settings.model === undefined ? [] : ["--model", settings.model]),
      ...(settings.args ?? []),
      "-",
    ],
    isPromptOnStdin: true,
    pass: [...codexSecrets, "OPENAI_BASE_URL", "CODEX_HOME"],
    secrets: codexSecrets,
    readResult: readCodexResult,
    readFatalLine: readCodexFatalLine,
  };
}

/** Any command line, run by `sh -c`. It finds the brief by its environment and may leave a summary at PATCHPILOT_SUMMARY. */
function customProfile(settings: NonNullable<ProfileSettings["custom"]>): Profile {
  const pass = settings.pass ?? [];
  return {
    name: "custom command",
    file: "/bin/sh",
    args: () => ["-c", settings.command],
    isPromptOnStdin: false,
    pass,
    secrets: pass,
    readResult: null,
    readFatalLine: null,
  };
}

/** The profiles that this runner can start: claude and codex always, custom when it has a command. */
export function profilesOf(settings: ProfileSettings): Map<WorkerProfile, Profile> {
  const profiles = new Map<WorkerProfile, Profile>([
    ["claude", claudeProfile(settings.claude ?? {})],
    ["codex", codexProfile(settings.codex ?? {})],
  ]);
  if (settings.custom) profiles.set("custom", customProfile(settings.custom));
  return profiles;
}
