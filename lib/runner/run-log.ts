import { redact } from "../kernel/redact.ts";

/** What a run printed, as far as it may be told: the last part, without terminal escapes and without secrets. */
export interface RunLog {
  append(text: string): void;
  /** A line of the runner's own. */
  note(text: string): void;
  tail(limit: number): string;
  /** `text` without the secrets and what else looks like one. */
  clean(text: string): string;
  /** The name of a secret of this run whose value is in `text`, or null. */
  findSecret(text: string): string | null;
}

const KEEP = 128_000;
/** Read in front of a tail, so that a secret at its edge is seen whole. */
const OVERLAP = 2_000;
const SHORTEST_SECRET = 6;
const ESCAPES = new RegExp(`${String.fromCharCode(27)}(?:\\[[0-9;?]*[ -/]*[@-~]|[@-Z\\\\-_])`, "g");

/** A log that masks the values of `secrets` by name; very short values are left alone, since they would mask words. */
export function createRunLog(secrets: readonly { name: string; value: string }[]): RunLog {
  let text = "";
  const long = secrets.filter((secret) => secret.value.length >= SHORTEST_SECRET);
  const mask = (plain: string) =>
    long.reduce((masked, { name, value }) => masked.replaceAll(value, `[${name}]`), plain);
  const clean = (plain: string) => redact(mask(plain.replace(ESCAPES, ""))).text;
  const append = (more: string) => {
    text += more;
    if (text.length > KEEP * 2) text = text.slice(-KEEP);
  };
  return {
    append,
    note(line) {
      append(`${text === "" || text.endsWith("\n") ? "" : "\n"}# ${line}\n`);
    },
    // Cleaned as a whole, since a secret can arrive in two pieces.
    tail: (limit) => clean(text.slice(-(limit + OVERLAP))).slice(-limit),
    clean,
    findSecret: (plain) => long.find((secret) => plain.includes(secret.value))?.name ?? null,
  };
}
