import { appendFileSync, existsSync, mkdirSync, readFileSync, truncateSync } from "node:fs";
import { dirname } from "node:path";

export interface Journal<T> {
  /** What earlier processes wrote, oldest first. */
  readonly records: readonly T[];
  /** On return the record has reached the operating system: it survives `kill -9`, not a power cut. */
  append(record: T): void;
}

/**
 * Opens an append-only file of JSON lines. A last line cut short by a crash is removed; a broken line before that is
 * an error that names the file and the line.
 */
export function openJournal<T>(file: string): Journal<T> {
  mkdirSync(dirname(file), { recursive: true });
  const records: T[] = [];
  if (existsSync(file)) {
    const bytes = readFileSync(file);
    const end = bytes.lastIndexOf(0x0a) + 1;
    if (end < bytes.length) truncateSync(file, end);
    const lines = bytes.subarray(0, end).toString("utf8").split("\n");
    lines.pop();
    for (const [index, line] of lines.entries()) {
      try {
        records.push(JSON.parse(line));
      } catch (cause) {
        throw new Error(`${file}:${index + 1} is not JSON`, { cause });
      }
    }
  }
  return {
    records,
    append(record) {
      appendFileSync(file, `${JSON.stringify(record)}\n`);
    },
  };
}
