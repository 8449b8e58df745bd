import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/fixtures/**", "node_modules/**"],
    pool: "forks",
    maxWorkers: 2,
    maxConcurrency: 4,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Reading a property of @vercel/kv's default export (a proxy) throws when KV_* is unset; vitest's interop does that at import.
    deps: { interopDefault: false },
  },
});
