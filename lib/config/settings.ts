import * as z from "zod";
import { STAGES } from "../kernel/write.ts";
import { MODEL_PROVIDERS } from "../llm/model.ts";
import { workerChainSchema } from "../repair/model.ts";

const url = z
  .url({ protocol: /^https?$/, error: "is not an http(s) URL" })
  .transform((value) => value.replace(/\/+$/, ""));
const databaseUrl = z.string().regex(/^postgres(ql)?:\/\//, "is not a postgres:// URL");
const text = z.string().trim().min(1);
const secret = z.string().min(8, "is shorter than 8 characters");
const repository = z.string().regex(/^[\w.-]+\/[\w.-]+$/, "is not owner/name");
const wholeNumber = z
  .string()
  .regex(/^[1-9]\d*$/, "is not a whole number above 0")
  .transform(Number);
const pathText = z.string().regex(/^\//, "does not start with /");
const list = z.string().transform((value) =>
  value
    .split(",")
    .map((item) => item.trim())
    .filter(Boolean),
);
const flag = z
  .string()
  .toLowerCase()
  .pipe(z.enum(["true", "false", "1", "0", "yes", "no", "on", "off"], { error: "is neither true nor false" }))
  .transform((value) => ["true", "1", "yes", "on"].includes(value));
/** The key may be written on one line, with \n for its line ends, as most dashboards store it. */
const pem = z
  .string()
  .transform((value) => value.replaceAll("\\n", "\n"))
  .refine((value) => value.includes("PRIVATE KEY-----"), "is not a PEM private key");

const modelName = z.string().transform((value, context) => {
  const [, provider = "", model = ""] = /^([^/]+)\/(\S+)$/.exec(value) ?? [];
  const known = MODEL_PROVIDERS.find((one) => one === provider);
  if (known !== undefined && model !== "") return { provider: known, model };
  const message = `is not provider/model, where provider is one of ${MODEL_PROVIDERS.join(", ")}`;
  context.addIssue({ code: "custom", message });
  return z.NEVER;
});

/** One setting: its name is the environment variable's, its reader says what a good value looks like. */
export const SETTINGS = {
  DATABASE_URL: databaseUrl,
  KV_REST_API_URL: url,
  KV_REST_API_TOKEN: secret,
  QSTASH_URL: url,
  QSTASH_TOKEN: secret,
  QSTASH_CURRENT_SIGNING_KEY: secret,
  QSTASH_NEXT_SIGNING_KEY: secret,
  PUBLIC_URL: url,
  CRON_SECRET: secret,
  ADMIN_TOKEN: secret,
  RUNNER_TOKEN: secret,
  ENCRYPTION_KEY: z.string().min(32, "is shorter than 32 characters"),
  SENTRY_URL: url,
  SENTRY_AUTH_TOKEN: secret,
  SENTRY_ORG: text,
  SENTRY_PROJECT: text,
  SENTRY_ENVIRONMENT: text,
  SENTRY_CLIENT_SECRET: secret,
  SENTRY_WEBHOOK_TOKEN: z.string().min(24, "is shorter than 24 characters"),
  GLITCHTIP_URL: url,
  GLITCHTIP_AUTH_TOKEN: secret,
  GLITCHTIP_ORG: text,
  GLITCHTIP_PROJECT: text,
  GLITCHTIP_WEBHOOK_TOKEN: z.string().min(24, "is shorter than 24 characters"),
  GITHUB_API_URL: url,
  GITHUB_APP_ID: wholeNumber,
  GITHUB_APP_PRIVATE_KEY: pem,
  GITHUB_APP_INSTALLATION_ID: wholeNumber,
  GITHUB_WEBHOOK_SECRET: secret,
  GITHUB_REPOSITORY: repository,
  GITHUB_OIDC_URL: url,
  VERCEL_API_URL: url,
  VERCEL_TOKEN: secret,
  VERCEL_TEAM_ID: text,
  VERCEL_PROJECT_ID: text,
  VERCEL_WEBHOOK_SECRET: secret,
  TARGET_URL: url,
  TARGET_HEALTH_PATH: pathText,
  TARGET_HEALTH_STATUS: z
    .string()
    .regex(/^[1-5]\d\d$/, "is not an HTTP status")
    .transform(Number),
  POSTHOG_HOST: url,
  POSTHOG_API_KEY: secret,
  POSTHOG_PROJECT_ID: text,
  POSTHOG_EVENTS: list.refine((names) => names.length > 0 && names.length <= 20, "names no event, or more than 20"),
  TELEGRAM_API_URL: url,
  TELEGRAM_BOT_TOKEN: secret,
  TELEGRAM_CHAT_ID: text,
  TELEGRAM_WEBHOOK_SECRET: z.string().regex(/^[A-Za-z0-9_-]{8,256}$/, "is not 8 to 256 characters of A-Z a-z 0-9 _ -"),
  SLACK_API_URL: url,
  SLACK_BOT_TOKEN: secret,
  SLACK_CHANNEL: text,
  SLACK_SIGNING_SECRET: secret,
  ANTHROPIC_API_KEY: secret,
  OPENAI_API_KEY: secret,
  LLM_MODEL: modelName,
  LLM_BASE_URL: url,
  WORKER_PROFILE: workerChainSchema,
  STAGE: z.enum(STAGES, { error: `is none of ${STAGES.join(", ")}` }),
  DRY_RUN: flag,
  POLICY: z.string().transform((value, context): unknown => {
    try {
      return JSON.parse(value);
    } catch {
      context.addIssue({ code: "custom", message: "is not JSON" });
      return z.NEVER;
    }
  }),
} as const;

export type SettingName = keyof typeof SETTINGS;
export type Settings = { [N in SettingName]: z.infer<(typeof SETTINGS)[N]> | null };
