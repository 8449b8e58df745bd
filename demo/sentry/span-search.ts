import { BadQuery } from "./search.ts";

export type FieldOf = (field: string) => string | number | boolean | null;
type Matcher = (fieldOf: FieldOf) => boolean;

const TOKEN =
  /\s*(?:(\()|(\))|(!?)([\w.]+):(\[(?:"(?:\\"|[^"])*"|[^\]"])*\]|"(?:\\"|[^"])*"|[^\s()]*)|(AND|OR)(?=[\s()]|$))/iy;

/**
 * Sentry's search over spans, as far as the demo needs it: `key:value`, `key:"quoted"` with `*` as a wildcard and `\*`
 * as a star, `key:>1500ms` over durations, `key:[a,b]` without wildcards, `has:key`, `!`, AND (also by standing side by side), OR and parentheses.
 * Throws BadQuery for anything else.
 */
export function parseSpanSearch(query: string): Matcher {
  const reader = createReader(query);
  const matcher = readOr(reader);
  if (reader.next() !== null) throw new BadQuery(`Parse error at: ${query}`);
  return matcher;
}

type Token = { type: "(" | ")" | "AND" | "OR" } | { type: "filter"; matcher: Matcher };

function createReader(query: string) {
  const tokens = tokensOf(query);
  let at = 0;
  return { next: () => tokens[at] ?? null, take: () => tokens[at++] ?? null };
}
type Reader = ReturnType<typeof createReader>;

function tokensOf(query: string): Token[] {
  const tokens: Token[] = [];
  const text = query.trim();
  TOKEN.lastIndex = 0;
  for (let at = 0; at < text.length; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (!match) throw new BadQuery(`Parse error near: ${text.slice(at, at + 40)}`);
    const [, open, close, bang, key, value, word] = match;
    if (open) tokens.push({ type: "(" });
    else if (close) tokens.push({ type: ")" });
    else if (word) tokens.push({ type: word.toUpperCase() === "OR" ? "OR" : "AND" });
    else tokens.push({ type: "filter", matcher: filterOf(key ?? "", value ?? "", bang === "!") });
  }
  return tokens;
}

function readOr(reader: Reader): Matcher {
  const parts = [readAnd(reader)];
  while (reader.next()?.type === "OR") {
    reader.take();
    parts.push(readAnd(reader));
  }
  return (fieldOf) => parts.some((part) => part(fieldOf));
}

function readAnd(reader: Reader): Matcher {
  const parts: Matcher[] = [];
  for (let token = reader.next(); token !== null && token.type !== "OR" && token.type !== ")"; token = reader.next()) {
    reader.take();
    if (token.type === "AND") continue;
    if (token.type === "filter") {
      parts.push(token.matcher);
      continue;
    }
    parts.push(readOr(reader));
    if (reader.take()?.type !== ")") throw new BadQuery("Parse error: a parenthesis is not closed");
  }
  return (fieldOf) => parts.every((part) => part(fieldOf));
}

function filterOf(key: string, value: string, isNegated: boolean): Matcher {
  if (key === "has") {
    return (fieldOf) => [null, ""].includes(asText(fieldOf(value))) === isNegated;
  }
  const found = matcherOf(key, value);
  return (fieldOf) => found(fieldOf) !== isNegated;
}

function matcherOf(key: string, value: string): Matcher {
  if (value.startsWith("[")) return inList(key, value);
  return key === "span.duration" ? comparesDuration(key, value) : matchesPattern(key, value);
}

const UNIT_MS = { ms: 1, s: 1_000, min: 60_000 } as const;

function comparesDuration(key: string, value: string): Matcher {
  const [, sign, number, unit] = /^(>=|<=|>|<)?(\d+(?:\.\d+)?)(ms|s|min)?$/.exec(value) ?? [];
  if (number === undefined) throw new BadQuery(`Invalid duration value for ${key}: ${value}`);
  const wanted = Number(number) * UNIT_MS[(unit ?? "ms") as keyof typeof UNIT_MS];
  return (fieldOf) => {
    const found = Number(fieldOf(key));
    if (sign === ">") return found > wanted;
    if (sign === ">=") return found >= wanted;
    if (sign === "<") return found < wanted;
    return sign === "<=" ? found <= wanted : found === wanted;
  };
}

const asText = (value: string | number | boolean | null) => (value === null ? null : String(value));

function inList(key: string, list: string): Matcher {
  const values = [...list.slice(1, -1).matchAll(/"((?:\\"|[^"])*)"|[^,\s]+/g)].map(
    ([whole, quoted]) => quoted?.replaceAll('\\"', '"') ?? whole,
  );
  return (fieldOf) => values.includes(asText(fieldOf(key)) ?? "");
}

function matchesPattern(key: string, value: string): Matcher {
  const inner = value.startsWith('"') ? value.slice(1, -1).replaceAll('\\"', '"') : value;
  const parts = inner.split(/(?<!\\)\*/).map((part) => part.replaceAll("\\*", "*"));
  const escaped = parts.map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const pattern = new RegExp(`^${escaped.join("[\\s\\S]*")}$`);
  return (fieldOf) => pattern.test(asText(fieldOf(key)) ?? "");
}
