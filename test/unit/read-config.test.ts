import { describe, expect, it } from "vitest";
import { readConfig } from "../../lib/config/read-config.ts";
import { SETTINGS } from "../../lib/config/settings.ts";

const PEM = "-----BEGIN PRIVATE KEY-----\\nabc\\n-----END PRIVATE KEY-----";

/** Every provider, whole. */
const FULL = {
  DATABASE_URL: "postgres://u:p@localhost/db",
  PUBLIC_URL: "https://patchpilot.example/",
  KV_REST_API_URL: "https://kv.example",
  KV_REST_API_TOKEN: "kv-token-1",
  QSTASH_TOKEN: "qstash-token",
  QSTASH_CURRENT_SIGNING_KEY: "sig_current",
  QSTASH_NEXT_SIGNING_KEY: "sig_next_1",
  SENTRY_AUTH_TOKEN: "sentry-token",
  SENTRY_ORG: "acme",
  SENTRY_PROJECT: "shop",
  SENTRY_CLIENT_SECRET: "sentry-secret",
  GLITCHTIP_URL: "https://glitchtip.example",
  GLITCHTIP_AUTH_TOKEN: "glitchtip-token",
  GLITCHTIP_WEBHOOK_TOKEN: "0123456789abcdef01234567",
  GITHUB_APP_ID: "12",
  GITHUB_APP_PRIVATE_KEY: PEM,
  GITHUB_WEBHOOK_SECRET: "github-secret",
  GITHUB_REPOSITORY: "acme/shop",
  VERCEL_TOKEN: "vercel-token",
  VERCEL_PROJECT_ID: "prj_1",
  TARGET_URL: "https://shop.example",
};

function configOf(env: Record<string, string>) {
  const read = readConfig(env);
  if (!read.ok) throw new Error(read.faults.join("\n"));
  return read.config;
}

function faultsOf(env: Record<string, string>): string[] {
  const read = readConfig(env);
  return read.ok ? [] : read.faults;
}

const without = (name: keyof typeof FULL) => Object.fromEntries(Object.entries(FULL).filter(([key]) => key !== name));

describe("settings", () => {
  it("none at all is a whole configuration that writes nothing and has no provider", () => {
    expect(configOf({})).toMatchObject({
      databaseUrl: null,
      kv: null,
      qstash: null,
      glitchtip: null,
      github: null,
      vercel: null,
      target: null,
      sentry: { environment: "production", clientSecret: null, api: null },
      cronSecret: null,
      adminToken: null,
      runnerToken: null,
      encryptionKey: null,
      stage: "observe",
      dryRun: true,
    });
  });

  it("all of them is every provider", () => {
    expect(configOf(FULL)).toMatchObject({
      publicUrl: "https://patchpilot.example",
      kv: { url: "https://kv.example" },
      qstash: { url: null, token: "qstash-token" },
      sentry: { url: "https://sentry.io", api: { org: "acme", project: "shop" } },
      github: {
        apiUrl: "https://api.github.com",
        appId: 12,
        installationId: null,
        privateKey: "-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----",
      },
      vercel: { apiUrl: "https://api.vercel.com", teamId: null, webhookSecret: null },
      target: { healthPath: "/", healthStatus: 200 },
    });
  });

  it("an empty text or spaces is an unset one, for every setting", () => {
    for (const blank of ["", "  ", "\n"]) {
      const env = Object.fromEntries(Object.keys(SETTINGS).map((name) => [name, blank]));
      expect(readConfig(env)).toEqual(readConfig({}));
    }
  });

  it("every fault is reported at once, each naming its setting", () => {
    const faults = faultsOf({
      DATABASE_URL: "mysql://localhost/db",
      PUBLIC_URL: "patchpilot.example",
      CRON_SECRET: "short",
      ENCRYPTION_KEY: "too short by far",
      STAGE: "everything",
      DRY_RUN: "perhaps",
      WORKER_PROFILE: "human",
      TARGET_HEALTH_STATUS: "OK",
      GITHUB_REPOSITORY: "shop",
      POLICY: "{not json",
      SENTRY_AUTH_TOKEN: "sentry-token",
    });
    const named = faults.map((fault) => fault.split(/[ ,]/)[0]).sort();
    expect(named).toEqual(
      [
        "CRON_SECRET",
        "DATABASE_URL",
        "DRY_RUN",
        "ENCRYPTION_KEY",
        "GITHUB_APP_ID",
        "GITHUB_REPOSITORY",
        "POLICY",
        "PUBLIC_URL",
        "SENTRY_ORG",
        "STAGE",
        "TARGET_HEALTH_STATUS",
        "TARGET_URL",
        "WORKER_PROFILE",
      ].sort(),
    );
  });

  it("a fault never repeats the value, which may be a secret", () => {
    const secret = "hunter2";
    const env = {
      CRON_SECRET: secret,
      ADMIN_TOKEN: secret,
      DATABASE_URL: `mysql://u:${secret}@db/x`,
      POLICY: `{${secret}`,
    };
    expect(faultsOf(env)).toHaveLength(4);
    expect(faultsOf(env).join()).not.toContain(secret);
  });
});

describe("the probe of recovery", () => {
  const faultsOfPath = (path: string) =>
    faultsOf({ TARGET_URL: "https://shop.example", POLICY: JSON.stringify({ recovery: { probe: { path } } }) });

  it("asks a path of the target", () => expect(faultsOfPath("/cart?coupon=none")).toEqual([]));

  it.each([
    "cart",
    "//elsewhere.example",
    "/\\elsewhere.example",
    "/\t/elsewhere.example",
    "https://elsewhere.example",
  ])("does not ask %j", (path) =>
    expect(faultsOfPath(path)).toEqual(["POLICY recovery.probe.path: is not a path on TARGET_URL, such as /cart"]),
  );
});

