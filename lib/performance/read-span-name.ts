import { redact } from "../kernel/redact.ts";

const UUID = /\b[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}\b/gi;
/** Eight or more hex digits with a decimal one among them; `deadbeef` and `feedback` are words. */
const HEX = /(?<![a-z0-9])(?:0x)?(?=[0-9a-f]*\d)[0-9a-f]{8,}(?![a-z0-9])/gi;
/** Random tokens: long, with letters and digits mixed. */
const TOKEN = /(?<![\w])(?=[\w-]*\d)(?=[\w-]*[a-z])(?=[\w-]*[A-Z])[\w-]{20,}(?![\w])/g;
const SINGLE_QUOTED = /'(?:[^'\\]|''|\\.)*'/g;
const DOUBLE_QUOTED = /"((?:[^"\\]|""|\\.)*)"/g;
/** What stands before a value and not before a name: MySQL writes strings as Postgres writes names. */
const BEFORE_VALUE =
  /(?:[=<>]|\b(?:like|ilike|in|values|match|against|limit|offset)\s*\(?|\(\s*\?\s*,|,\s*\?\s*,)\s*$/i;
const PLACEHOLDER = /\$\d+\b|%\(\w+\)s|%[sd]\b|@p\d+\b/g;
/** Numbers, and what is written with points: versions, IP addresses. */
const NUMBER = /(?<![\w.])-?\d[\d_]*(?:\.\d+)*(?:e[+-]?\d+)?(?![\w])/gi;
/** An id that hangs on a word: `order_10042`, `user-77123`, `shard12345`. */
const LONG_DIGITS = /\d{4,}/g;
const QUERY = /\?[\w.%[\]~-]+(?:=[^\s&#"'`)\]]*)?(?:&[^\s#"'`)\]]*)*/g;
const FRAGMENT = /(https?:\/\/[^\s#"'`]*)#\S*/g;
const COMMENT = /\/\*[\s\S]*?(?:\*\/|$)/g;

function withoutQuotes(text: string): string {
  return text.replace(SINGLE_QUOTED, "?").replace(DOUBLE_QUOTED, (whole, inner: string, at: number, all: string) => {
    const isMember = all[at + whole.length] === ".";
    const isValue = BEFORE_VALUE.test(all.slice(Math.max(0, at - 40), at)) && !isMember;
    return isValue || !/^[A-Za-z_$][\w$. -]{0,63}$/.test(inner) ? "?" : whole;
  });
}

/** `IN (?, ?, ?)` and `VALUES (?), (?), (?)` are as long as the data, and one query all the same. */
function withoutRepeats(text: string): string {
  return text.replace(/\?(?:\s*,\s*\?)+/g, "?").replace(/(\(\s*\?\s*\))(?:\s*,\s*\(\s*\?\s*\))+/g, "$1");
}

/**
 * Ids go before secrets: an order's number can look like a telephone's, and one order would have two names. All that is
 * taken out leaves the same mark, because ids of one kind come in several shapes.
 */
function normalizeOnce(text: string): string {
  const visible = text.replace(COMMENT, " ").replace(QUERY, "").replace(FRAGMENT, "$1");
  const named = withoutQuotes(visible)
    .replace(PLACEHOLDER, "?")
    .replace(UUID, "?")
    .replace(TOKEN, "?")
    .replace(HEX, "?")
    .replace(NUMBER, "?");
  return withoutRepeats(redact(named).text.replace(LONG_DIGITS, "?")).replace(/\s+/g, " ").trim();
}

const MOST_PASSES = 4;

/**
 * The name of a span, a query or a transaction without what differs from call to call: literals, numbers, ids, query
 * strings, comments, secrets and personal data. Never cut: two names are the same only when all of them is. Names of
 * tables, columns and routes stay. Doing it twice changes nothing more.
 */
export function readSpanName(text: string): string {
  let name = text.toWellFormed();
  for (let pass = 0; pass < MOST_PASSES; pass += 1) {
    const next = normalizeOnce(name);
    if (next === name) return name;
    name = next;
  }
  return name;
}
