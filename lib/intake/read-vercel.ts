import * as z from "zod";
import type { DeploymentSignal, ReadDelivery } from "./model.ts";
import {
  deliveryKeyOf,
  type Fields,
  fieldsOf,
  isoOf,
  optionalFields,
  refusedField,
  refusedShape,
  requiredId,
  requiredText,
  textOf,
} from "./read-fields.ts";
import type { HeaderReader } from "./read-headers.ts";
import { isAnomaly, readAnomaly } from "./read-vercel-anomaly.ts";

const envelopeSchema = z.object({
  id: requiredId,
  type: requiredText(100),
  createdAt: z.unknown().optional(),
  payload: optionalFields,
});

const EVENTS = ["created", "ready", "succeeded", "error", "canceled", "promoted", "rollback", "blocked"] as const;

/**
 * A delivery of Vercel's: `deployment.*` and error anomalies are acted on, all else ignored. Verified bytes only. `id` is the same in every
 * retry and is the key. Shapes: formats.md 3.1; `target` null is a preview.
 */
export function readVercel(_headers: HeaderReader, body: unknown): ReadDelivery {
  const parsed = envelopeSchema.safeParse(body);
  if (!parsed.success) return refusedShape(parsed.error);
  const { id, type, createdAt, payload } = parsed.data;
  const deliveryKey = deliveryKeyOf("vercel", id);
  if (payload !== null && isAnomaly(type, payload)) {
    const signal = readAnomaly(payload, createdAt);
    return { outcome: "accepted", reason: `error anomaly: ${signal.title}`, deliveryKey, resource: type, signal };
  }
  const event = EVENTS.find((name) => type === `deployment.${name}`);
  if (event === undefined) {
    return { outcome: "ignored", reason: reasonToIgnore(type), deliveryKey, resource: type, signal: null };
  }
  if (payload === null) return refusedField("payload", "expected an object");
  const deployment = fieldsOf(payload.deployment);
  const deploymentId = textOf(event === "rollback" ? payload.toDeploymentId : deployment?.id, 200);
  if (deploymentId === null) {
    return refusedField(event === "rollback" ? "payload.toDeploymentId" : "payload.deployment.id", "expected an id");
  }
  const meta = fieldsOf(deployment?.meta);
  const signal: DeploymentSignal = {
    kind: "deployment",
    event,
    deploymentId,
    sourceProject: textOf(fieldsOf(payload.project)?.id, 200),
    target: targetOf(event, payload),
    sha: gitMeta(meta, "CommitSha"),
    ref: gitMeta(meta, "CommitRef"),
    url: urlOf(deployment?.url ?? payload.url),
    occurredAt: isoOf(createdAt),
  };
  return {
    outcome: "accepted",
    reason: `${type} of ${signal.target ?? "preview"}`,
    deliveryKey,
    resource: type,
    signal,
  };
}

function reasonToIgnore(type: string): string {
  if (type.startsWith("deployment.")) return `event ${type} does not change what is deployed`;
  if (/^deployment(?:-|$)/.test(type)) return `event ${type} is the legacy form of a deployment.* event`;
  return `event ${type} tells nothing of a deployment`;
}

/** `deployment.promoted` and `deployment.rollback` carry no target: both move production. */
function targetOf(event: DeploymentSignal["event"], payload: Fields): string | null {
  return textOf(payload.target, 64) ?? (event === "promoted" || event === "rollback" ? "production" : null);
}

/** A deployment's commit is in `meta`, under its git provider's name; a deployment by CLI has none. */
function gitMeta(meta: Fields | null, field: "CommitSha" | "CommitRef"): string | null {
  return textOf(meta?.[`github${field}`] ?? meta?.[`gitlab${field}`] ?? meta?.[`bitbucket${field}`], 300);
}

/** Vercel sends addresses without a scheme. */
function urlOf(host: unknown): string | null {
  const text = textOf(host, 300);
  return text !== null && /^[a-z0-9.-]+$/i.test(text) ? `https://${text}` : null;
}
