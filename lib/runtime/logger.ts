import { redactDeep } from "../kernel/redact.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";

/** One wide event a request or job: a name and flat fields. Everything is redacted on the way out. */
export interface Logger {
  log(level: LogLevel, event: string, fields?: Record<string, unknown>): void;
}

/** Fields that we fill ourselves, by the forms that their values then have: these need no search for secrets. */
const OWN_FIELDS = new Set(
  "level event at requestId deliveryId incidentId jobId method route status durationMs source outcome".split(" "),
);
const OWN_FORMS = /^(?:[a-z]{3}_[0-9a-v]{24,40}|\d{4}-\d\d-\d\dT[\d:.]{8,12}Z|[A-Za-z]{1,12}|\/[a-z/:]{1,40})$/;

/** Short texts come again and again (reasons, names of schedules): what they are redacted to is remembered. */
const MAX_REMEMBERED = 500;
const MAX_REMEMBERED_LENGTH = 200;
const redacted = new Map<string, Record<string, unknown>>();

function redactField(name: string, value: unknown): Record<string, unknown> {
  const redact = () => redactDeep({ [name]: value }) as Record<string, unknown>;
  if (typeof value !== "string" || value.length > MAX_REMEMBERED_LENGTH) return redact();
  const key = `${name}=${value}`;
  const known = redacted.get(key);
  if (known) return known;
  if (redacted.size >= MAX_REMEMBERED) redacted.clear();
  const clean = redact();
  redacted.set(key, clean);
  return clean;
}

/** The line's fields, redacted. A search costs more than all else that is done for a webhook's line. */
function redactFields(fields: Record<string, unknown>): Record<string, unknown> {
  const clean: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    const isOwn =
      OWN_FIELDS.has(name) && (typeof value === "number" || (typeof value === "string" && OWN_FORMS.test(value)));
    if (isOwn) clean[name] = value;
    else Object.assign(clean, redactField(name, value));
  }
  return clean;
}

/** A logger that writes one JSON line an event to `write` (standard error by default: stdout belongs to answers). */
export function jsonLogger(
  write: (line: string) => void = (line) => console.error(line),
  minimum: LogLevel = "info",
): Logger {
  const order: LogLevel[] = ["debug", "info", "warn", "error"];
  return {
    log(level, event, fields = {}) {
      if (order.indexOf(level) < order.indexOf(minimum)) return;
      write(JSON.stringify(redactFields({ level, event, ...fields })));
    },
  };
}

/** A logger that says nothing. */
export const silentLogger: Logger = { log() {} };
