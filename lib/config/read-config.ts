import type { Stage } from "../kernel/write.ts";
import type { ModelProvider } from "../llm/model.ts";
import type { WorkerChoice } from "../repair/model.ts";
import { type Policy, policySchema } from "./policy.ts";
import { SETTINGS, type SettingName, type Settings } from "./settings.ts";

/** Everything that is configured. A provider is null where it is off; a secret is null only with its whole provider. */
export interface Config {
  databaseUrl: string | null;
  publicUrl: string | null;
  kv: { url: string; token: string } | null;
  qstash: { url: string | null; token: string; currentSigningKey: string; nextSigningKey: string } | null;
  cronSecret: string | null;
  adminToken: string | null;
  runnerToken: string | null;
  /** Who signs the tokens of GitHub Actions jobs. */
  oidcIssuer: string;
  encryptionKey: string | null;
  sentry: {
    url: string;
    environment: string;
    clientSecret: string | null;
    webhookToken: string | null;
    api: { token: string; org: string; project: string | null } | null;
  };
  glitchtip: { url: string; token: string; webhookToken: string; org: string | null; project: string | null } | null;
  github: {
    apiUrl: string;
    appId: number;
    privateKey: string;
    installationId: number | null;
    webhookSecret: string;
    repository: string;
  } | null;
  vercel: {
    apiUrl: string;
    token: string;
    teamId: string | null;
    projectId: string;
    webhookSecret: string | null;
  } | null;
  target: { url: string; healthPath: string; healthStatus: number } | null;
  posthog: { host: string; apiKey: string; projectId: string; events: readonly string[] } | null;
  /** Who works on repairs, most wanted first; never empty. */
  workers: readonly WorkerChoice[];
  /** The model that investigates and reviews; null: none is asked. `baseUrl` null: the provider's own. */
  llm: { provider: ModelProvider; model: string; apiKey: string | null; baseUrl: string | null } | null;
  stage: Stage;
  dryRun: boolean;
  policy: Policy;
}

export type ReadConfig = { ok: true; config: Config } | { ok: false; faults: string[] };

/** Groups in which one setting is worth nothing without the others. */
const GROUPS: readonly { name: string; needs: readonly SettingName[]; optional: readonly SettingName[] }[] = [
  { name: "KV", needs: ["KV_REST_API_URL", "KV_REST_API_TOKEN"], optional: [] },
  {
    name: "QStash",
    needs: ["QSTASH_TOKEN", "QSTASH_CURRENT_SIGNING_KEY", "QSTASH_NEXT_SIGNING_KEY", "PUBLIC_URL"],
    optional: ["QSTASH_URL"],
  },
  { name: "Sentry's API", needs: ["SENTRY_AUTH_TOKEN", "SENTRY_ORG"], optional: ["SENTRY_PROJECT"] },
  {
    name: "GlitchTip",
    needs: ["GLITCHTIP_URL", "GLITCHTIP_AUTH_TOKEN", "GLITCHTIP_WEBHOOK_TOKEN"],
    optional: ["GLITCHTIP_ORG", "GLITCHTIP_PROJECT"],
  },
  {
    name: "GitHub",
    needs: ["GITHUB_APP_ID", "GITHUB_APP_PRIVATE_KEY", "GITHUB_WEBHOOK_SECRET", "GITHUB_REPOSITORY"],
    optional: ["GITHUB_API_URL", "GITHUB_APP_INSTALLATION_ID"],
  },
  {
    name: "Vercel",
    needs: ["VERCEL_TOKEN", "VERCEL_PROJECT_ID"],
    optional: ["VERCEL_API_URL", "VERCEL_TEAM_ID", "VERCEL_WEBHOOK_SECRET"],
  },
  { name: "the target", needs: ["TARGET_URL"], optional: ["TARGET_HEALTH_PATH", "TARGET_HEALTH_STATUS"] },
  { name: "PostHog", needs: ["POSTHOG_HOST", "POSTHOG_API_KEY", "POSTHOG_PROJECT_ID"], optional: ["POSTHOG_EVENTS"] },
  {
    name: "Telegram",
    needs: ["TELEGRAM_BOT_TOKEN", "TELEGRAM_CHAT_ID", "TELEGRAM_WEBHOOK_SECRET"],
    optional: ["TELEGRAM_API_URL"],
  },
  { name: "Slack", needs: ["SLACK_BOT_TOKEN", "SLACK_CHANNEL", "SLACK_SIGNING_SECRET"], optional: ["SLACK_API_URL"] },
];

