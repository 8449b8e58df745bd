/** A complete, made-up environment for a deployed function: every secret that a door verifies with, no provider's API. */
export function functionEnvironment(databaseUrl: string): Record<string, string> {
  return {
    DATABASE_URL: databaseUrl,
    PUBLIC_URL: "https://patchpilot.example",
    ENCRYPTION_KEY: "0123456789abcdef0123456789abcdef",
    CRON_SECRET: "cron-secret-for-tests",
    ADMIN_TOKEN: "admin-token-for-tests",
    RUNNER_TOKEN: "runner-token-for-tests",
    SENTRY_CLIENT_SECRET: "sentry-secret-for-tests",
    QSTASH_TOKEN: "qstash-token-for-tests",
    QSTASH_CURRENT_SIGNING_KEY: "sig_current_for_tests",
    QSTASH_NEXT_SIGNING_KEY: "sig_next_for_tests",
  };
}

/** A delivery as Sentry sends it, with a signature that is well-formed and wrong. */
export function forgedDelivery(): { method: string; headers: Record<string, string>; body: string } {
  return {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "request-id": "0a1b2c3d4e5f40718293a4b5c6d7e8f9",
      "sentry-hook-resource": "issue",
      "sentry-hook-timestamp": "1763600000",
      "sentry-hook-signature": "0".repeat(64),
    },
    body: JSON.stringify({ action: "created", installation: { uuid: "a" }, data: { issue: { id: "1" } } }),
  };
}
