import { assertApp } from "./auth.ts";
import { type Api, type Ctx, numberParam } from "./context.ts";
import { notFound } from "./errors.ts";
import type { DeliveryRecord } from "./records.ts";
import type { Json } from "./serialize-repository.ts";
import { redeliver } from "./webhooks.ts";
import type { World } from "./world.ts";

/** The schemas `hook-delivery-item` and, with `isFull`, `hook-delivery`. */
function serializeDelivery(world: World, delivery: DeliveryRecord, isFull: boolean): Json {
  const item = {
    id: delivery.id,
    guid: delivery.guid,
    delivered_at: delivery.deliveredAt,
    redelivery: delivery.redelivery,
    duration: delivery.durationSeconds,
    status: delivery.status,
    status_code: delivery.statusCode,
    event: delivery.event,
    action: delivery.action,
    installation_id: world.appRecord.installationId,
    repository_id: delivery.repositoryId,
    throttled_at: null,
  };
  if (!isFull) return item;
  return {
    ...item,
    url: delivery.url,
    request: { headers: delivery.requestHeaders, payload: JSON.parse(delivery.body) },
    response: { headers: delivery.responseHeaders, payload: delivery.responseBody },
  };
}

const done = (world: World): DeliveryRecord[] =>
  world.store.deliveries.where((one) => one.status !== "pending").sort((a, b) => b.id - a.id);

/** Newest first, with a cursor in the Link header, and optionally only those that failed or succeeded. */
function listDeliveries(c: Ctx, world: World): Response {
  assertApp(c);
  const status = c.req.query("status");
  const cursor = Number(c.req.query("cursor") ?? Number.MAX_SAFE_INTEGER);
  const perPage = Math.min(Number(c.req.query("per_page") ?? 30) || 30, 100);
  const isOk = (one: DeliveryRecord) => one.statusCode >= 200 && one.statusCode < 400;
  const all = done(world).filter(
    (one) => one.id <= cursor && (status === undefined || isOk(one) === (status === "success")),
  );
  const next = all[perPage];
  if (next) {
    const query = new URLSearchParams({ ...c.req.query(), cursor: String(next.id) });
    c.header("link", `<${world.baseUrl}${c.req.path}?${query}>; rel="next"`);
  }
  return c.json(all.slice(0, perPage).map((one) => serializeDelivery(world, one, false)));
}

function deliveryFor(c: Ctx, world: World): DeliveryRecord {
  assertApp(c);
  const delivery = world.store.deliveries.get(numberParam(c, "id"));
  if (!delivery) throw notFound();
  return delivery;
}

/** Webhook deliveries of the App: what was sent, how it went, sending it again. */
export function deliveryRoutes(api: Api, world: World): void {
  api.get("/app/hook/deliveries", (c) => listDeliveries(c, world));
  api.get("/app/hook/deliveries/:id", (c) => c.json(serializeDelivery(world, deliveryFor(c, world), true)));
  api.post("/app/hook/deliveries/:id/attempts", (c) => {
    redeliver(world, deliveryFor(c, world));
    return c.json({}, 202);
  });
}
