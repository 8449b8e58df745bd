import { createHash } from "node:crypto";
import type { NormalizedEvent } from "./normalize-event.ts";

/**
 * The hash that decides the issue: an SDK fingerprint, else type and in-app frames of each exception, else type and
 * value, else the message with its numbers and ids blanked (a simpler form of Sentry's `newstyle` strategy). Line
 * numbers stay out: a new release moves lines, and the error is still the same one.
 */
export function groupHash(event: NormalizedEvent): string {
  const parts: string[] = [];
  for (const part of event.fingerprint) {
    if (/^\{\{\s*default\s*\}\}$/.test(part)) parts.push(...defaultParts(event));
    else parts.push(part);
  }
  return createHash("md5").update(parts.join("\u0000")).digest("hex");
}

function defaultParts(event: NormalizedEvent): string[] {
  if (event.exceptions.length === 0) return ["message", parametrize(event.message)];
  return event.exceptions.flatMap((exception) => {
    const all = exception.frames ?? [];
    const inApp = all.filter((frame) => frame.inApp);
    const frames = inApp.length > 0 ? inApp : all;
    const type = exception.type ?? "Error";
    if (frames.length === 0) return [type, parametrize(exception.value ?? "")];
    return [type, ...frames.map((frame) => `${frame.module ?? baseName(frame.filename)}#${frame.function ?? ""}`)];
  });
}

function baseName(path: string | null): string {
  return path?.split("/").at(-1)?.toLowerCase() ?? "";
}

function parametrize(text: string): string {
  return text
    .replaceAll(/\b[0-9a-f]{8}-[0-9a-f-]{27}\b/gi, "<uuid>")
    .replaceAll(/\b(0x[0-9a-f]+|[0-9a-f]{12,})\b/gi, "<hex>")
    .replaceAll(/-?\d+(\.\d+)?/g, "<num>");
}
