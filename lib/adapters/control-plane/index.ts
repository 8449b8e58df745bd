import * as z from "zod";
import { AppError, type Retry } from "../../kernel/errors.ts";
import { claimedRunSchema, heartbeatAnswerSchema } from "../../repair/model.ts";
import type { ControlPlane } from "../../runner/ports.ts";

export interface ControlPlaneSettings {
  /** Origin (and base path, if any) of the control plane. */
  url: string;
  /** What claims are made with, and nothing else: the runner token, or a fresh one for each claim. */
  token: string | (() => Promise<string>);
  timeoutMs?: number;
}

const errorSchema = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

interface Call {
  path: "claim" | "heartbeat" | "report";
  token: string;
  body: unknown;
  signal: AbortSignal | undefined;
}

/** `Retry-After` in seconds or as a date would need the time; only seconds are used by our control plane. */
function retryOf(response: Response): Retry {
  const seconds = Number(response.headers.get("retry-after"));
  if (Number.isFinite(seconds) && seconds > 0) return { afterMs: Math.min(seconds, 3_600) * 1_000 };
  return response.status >= 500 || response.status === 429 || response.status === 408 ? "later" : "never";
}

async function faultOf(call: Call, response: Response): Promise<AppError> {
  const body = errorSchema.safeParse(await response.json().catch(() => null));
  const said = body.success ? `${body.data.error.code}: ${body.data.error.message}` : `HTTP ${response.status}`;
  const context = { status: response.status, call: call.path };
  const retry = retryOf(response);
  if (retry !== "never")
    return new AppError("control_plane_busy", `the control plane cannot answer now (${said})`, { retry, context });
  if (call.path === "claim") {
    const isToken = response.status === 401 || response.status === 403;
    const message = isToken
      ? `the control plane does not accept this runner (${said})`
      : `the control plane refused the claim (${said})`;
    return new AppError("runner_refused", message, { retry, context });
  }
  const isGone = [401, 403, 404, 409, 410].includes(response.status);
  return isGone
    ? new AppError("run_not_ours", `the run is no longer this runner's (${said})`, { retry, context })
    : new AppError("report_refused", `the control plane refused the ${call.path} (${said})`, { retry, context });
}

/**
 * The control plane over HTTP. Claims carry the runner token or the job's OIDC token, heartbeats and reports the run's own. AppErrors:
 * `control_plane_unreachable` and `control_plane_busy` can be tried again; `runner_refused`, `run_not_ours`,
 * `report_refused` and `control_plane_odd` (an answer of another shape) cannot.
 */
export function createControlPlane(settings: ControlPlaneSettings): ControlPlane {
  const base = settings.url.replace(/\/+$/, "");
  const timeoutMs = settings.timeoutMs ?? 30_000;

  const post = async (call: Call): Promise<Response> => {
    const timeout = AbortSignal.timeout(timeoutMs);
    const request = {
      method: "POST",
      redirect: "error" as const,
      headers: {
        authorization: `Bearer ${call.token}`,
        "content-type": "application/json",
        "user-agent": "patchpilot-runner",
      },
      body: JSON.stringify(call.body),
      signal: call.signal ? AbortSignal.any([call.signal, timeout]) : timeout,
    };
    const response = await fetch(`${base}/api/runner/${call.path}`, request).catch((cause: unknown) => {
      throw new AppError("control_plane_unreachable", `the control plane at ${base} cannot be reached`, {
        retry: "later",
        cause,
      });
    });
    if (!response.ok) throw await faultOf(call, response);
    return response;
  };

  const read = async <T>(response: Response, schema: z.ZodType<T>, path: string): Promise<T> => {
    const parsed = schema.safeParse(await response.json().catch(() => null));
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0];
    const fault = issue ? `${issue.path.join(".")}: ${issue.message}` : "unreadable";
    throw new AppError("control_plane_odd", `the control plane's answer to ${path} is not understood (${fault})`, {
      retry: "never",
    });
  };

  return {
    async claim(body, signal) {
      const token = typeof settings.token === "string" ? settings.token : await settings.token();
      const response = await post({ path: "claim", token, body, signal });
      return response.status === 204 ? null : read(response, claimedRunSchema, "claim");
    },
    async heartbeat(token, body, signal) {
      return read(await post({ path: "heartbeat", token, body, signal }), heartbeatAnswerSchema, "heartbeat");
    },
    async report(token, body, signal) {
      const response = await post({ path: "report", token, body, signal });
      await response.body?.cancel();
    },
  };
}
