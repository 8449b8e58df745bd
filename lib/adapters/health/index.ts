import { messageOf } from "../../kernel/errors.ts";
import type { HealthProbe } from "../../recovery/ports.ts";
import { boundFetch, type Fetch } from "../http.ts";

export interface HealthConfig {
  /** Where the target answers; null: nothing to ask, every check is skipped. */
  url: string | null;
  /** On `url`'s host; a path that leads to another one fails. */
  path: string;
  method?: "GET" | "HEAD";
  expectedStatus: number;
  timeoutMs: number;
  fetch?: Fetch;
}

const MAX_BYTES = 256 * 1024;

/**
 * One request for a page of the target, a GET unless said otherwise. Redirects are not followed: a login page that answers 200 is not health. A body
 * over 256 KiB, a timeout and a refused connection are `fail`, never an exception.
 */
export function createHealthProbe(config: HealthConfig): HealthProbe {
  const { method = "GET" } = config;
  return {
    async check() {
      if (config.url === null) return { status: "skipped", detail: "no target URL is configured" };
      const url = new URL(config.path, config.url);
      if (url.origin !== new URL(config.url).origin)
        return { status: "fail", detail: `${config.path} is not on the target's host` };
      const noRedirect: Fetch = (input, init) => (config.fetch ?? fetch)(input, { ...init, redirect: "manual" });
      const send = boundFetch("target", "read", {
        timeoutMs: config.timeoutMs,
        maxBytes: MAX_BYTES,
        fetch: noRedirect,
      });
      try {
        const headers = { "user-agent": "patchpilot-health", "cache-control": "no-cache" };
        const { status } = await send(url.href, { method, headers });
        const isExpected = status === config.expectedStatus;
        const wanted = isExpected ? "" : `, expected ${config.expectedStatus}`;
        return {
          status: isExpected ? "pass" : "fail",
          detail: `${method} ${url.pathname} answered ${status}${wanted}`,
        };
      } catch (thrown) {
        return { status: "fail", detail: messageOf(thrown) };
      }
    },
  };
}
