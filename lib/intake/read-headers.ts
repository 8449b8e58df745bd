/** What a reader needs of headers; the Web's `Headers` is one. `name` is given in lower case. */
export interface HeaderReader {
  get(name: string): string | null;
}

/** Headers as they come: from a request (`Headers`), or as an object whose names may be in any case. */
export type HeaderSource = HeaderReader | Readonly<Record<string, unknown>>;

function isHeaderReader(source: HeaderSource): source is HeaderReader {
  return typeof source.get === "function";
}

function headerText(value: unknown): string | null {
  if (typeof value === "string") return value;
  if (typeof value === "number") return String(value);
  if (Array.isArray(value)) return value.map(headerText).join(", ");
  return null;
}

/** A case-insensitive reader; values given twice are joined with a comma, as HTTP does, so no second value hides behind a first. */
export function headerReader(source: HeaderSource): HeaderReader {
  if (isHeaderReader(source)) return source;
  const byName = new Map<string, string>();
  for (const [name, value] of Object.entries(source)) {
    const text = headerText(value);
    const key = name.toLowerCase();
    const before = byName.get(key);
    if (text !== null) byName.set(key, before === undefined ? text : `${before}, ${text}`);
  }
  return { get: (name) => byName.get(name) ?? null };
}
