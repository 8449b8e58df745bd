import type { RunBudget, WorkerProfile } from "../../repair/model.ts";
import type { CliOutput, CliResult, FatalWatch, SpendMeter } from "../../runner/cli-result-model.ts";
import { readClaudeResult, watchClaude } from "../../runner/read-claude-result.ts";
import { meterClaude } from "../../runner/read-claude-spend.ts";
import { readCodexResult, watchCodex } from "../../runner/read-codex-result.ts";
import { readCopilotResult } from "../../runner/read-copilot-result.ts";
import { readCursorResult } from "../../runner/read-cursor-result.ts";
import { meterOpencode, readOpencodeResult } from "../../runner/read-opencode-result.ts";

/** What one start of a tool is told on its command line. */
export interface ProfileCall {
  budget: RunBudget;
  /** null takes the tool's own default. */
  model: string | null;
  prompt: string;
  promptPath: string;
}

/** How one coding CLI is started without a person, and how its output is read. */
export interface Profile {
  name: string;
  file: string;
  args(call: ProfileCall): string[];
  /** Whether the brief goes to standard input; otherwise it is an argument, or found by PATCHPILOT_BRIEF. */
  isPromptOnStdin: boolean;
  /** Environment variables that this tool and no other is given, when they are set. */
  pass: readonly string[];
  /** Those of them that are secrets: they must not come back in a log or a patch. */
  secrets: readonly string[];
  /** null for a tool that says nothing of itself: its exit code decides. */
  readResult: ((output: CliOutput) => CliResult | null) | null;
  /** Ends it at once, as an environment fault, when it gets nowhere. */
  watch: (() => FatalWatch) | null;
  /** null for a tool that tells no cost while it works: only time limits it. */
  meter: (() => SpendMeter) | null;
}

/** Settings of one tool on this machine: where it is, its model where the run names none, more arguments. */
export interface ToolSettings {
  file?: string;
  model?: string;
  args?: readonly string[];
}

/** The profiles that need no setting: the tool has its name. */
export const TOOLS = ["claude", "codex", "copilot", "cursor", "opencode"] as const;
export type ToolName = (typeof TOOLS)[number];

export interface ProfileSettings extends Partial<Record<ToolName, ToolSettings>> {
  custom?: { command: string; pass?: readonly string[] };
}

const claudeSecrets = ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN"];
const codexSecrets = ["OPENAI_API_KEY", "CODEX_API_KEY"];
const copilotSecrets = ["COPILOT_GITHUB_TOKEN", "COPILOT_PROVIDER_API_KEY", "COPILOT_PROVIDER_BEARER_TOKEN"];
const cursorSecrets = ["CURSOR_API_KEY"];
const opencodeSecrets = [
  "ANTHROPIC_API_KEY",
  "OPENAI_API_KEY",
  "OPENROUTER_API_KEY",
  "GOOGLE_GENERATIVE_AI_API_KEY",
  "OPENCODE_API_KEY",
];

/** The tool's own limit looks after a turn and is known to overshoot, so it gets a little less than ours. */
const OWN_LIMIT_SHARE = 0.9;

type Start = Pick<ToolSettings, "model" | "args">;
const modelArgs = (call: ProfileCall, settings: Start, option = "--model") => {
  const model = call.model ?? settings.model;
  return model === undefined ? [] : [option, model];
};

/**
 * `claude -p` (flags as of 2.1.329). stream-json, which demands --verbose, so that silence means idleness; edits and
 * shell are allowed without asking, the web and the repository's own MCP servers are not.
 */
function claudeProfile(settings: ToolSettings): Profile {
  return {
    name: "Claude Code",
    file: settings.file ?? "claude",
    args: (call) => [
      "-p",
      ...["--output-format", "stream-json", "--verbose"],
      ...["--permission-mode", "acceptEdits"],
      ...["--allowedTools", "Bash,Edit,Write,Read,Glob,Grep", "--disallowedTools", "WebFetch,WebSearch"],
      ...["--strict-mcp-config", "--no-session-persistence"],
      ...(call.budget.costUsd === null ? [] : ["--max-budget-usd", String(call.budget.costUsd * OWN_LIMIT_SHARE)]),
      ...modelArgs(call, settings),
      ...(settings.args ?? []),
    ],
    isPromptOnStdin: true,
    pass: [...claudeSecrets, "ANTHROPIC_BASE_URL", "ANTHROPIC_MODEL", "CLAUDE_CONFIG_DIR"],
    secrets: claudeSecrets,
    readResult: readClaudeResult,
    watch: watchClaude,
    meter: meterClaude,
  };
}

