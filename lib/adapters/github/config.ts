import type { Clock } from "../../kernel/clock.ts";
import type { Fetch } from "../http.ts";
import type { TokenCache } from "../kv/cache.ts";

export interface GitHubConfig {
  /** `https://api.github.com`, `https://<host>/api/v3` for GitHub Enterprise Server, or a test world. */
  apiUrl: string;
  /** The App's id or client id. */
  appId: string;
  /** PEM; `\n` may be written as two characters, as in a .env file. */
  privateKey: string;
  /** null: looked up by the repository. */
  installationId: number | string | null;
  /** `owner/name` */
  repository: string;
  /** HMAC key of the markers in our own issues and comments. */
  markerKey: string;
  /** The App's URL name; looked up when absent. */
  appSlug?: string;
  cache?: TokenCache;
  clock: Clock;
  timeoutMs: number;
  fetch?: Fetch;
}

/** Owner and name of `owner/name`. */
export function splitRepository(repository: string): { owner: string; repo: string } {
  const [owner = "", repo = ""] = repository.split("/");
  return { owner, repo };
}
