import type { WorkerProfile } from "./model.ts";

export interface WorkflowOptions {
  profile: WorkerProfile;
  /** The control plane's address, where `/runner.mjs` is; null leaves it to the repository's secret PATCHPILOT_URL. */
  publicUrl: string | null;
  /** The custom profile's command line; null leaves it to the repository's secret PATCHPILOT_COMMAND. */
  command: string | null;
  timeoutMinutes: number;
}

/** Pinned to commits: a tag can be moved to other code after it was looked at. */
const CHECKOUT = "actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0";
const SETUP_NODE = "actions/setup-node@a0853c24544627f65ddf259abe73b1d18a591444 # v5.0.0";

interface Tool {
  title: string;
  /** Exact, for the same reason; null is installed by the operator's own step. */
  install: string | null;
  /** Secrets of the repository that this tool and nothing else is given. */
  secrets: readonly string[];
}

const TOOLS: Readonly<Record<WorkerProfile, Tool>> = {
  claude: {
    title: "Claude Code",
    install: "npm install --global @anthropic-ai/claude-code@2.1.329",
    secrets: ["ANTHROPIC_API_KEY"],
  },
  codex: { title: "Codex", install: "npm install --global @openai/codex@0.169.0", secrets: ["OPENAI_API_KEY"] },
  copilot: {
    title: "GitHub Copilot",
    install: "npm install --global @github/copilot@1.0.102",
    secrets: ["COPILOT_GITHUB_TOKEN"],
  },
  cursor: { title: "Cursor", install: null, secrets: ["CURSOR_API_KEY"] },
  opencode: {
    title: "opencode",
    install: "npm install --global opencode-ai@1.18.33",
    secrets: ["ANTHROPIC_API_KEY"],
  },
  custom: { title: "a command of your own", install: null, secrets: ["WORKER_API_KEY"] },
};

/**
 * The target repository's workflow: a job that our App starts by repository_dispatch, proves who it is by GitHub's OIDC
 * token, and runs the single-file runner once. Nothing in it can write to the repository: the patch is published by the
 * control plane.
 */
export function composeWorkflow(options: WorkflowOptions): string {
  const tool = TOOLS[options.profile];
  return `${[...head(options, tool), ...steps(options, tool)].join("\n")}\n`;
}

function head({ publicUrl, profile, command, timeoutMinutes }: WorkflowOptions, tool: Tool): string[] {
  const secrets = [
    ...tool.secrets,
    ...(publicUrl === null ? ["PATCHPILOT_URL (the control plane's PUBLIC_URL)"] : []),
    ...(profile === "custom" && command === null ? ["PATCHPILOT_COMMAND (the worker's command line)"] : []),
  ];
  return [
    `# Patchpilot: repairs by ${tool.title}. Save as .github/workflows/patchpilot.yml on the default branch; GitHub runs it there`,
    "# and nowhere else, and the control plane accepts no other file and no other branch.",
    "#",
    `# Needs of the repository the secret ${secrets.join(" and ")};`,
    `# of the control plane WORKER_PROFILE=${profile} and POLICY={"repair":{"dispatches":true}}.`,
    "#",
    "# The agent gets no token that can write here: the runner makes its own read-only clone and returns a diff, which the",
    "# control plane judges and publishes. No vendor's action is used, so none asks who started the job: with one, its",
    "# allowed_bots would have to name the Patchpilot App.",
    "name: Patchpilot",
    "",
    "on:",
    "  repository_dispatch:",
    "    types: [patchpilot.repair]",
    "",
    "permissions:",
    "  contents: read",
    "  # Proves to the control plane which repository, workflow and branch this job is; it writes nothing.",
    "  id-token: write",
    "",
    "# One job an incident. A second one waits, since the first may be about to report.",
    "concurrency:",
    `  group: patchpilot-${expression("github.event.client_payload.incident_id")}`,
    "  cancel-in-progress: false",
    "",
    "jobs:",
    "  repair:",
    "    runs-on: ubuntu-latest",
    `    timeout-minutes: ${timeoutMinutes}`,
  ];
}

function steps({ profile, publicUrl, command }: WorkflowOptions, tool: Tool): string[] {
  const isCustom = profile === "custom";
  const address = publicUrl === null ? secret("PATCHPILOT_URL") : quote(publicUrl);
  const run = [
    '          node "$RUNNER_TEMP/patchpilot-runner.mjs" --once \\',
    `            --url "$PATCHPILOT_URL" --run "$PATCHPILOT_RUN" --profile ${profile} \\`,
    ...(isCustom
      ? [`            --command "$WORKER_COMMAND" ${tool.secrets.map((name) => `--pass-env ${name}`).join(" ")} \\`]
      : []),
    '            --work-dir "$RUNNER_TEMP/patchpilot"',
  ];
  return [
    "    steps:",
    "      # Only for set-up steps of your own (toolchains, services); the runner works in a clone of its own.",
    `      - uses: ${CHECKOUT}`,
    "        with:",
    "          persist-credentials: false",
    `      - uses: ${SETUP_NODE}`,
    "        with:",
    "          node-version: 24",
    "          package-manager-cache: false",
    ...(tool.install === null ? [] : [`      - name: Install ${tool.title}`, `        run: ${tool.install}`]),
    ...(profile === "cursor"
      ? [
          "      # Cursor is not on npm: install cursor-agent here, at a version that you have checked, and add it to GITHUB_PATH.",
        ]
      : []),
    "      - name: Fetch the runner",
    "        env:",
    `          PATCHPILOT_URL: ${address}`,
    '        run: curl --fail --silent --show-error --location --proto "=https" --output "$RUNNER_TEMP/patchpilot-runner.mjs" "$PATCHPILOT_URL/runner.mjs"',
    "      - name: Repair",
    "        env:",
    `          PATCHPILOT_URL: ${address}`,
    `          PATCHPILOT_RUN: ${expression("github.event.client_payload.run_id")}`,
    ...(isCustom
      ? [`          WORKER_COMMAND: ${command === null ? secret("PATCHPILOT_COMMAND") : quote(command)}`]
      : []),
    ...tool.secrets.map((name) => `          ${name}: ${secret(name)}`),
    "        run: |",
    ...run,
  ];
}

const expression = (text: string) => `\${{ ${text} }}`;
const secret = (name: string) => expression(`secrets.${name}`);

/** A YAML string on one line. GitHub looks for expressions after YAML is read, so no quoting keeps `${{` from being one. */
function quote(text: string): string {
  return JSON.stringify(text.replaceAll("${{", "$ {{"));
}
