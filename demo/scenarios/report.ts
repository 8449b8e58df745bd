import type { DemoStage } from "../stage.ts";

/** Sends one event to the demo Sentry as an SDK does. Throws when it is refused. */
export async function reportEvent(stage: DemoStage, event: Record<string, unknown>): Promise<void> {
  const dsn = new URL(stage.world.sentry.dsn);
  const projectId = dsn.pathname.replace("/", "");
  const item = {
    event_id: crypto.randomUUID().replaceAll("-", ""),
    timestamp: Date.now() / 1_000,
    platform: "node",
    level: "error",
    ...event,
  };
  const head = { event_id: item.event_id, dsn: stage.world.sentry.dsn };
  const answer = await fetch(`${dsn.origin}/api/${projectId}/envelope/?sentry_key=${dsn.username}`, {
    method: "POST",
    headers: { "content-type": "application/x-sentry-envelope" },
    body: [head, { type: "event" }, item].map((part) => JSON.stringify(part)).join("\n"),
  });
  if (!answer.ok) throw new Error(`the demo Sentry refused an event: ${answer.status} ${await answer.text()}`);
}
