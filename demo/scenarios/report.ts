import type { DemoStage } from "../stage.ts";

/** Sends one event to the demo Sentry as an SDK does. Throws when it is refused. */
export async function reportEvent(stage: DemoStage, event: Record<string, unknown>): Promise<void> {
  await sendItem(stage, "event", { level: "error", ...event });
}

/** Sends how long one request took, as an SDK with tracing does; `endMs` may lie weeks back. */
export async function reportTransaction(
  stage: DemoStage,
  { name, endMs, durationMs, release }: { name: string; endMs: number; durationMs: number; release: string },
): Promise<void> {
  const id = () => crypto.randomUUID().replaceAll("-", "");
  await sendItem(stage, "transaction", {
    type: "transaction",
    transaction: name,
    start_timestamp: (endMs - durationMs) / 1_000,
    timestamp: endMs / 1_000,
    environment: "production",
    release,
    contexts: { trace: { trace_id: id(), span_id: id().slice(0, 16), op: "http.server", status: "ok" } },
    spans: [],
  });
}

async function sendItem(stage: DemoStage, type: string, event: Record<string, unknown>): Promise<void> {
  const dsn = new URL(stage.world.sentry.dsn);
  const projectId = dsn.pathname.replace("/", "");
  const item = {
    event_id: crypto.randomUUID().replaceAll("-", ""),
    timestamp: Date.now() / 1_000,
    platform: "node",
    ...event,
  };
  const head = { event_id: item.event_id, dsn: stage.world.sentry.dsn };
  const answer = await fetch(`${dsn.origin}/api/${projectId}/envelope/?sentry_key=${dsn.username}`, {
    method: "POST",
    headers: { "content-type": "application/x-sentry-envelope" },
    body: [head, { type }, item].map((part) => JSON.stringify(part)).join("\n"),
  });
  if (!answer.ok) throw new Error(`the demo Sentry refused a ${type} item: ${answer.status} ${await answer.text()}`);
}
