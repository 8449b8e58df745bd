/** A Python float: written with `.0` when whole, as CPython's repr does. */
export class PyFloat {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

/**
 * Encodes as Sentry does (simplejson, separators `(",", ":")`, ensure_ascii; src/sentry/utils/json.py): the bytes differ
 * from `JSON.stringify` for any non-ASCII text and for whole floats, so a receiver that re-serializes fails its signature.
 */
export function pythonJson(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (value instanceof PyFloat) return pythonFloat(value.value);
  if (typeof value === "string") return pythonString(value);
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : pythonFloat(value);
  if (typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(",")}]`;
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([key, member]) => `${pythonString(key)}:${pythonJson(member)}`);
  return `{${members.join(",")}}`;
}

function pythonFloat(value: number): string {
  if (!Number.isFinite(value)) return "null";
  const text = String(value).replace(/e([+-])(\d)$/, "e$10$2");
  return /[.e]/.test(text) ? text : `${text}.0`;
}

function pythonString(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