function readSettings(env: Readonly<Record<string, string>>): { settings: Settings; faults: string[] } {
  const faults: string[] = [];
  const settings: Record<string, unknown> = {};
  for (const [name, reader] of Object.entries(SETTINGS)) {
    const raw = env[name]?.trim();
    if (!raw) {
      settings[name] = null;
      continue;
    }
    const read = reader.safeParse(raw);
    if (read.success) settings[name] = read.data;
    else {
      settings[name] = null;
      faults.push(`${name} ${read.error.issues[0]?.message ?? "cannot be read"}`);
    }
  }
  return { settings: settings as Settings, faults };
}

function groupFaults(env: Readonly<Record<string, string>>): string[] {
  const isSet = (name: SettingName) => Boolean(env[name]?.trim());
  return GROUPS.flatMap(({ name, needs, optional }) => {
    // PUBLIC_URL serves others too: alone it does not begin a group.
    const begun = [...needs, ...optional].filter((setting) => setting !== "PUBLIC_URL" && isSet(setting));
    const missing = needs.filter((setting) => !isSet(setting));
    if (begun.length === 0 || missing.length === 0) return [];
    return [
      `${missing.join(", ")} ${missing.length > 1 ? "are" : "is"} missing, which ${name} needs (${begun[0]} is set)`,
    ];
  });
}

const MODEL_KEYS = {
  anthropic: "ANTHROPIC_API_KEY",
  openai: "OPENAI_API_KEY",
  "openai-compatible": "OPENAI_API_KEY",
} as const satisfies Record<ModelProvider, SettingName>;

/** The keys alone begin nothing: coding agents use them too. An endpoint of one's own may need none. */
function modelFaults(s: Settings): string[] {
  if (s.LLM_MODEL === null) return s.LLM_BASE_URL === null ? [] : ["LLM_MODEL is missing, which LLM_BASE_URL is for"];
  const { provider } = s.LLM_MODEL;
  if (provider === "openai-compatible") {
    return s.LLM_BASE_URL === null ? [`LLM_BASE_URL is missing, which LLM_MODEL=${provider}/… needs`] : [];
  }
  const key = MODEL_KEYS[provider];
  return s[key] === null ? [`${key} is missing, which LLM_MODEL=${provider}/… needs`] : [];
}

function readPolicy(raw: unknown): { policy: Policy; faults: string[] } {
  const read = policySchema.safeParse(raw ?? {});
  if (read.success) return { policy: read.data, faults: [] };
  const faults = read.error.issues.map((issue) => `POLICY ${issue.path.join(".") || "itself"}: ${issue.message}`);
  return { policy: policySchema.parse({}), faults };
}

function probeFaults(s: Settings, { recovery }: Policy): string[] {
  if (recovery.probe === null || s.TARGET_URL !== null) return [];
  return ["TARGET_URL is missing, which POLICY recovery.probe needs"];
}

/** Reads every setting at once. All faults are reported together, each naming its setting. */
export function readConfig(env: Readonly<Record<string, string>>): ReadConfig {
  const { settings: s, faults: settingFaults } = readSettings(env);
  const { policy, faults: policyFaults } = readPolicy(s.POLICY);
  const faults = [...settingFaults, ...groupFaults(env), ...modelFaults(s), ...policyFaults, ...probeFaults(s, policy)];
  if (faults.length > 0) return { ok: false, faults };
  return { ok: true, config: { ...providersOf(s), ...machineOf(s), policy } };
}