/** `codex exec --json` (0.169): `-` takes the prompt from standard input; exec never asks for approvals. */
function codexProfile(settings: ToolSettings): Profile {
  return {
    name: "Codex",
    file: settings.file ?? "codex",
    args: (call) => [
      ...["exec", "--json", "--sandbox", "workspace-write", "--skip-git-repo-check", "--ephemeral"],
      ...modelArgs(call, settings),
      ...(settings.args ?? []),
      "-",
    ],
    isPromptOnStdin: true,
    pass: [...codexSecrets, "OPENAI_BASE_URL", "CODEX_HOME"],
    secrets: codexSecrets,
    readResult: readCodexResult,
    watch: watchCodex,
    meter: null,
  };
}

/**
 * `copilot` with the prompt on standard input (1.0.102). Without --allow-all-tools it cannot work unattended; its built-in
 * GitHub server is off, since the token that pays for it could write by it.
 */
function copilotProfile(settings: ToolSettings): Profile {
  return {
    name: "GitHub Copilot",
    file: settings.file ?? "copilot",
    args: (call) => [
      ...["--allow-all-tools", "--output-format", "json", "--stream", "off", "--disable-builtin-mcps"],
      ...modelArgs(call, settings),
      ...(settings.args ?? []),
    ],
    isPromptOnStdin: true,
    pass: [
      ...copilotSecrets,
      ...["COPILOT_PROVIDER_TYPE", "COPILOT_PROVIDER_BASE_URL", "COPILOT_MODEL", "COPILOT_OFFLINE", "COPILOT_GH_HOST"],
    ],
    secrets: copilotSecrets,
    readResult: readCopilotResult,
    watch: null,
    meter: null,
  };
}

/** One argument may have 128 KiB on Linux; a longer brief is named by its path. */
const LONGEST_ARGUMENT_BYTES = 120_000;

/** `cursor-agent -p` as documented: without --force edits are only proposed, without --trust newer builds ask first. */
function cursorProfile(settings: ToolSettings): Profile {
  return {
    name: "Cursor",
    file: settings.file ?? "cursor-agent",
    args: (call) => [
      ...["-p", "--output-format", "stream-json", "--force", "--trust"],
      ...modelArgs(call, settings),
      ...(settings.args ?? []),
      Buffer.byteLength(call.prompt) <= LONGEST_ARGUMENT_BYTES
        ? call.prompt
        : `Read the file ${call.promptPath} and do what it says.`,
    ],
    isPromptOnStdin: false,
    pass: [...cursorSecrets, "CURSOR_CONFIG_DIR"],
    secrets: cursorSecrets,
    readResult: readCursorResult,
    watch: null,
    meter: null,
  };
}

/** `opencode run` with the prompt on standard input (1.18.33); `--auto` approves what its own rules do not refuse. */
function opencodeProfile(settings: ToolSettings): Profile {
  return {
    name: "opencode",
    file: settings.file ?? "opencode",
    args: (call) => ["run", "--format", "json", "--auto", ...modelArgs(call, settings), ...(settings.args ?? [])],
    isPromptOnStdin: true,
    pass: [...opencodeSecrets, "OPENCODE_CONFIG"],
    secrets: opencodeSecrets,
    readResult: readOpencodeResult,
    watch: null,
    meter: meterOpencode,
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
    watch: null,
    meter: null,
  };
}

/** The profiles that this runner can start: every tool by its name, custom when it has a command. */
export function profilesOf(settings: ProfileSettings): Map<WorkerProfile, Profile> {
  const profiles = new Map<WorkerProfile, Profile>([
    ["claude", claudeProfile(settings.claude ?? {})],
    ["codex", codexProfile(settings.codex ?? {})],
    ["copilot", copilotProfile(settings.copilot ?? {})],
    ["cursor", cursorProfile(settings.cursor ?? {})],
    ["opencode", opencodeProfile(settings.opencode ?? {})],
  ]);
  if (settings.custom) profiles.set("custom", customProfile(settings.custom));
  return profiles;
}
