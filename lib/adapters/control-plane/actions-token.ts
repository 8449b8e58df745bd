import * as z from "zod";
import { AppError } from "../../kernel/errors.ts";

export interface ActionsTokenSettings {
  /** ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN of a job with `id-token: write`. */
  requestUrl: string;
  requestToken: string;
  /** Who the token is for: the control plane's address. */
  audience: string;
  timeoutMs?: number;
}

const answerSchema = z.object({ value: z.string().min(1) });

/**
 * Fetches this job's OIDC token from GitHub Actions; one for each call, since it is good for minutes only. AppError
 * `oidc_unavailable`.
 */
export function createActionsToken(settings: ActionsTokenSettings): () => Promise<string> {
  return async () => {
    const url = new URL(settings.requestUrl);
    url.searchParams.set("audience", settings.audience);
    const fault = (why: string, cause?: unknown) =>
      new AppError("oidc_unavailable", `GitHub Actions gave no OIDC token: ${why}`, { retry: "later", cause });
    const response = await fetch(url, {
      headers: { authorization: `Bearer ${settings.requestToken}`, accept: "application/json" },
      signal: AbortSignal.timeout(settings.timeoutMs ?? 15_000),
    }).catch((cause: unknown) => {
      throw fault("its token service cannot be reached", cause);
    });
    if (!response.ok) throw fault(`HTTP ${response.status}`);
    const answer = answerSchema.safeParse(await response.json().catch(() => null));
    if (!answer.success) throw fault("its answer has no token");
    return answer.data.value;
  };
}