describe("half a provider is a fault that names what is missing", () => {
  it.each<[string, keyof typeof FULL]>([
    ["KV", "KV_REST_API_URL"],
    ["KV", "KV_REST_API_TOKEN"],
    ["QStash", "QSTASH_TOKEN"],
    ["QStash", "QSTASH_CURRENT_SIGNING_KEY"],
    ["QStash", "QSTASH_NEXT_SIGNING_KEY"],
    ["QStash", "PUBLIC_URL"],
    ["Sentry's API", "SENTRY_AUTH_TOKEN"],
    ["Sentry's API", "SENTRY_ORG"],
    ["GlitchTip", "GLITCHTIP_URL"],
    ["GlitchTip", "GLITCHTIP_AUTH_TOKEN"],
    ["GlitchTip", "GLITCHTIP_WEBHOOK_TOKEN"],
    ["GitHub", "GITHUB_APP_ID"],
    ["GitHub", "GITHUB_APP_PRIVATE_KEY"],
    ["GitHub", "GITHUB_WEBHOOK_SECRET"],
    ["GitHub", "GITHUB_REPOSITORY"],
    ["Vercel", "VERCEL_TOKEN"],
    ["Vercel", "VERCEL_PROJECT_ID"],
  ])("%s without %s", (provider, missing) => {
    expect(faultsOf(without(missing))).toEqual([
      expect.stringMatching(new RegExp(`^${missing} is missing, which ${provider} needs \\([A-Z_]+ is set\\)$`)),
    ]);
  });

  it.each([
    ["TELEGRAM_BOT_TOKEN", "TELEGRAM_CHAT_ID, TELEGRAM_WEBHOOK_SECRET are missing"],
    ["SLACK_BOT_TOKEN", "SLACK_CHANNEL, SLACK_SIGNING_SECRET are missing"],
    ["POSTHOG_API_KEY", "POSTHOG_HOST, POSTHOG_PROJECT_ID are missing"],
  ])("%s alone", (name, fault) => {
    expect(faultsOf({ [name]: "a-token-of-some-length" })).toEqual([expect.stringContaining(fault)]);
  });

  it("an optional setting of a provider that is not there is one too", () => {
    expect(faultsOf({ VERCEL_TEAM_ID: "team_1" })).toEqual([
      expect.stringContaining("VERCEL_TOKEN, VERCEL_PROJECT_ID"),
    ]);
    expect(faultsOf({ POLICY: '{"recovery":{"probe":{"path":"/cart"}}}' })).toEqual([
      "TARGET_URL is missing, which POLICY recovery.probe needs",
    ]);
    expect(faultsOf({ TARGET_HEALTH_PATH: "/health" })).toEqual([expect.stringContaining("TARGET_URL is missing")]);
  });

  it("PUBLIC_URL alone begins no provider", () => {
    expect(faultsOf({ PUBLIC_URL: "https://patchpilot.example" })).toEqual([]);
  });
});

describe("single settings", () => {
  it.each<[string, string, boolean]>([
    ["DRY_RUN", "false", false],
    ["DRY_RUN", "0", false],
    ["DRY_RUN", "No", false],
    ["DRY_RUN", "off", false],
    ["DRY_RUN", "TRUE", true],
    ["DRY_RUN", "1", true],
    ["DRY_RUN", "yes", true],
  ])("%s=%s is %s", (name, value, expected) => {
    expect(configOf({ [name]: value }).dryRun).toBe(expected);
  });

  it.each([
    ["PUBLIC_URL", "ftp://patchpilot.example"],
    ["PUBLIC_URL", "javascript:alert(1)"],
    ["GITHUB_REPOSITORY", "acme/shop/extra"],
    ["GITHUB_REPOSITORY", "https://github.com/acme/shop"],
    ["GITHUB_APP_ID", "0"],
    ["GITHUB_APP_ID", "1.5"],
    ["GITHUB_APP_PRIVATE_KEY", "not a key"],
    ["TARGET_HEALTH_PATH", "health"],
    ["TARGET_HEALTH_STATUS", "600"],
    ["SENTRY_WEBHOOK_TOKEN", "guessable"],
    ["TELEGRAM_WEBHOOK_SECRET", "with spaces in it"],
    ["LLM_MODEL", "claude"],
    ["ENCRYPTION_KEY", "x".repeat(31)],
  ])("%s refuses %s", (name, value) => {
    expect(faultsOf({ [name]: value }).some((fault) => fault.startsWith(`${name} `))).toBe(true);
  });
});

describe("POLICY", () => {
  it("empty is complete: every value has its default", () => {
    expect(configOf({ POLICY: "{}" }).policy).toEqual(configOf({}).policy);
    expect(configOf({}).policy.repair).toMatchObject({ maxAttempts: 3, totalMinutes: 30, leaseSeconds: 120 });
  });

  it("changes what it names and nothing else", () => {
    const { policy } = configOf({ POLICY: '{"repair":{"maxAttempts":5}}' });
    expect(policy).toEqual({ ...configOf({}).policy, repair: { ...configOf({}).policy.repair, maxAttempts: 5 } });
  });

  it.each([
    ['{"repair":{"maxAttempts":0}}', /^POLICY repair\.maxAttempts: /],
    ['{"repair":{"maxAttempt":3}}', /^POLICY repair: .*maxAttempt/],
    ['{"repare":{}}', /^POLICY itself: .*repare/],
    ["[]", /^POLICY itself: /],
    ["null", /^$/],
  ])("%s", (value, fault) => {
    expect(faultsOf({ POLICY: value }).join()).toMatch(fault);
  });
});