function machineOf(s: Settings) {
  return {
    databaseUrl: s.DATABASE_URL,
    publicUrl: s.PUBLIC_URL,
    kv: s.KV_REST_API_URL && s.KV_REST_API_TOKEN ? { url: s.KV_REST_API_URL, token: s.KV_REST_API_TOKEN } : null,
    qstash:
      s.QSTASH_TOKEN && s.QSTASH_CURRENT_SIGNING_KEY && s.QSTASH_NEXT_SIGNING_KEY
        ? {
            url: s.QSTASH_URL,
            token: s.QSTASH_TOKEN,
            currentSigningKey: s.QSTASH_CURRENT_SIGNING_KEY,
            nextSigningKey: s.QSTASH_NEXT_SIGNING_KEY,
          }
        : null,
    cronSecret: s.CRON_SECRET,
    adminToken: s.ADMIN_TOKEN,
    runnerToken: s.RUNNER_TOKEN,
    oidcIssuer: s.GITHUB_OIDC_URL ?? "https://token.actions.githubusercontent.com",
    encryptionKey: s.ENCRYPTION_KEY,
    workers: s.WORKER_PROFILE ?? [{ profile: "claude" as const, model: null }],
    llm: s.LLM_MODEL && { ...s.LLM_MODEL, apiKey: s[MODEL_KEYS[s.LLM_MODEL.provider]], baseUrl: s.LLM_BASE_URL },
    stage: s.STAGE ?? ("observe" as const),
    dryRun: s.DRY_RUN ?? true,
  };
}

function providersOf(s: Settings) {
  return {
    sentry: {
      url: s.SENTRY_URL ?? "https://sentry.io",
      environment: s.SENTRY_ENVIRONMENT ?? "production",
      clientSecret: s.SENTRY_CLIENT_SECRET,
      webhookToken: s.SENTRY_WEBHOOK_TOKEN,
      api:
        s.SENTRY_AUTH_TOKEN && s.SENTRY_ORG
          ? { token: s.SENTRY_AUTH_TOKEN, org: s.SENTRY_ORG, project: s.SENTRY_PROJECT }
          : null,
    },
    glitchtip:
      s.GLITCHTIP_URL && s.GLITCHTIP_AUTH_TOKEN && s.GLITCHTIP_WEBHOOK_TOKEN
        ? {
            url: s.GLITCHTIP_URL,
            token: s.GLITCHTIP_AUTH_TOKEN,
            webhookToken: s.GLITCHTIP_WEBHOOK_TOKEN,
            org: s.GLITCHTIP_ORG,
            project: s.GLITCHTIP_PROJECT,
          }
        : null,
    github:
      s.GITHUB_APP_ID && s.GITHUB_APP_PRIVATE_KEY && s.GITHUB_WEBHOOK_SECRET && s.GITHUB_REPOSITORY
        ? {
            apiUrl: s.GITHUB_API_URL ?? "https://api.github.com",
            appId: s.GITHUB_APP_ID,
            privateKey: s.GITHUB_APP_PRIVATE_KEY,
            installationId: s.GITHUB_APP_INSTALLATION_ID,
            webhookSecret: s.GITHUB_WEBHOOK_SECRET,
            repository: s.GITHUB_REPOSITORY,
          }
        : null,
    vercel:
      s.VERCEL_TOKEN && s.VERCEL_PROJECT_ID
        ? {
            apiUrl: s.VERCEL_API_URL ?? "https://api.vercel.com",
            token: s.VERCEL_TOKEN,
            teamId: s.VERCEL_TEAM_ID,
            projectId: s.VERCEL_PROJECT_ID,
            webhookSecret: s.VERCEL_WEBHOOK_SECRET,
          }
        : null,
    target: s.TARGET_URL
      ? { url: s.TARGET_URL, healthPath: s.TARGET_HEALTH_PATH ?? "/", healthStatus: s.TARGET_HEALTH_STATUS ?? 200 }
      : null,
    posthog:
      s.POSTHOG_HOST && s.POSTHOG_API_KEY && s.POSTHOG_PROJECT_ID
        ? {
            host: s.POSTHOG_HOST,
            apiKey: s.POSTHOG_API_KEY,
            projectId: s.POSTHOG_PROJECT_ID,
            events: s.POSTHOG_EVENTS ?? ["$pageview"],
          }
        : null,
  };
}
