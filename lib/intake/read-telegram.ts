import * as z from "zod";
import type { ReadDelivery } from "./model.ts";
import { deliveryKeyOf, fieldsOf, refusedShape } from "./read-fields.ts";
import type { HeaderReader } from "./read-headers.ts";

const updateSchema = z.object({ update_id: z.number().int().nonnegative() });

/** An update of Telegram's Bot API; none carries a production signal. The key is `update_id`, the same in every retry. */
export function readTelegram(_headers: HeaderReader, body: unknown): ReadDelivery {
  const parsed = updateSchema.safeParse(body);
  if (!parsed.success) return refusedShape(parsed.error);
  const kind = Object.keys(fieldsOf(body) ?? {}).find((name) => /^[a-z_]{1,40}$/.test(name) && name !== "update_id");
  const resource = kind ?? "update";
  return {
    outcome: "ignored",
    reason: `update ${resource} carries no production signal`,
    deliveryKey: deliveryKeyOf("telegram", String(parsed.data.update_id)),
    resource,
    signal: null,
  };
}
