import type { ExceptionValue, Frame, SdkEvent, SdkFrame, StoredEvent, Tag } from "./model.ts";

export type NormalizedEvent = Omit<StoredEvent, "issueId" | "hash">;

/** An SDK's event as Sentry keeps it: in-app flags, title, culprit, location and the derived tags. */
export function normalizeEvent(event: SdkEvent, receivedMs: number, sizeBytes: number): NormalizedEvent {
  const exceptions = (event.exception?.values ?? []).map(normalizeException);
  const main = exceptions.at(-1);
  const crash = crashFrame(main);
  const message = (typeof event.message === "string" ? event.message : event.message?.formatted) ?? "";
  const level = event.level ?? "error";
  const contexts = withTypes(event.contexts ?? {});
  const isUnhandled = exceptions.some((one) => one.mechanism?.handled === false);
  return {
    id: event.event_id,
    timestampMs: eventTimeMs(event.timestamp, receivedMs),
    receivedMs,
    platform: event.platform ?? "other",
    level,
    logger: event.logger ?? "",
    environment: event.environment ?? null,
    release: event.release ?? null,
    dist: event.dist ?? null,
    transaction: event.transaction ?? null,
    message,
    title: titleOf(main, message),
    culprit: event.transaction ?? culpritOf(crash),
    location: crash?.filename ?? null,
    type: main ? "error" : "default",
    metadata: metadataOf(main, crash, message),
    tags: tagsOf(event, exceptions, level, contexts),
    fingerprint: event.fingerprint ?? ["{{ default }}"],
    user: event.user ?? null,
    request: event.request ?? null,
    contexts,
    breadcrumbs: Array.isArray(event.breadcrumbs) ? event.breadcrumbs : (event.breadcrumbs?.values ?? []),
    modules: event.modules ?? {},
    extra: event.extra ?? {},
    sdk: event.sdk ?? null,
    exceptions,
    isUnhandled,
    sizeBytes,
  };
}

/** The newest in-app frame, else the newest frame. */
export function crashFrame(exception: ExceptionValue | undefined): Frame | undefined {
  const frames = exception?.frames ?? [];
  return frames.findLast((frame) => frame.inApp) ?? frames.at(-1);
}

// An SDK's clock may be wrong: Sentry takes the time of receipt for events from the future.
function eventTimeMs(timestamp: number | string | undefined, receivedMs: number): number {
  const ms = typeof timestamp === "number" ? timestamp * 1000 : timestamp ? Date.parse(timestamp) : receivedMs;
  return Math.min(Math.round(ms), receivedMs);
}

function normalizeException(value: NonNullable<SdkEvent["exception"]>["values"][number]): ExceptionValue {
  const frames = value.stacktrace?.frames;
  return {
    type: value.type ?? null,
    value: value.value ?? null,
    module: value.module ?? null,
    mechanism: value.mechanism ?? null,
    frames: frames ? frames.map(normalizeFrame) : null,
  };
}

function normalizeFrame(frame: SdkFrame): Frame {
  const path = frame.abs_path ?? frame.filename ?? null;
  const said = frame.in_app ?? null;
  const inApp = isForeignPath(path) ? false : (said ?? true);
  return {
    filename: frame.filename ?? null,
    absPath: path,
    module: frame.module ?? null,
    function: frame.function ?? null,
    lineNo: frame.lineno ?? null,
    colNo: frame.colno ?? null,
    inApp,
    origInApp: said !== null && said !== inApp ? said : null,
    preContext: frame.pre_context ?? null,
    contextLine: frame.context_line ?? null,
    postContext: frame.post_context ?? null,
    vars: frame.vars ?? null,
  };
}

function isForeignPath(path: string | null): boolean {
  if (path === null) return true;
  return (
    path.startsWith("node:") || path.startsWith("internal/") || path === "<anonymous>" || path.includes("node_modules/")
  );
}

function titleOf(main: ExceptionValue | undefined, message: string): string {
  if (!main) return firstLine(message) || "<unlabeled event>";
  const value = firstLine(main.value ?? "");
  return value ? `${main.type ?? "Error"}: ${value}` : (main.type ?? "<unknown>");
}

function firstLine(text: string): string {
  const line = text.split("\n", 1)[0] ?? "";
  return line.length > 256 ? `${line.slice(0, 253)}...` : line;
}

function culpritOf(frame: Frame | undefined): string {
  if (!frame) return "";
  return `${frame.function ?? "?"}(${frame.module ?? frame.filename ?? "?"})`;
}

function metadataOf(
  main: ExceptionValue | undefined,
  crash: Frame | undefined,
  message: string,
): Record<string, unknown> {
  if (!main) return { title: firstLine(message) };
  const mix = (main.frames ?? []).every((frame) => frame.inApp) ? "in-app-only" : "mixed";
  return {
    type: main.type,
    value: main.value,
    ...(crash?.filename ? { filename: crash.filename } : {}),
    ...(crash?.function ? { function: crash.function } : {}),
    in_app_frame_mix: mix,
  };
}

function tagsOf(
  event: SdkEvent,
  exceptions: ExceptionValue[],
  level: string,
  contexts: Record<string, unknown>,
): Tag[] {
  const tags = new Map<string, string>();
  const put = (key: string, value: unknown) => {
    if (value !== null && value !== undefined && value !== "") tags.set(key, String(value).slice(0, 200).trim());
  };
  for (const [key, value] of Object.entries(event.tags ?? {})) put(key, value);
  put("environment", event.environment);
  put("release", event.release);
  put("level", level);
  put("server_name", event.server_name);
  put("transaction", event.transaction);
  put("url", event.request?.url);
  const mechanism = exceptions.at(-1)?.mechanism;
  put("mechanism", mechanism?.type);
  if (typeof mechanism?.handled === "boolean") put("handled", mechanism.handled ? "yes" : "no");
  for (const name of ["runtime", "os"]) {
    const context = contexts[name] as { name?: unknown; version?: unknown } | undefined;
    if (!context?.name) continue;
    put(`${name}.name`, context.name);
    put(name, `${context.name} ${String(context.version ?? "").trim()}`);
  }
  put("user", userKey(event.user ?? null));
  return [...tags].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Sentry's `user` tag: `id:…`, else e-mail, else IP; null for nobody. */
export function userKey(user: Record<string, unknown> | null): string | null {
  for (const [field, prefix] of [
    ["id", "id"],
    ["email", "email"],
    ["username", "username"],
    ["ip_address", "ip"],
  ] as const) {
    const value = user?.[field];
    if (value !== undefined && value !== null && value !== "" && value !== "{{auto}}")
      return `${prefix}:${String(value)}`;
  }
  return null;
}

function withTypes(contexts: Record<string, unknown>): Record<string, unknown> {
  const known = new Set(["runtime", "os", "app", "device", "trace", "browser", "culture", "gpu"]);
  return Object.fromEntries(
    Object.entries(contexts)
      .filter(([, value]) => typeof value === "object" && value !== null)
      .map(([name, value]) => [name, { ...(value as object), type: known.has(name) ? name : "default" }]),
  );
}
