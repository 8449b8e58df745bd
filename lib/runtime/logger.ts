import { redactDeep } from "../kernel/redact.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";

/** One wide event a request or job: a name and flat fields. Everything is redacted on the way out. */
export interface Logger {
  log(level: LogLevel, event: string, fields?: Record<string, unknown>): void;
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
      write(JSON.stringify(redactDeep({ level, event, ...fields })));
    },
  };
}

/** A logger that says nothing. */
export const silentLogger: Logger = { log() {} };
