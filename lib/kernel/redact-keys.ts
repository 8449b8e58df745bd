import type { Span } from "./redact-tokens.ts";

/** How surely a key's value is secret: `header` values run to the end of the line, `token` values must look random. */
type KeyStrength = "secret" | "token" | "header";

const SECRET_WORDS = new Set(
  "password passwd passphrase passcode pwd pass secret apikey credential privatekey secretkey accesskey clientsecret".split(
    " ",
  ),
);
const TOKEN_WORDS = new Set("token jwt authtoken accesstoken refreshtoken".split(" "));
const HEADER_WORDS = new Set("authorization cookie cookies".split(" "));
/** Words that make a following `key` a secret one. */
const SECRET_KEYS = new Set(
  "api access private secret signing encryption auth account master service shared app storage license hmac".split(" "),
);
/** Tokens of parsers, models and pagination. */
const HARMLESS_TOKENS = new Set(
  "page next continuation cancel cancellation stop eos bos pad start end sort sync unexpected syntax parse lexer css design".split(
    " ",
  ),
);

function wordsOf(key: string): string[] {
  return key
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");
}

/** Keys come again and again; what their names say is remembered. */
const MAX_REMEMBERED = 1_000;
const strengths = new Map<string, KeyStrength | null>();

/** How secret the value of a key of this name is, or null. The last word decides: `tokenCount` and `promptTokens` are figures. */
export function keyStrength(key: string): KeyStrength | null {
  if (key.length > 128) return null;
  const known = strengths.get(key);
  if (known !== undefined) return known;
  if (strengths.size >= MAX_REMEMBERED) strengths.clear();
  const strength = judgeKey(key);
  strengths.set(key, strength);
  return strength;
}

function judgeKey(key: string): KeyStrength | null {
  const words = wordsOf(key);
  const last = words.at(-1) ?? "";
  const before = words.at(-2) ?? "";
  if (HEADER_WORDS.has(last)) return "header";
  if (last === "key" && SECRET_KEYS.has(before)) return "secret";
  if (/.(?:password|passwd|apikey)$/.test(last)) return "secret";
  if (SECRET_WORDS.has(last)) return last === "pass" && words.length === 1 ? null : "secret";
  if (TOKEN_WORDS.has(last)) return HARMLESS_TOKENS.has(before) ? null : "token";
  if (last === "signature" && (before === "amz" || before === "goog")) return "token";
  return null;
}

const HINT =
  /passw|passphrase|passcode|pwd|_pass|secret|token|jwt|credential|authorization|cookie|api[-_. ]?key|(?:access|private|signing|encryption|auth|account|master|service|shared|app|storage|license|hmac)[-_]?key|(?:amz|goog)-signature/g;
const KEY_CHAR = /[A-Za-z0-9_.-]/;
const MAX_KEY = 64;
const MAX_VALUE = 4_096;

/** What may stand between a key and its value: closing quote, separator, opening quote. */
const SEPARATOR = /(\\{0,3}["'`]?\]?)(\s{0,3})(:=?|=>?|,(?=\s{0,3}\\{0,3}["']))(?![:=])(\s{0,4})(\\{0,3}["'`]|b["'])?/y;
const PLACEHOLDER =
  /^(?:true|false|null|undefined|none|nil|nan|yes|no|on|off|empty|required|optional|missing|invalid|incorrect|expired|unknown|unset|string|number|boolean|object|any|text|await|new|this|is|was|must|not|the|and|or|a|an|\*+|x{3,}|\.{3,}|<[^>]*>|\[.*|\$.*|%.*|\{.*)$/i;
const CODE_ROOT =
  /^(?:process|req|request|res|ctx|context|config|this|self|env|options|opts|props|params|body|args|import|module|window|event|data|state|settings|user|session)[.[?]/;
/** A value that is itself the name of a header or a key. */
const KEY_NAME = /^(?:authorization|cookie|set-cookie|password|passwd|token|secret|api-?key|access_?token|x-[a-z-]+)$/i;
const IDENTIFIERS = /^[A-Za-z_$][\w$]*(?:\??\.[A-Za-z_$][\w$]*)*$/;
const PATH = /^(?:\.{0,2}\/|[A-Za-z]:[\\/]|~\/)[\w.@-]+(?:[\\/][\w.@-]*)+$/;

type Found = {
  value: string;
  start: number;
  end: number;
  isQuoted: boolean;
  isTight: boolean;
  isKeyQuoted: boolean;
  separator: string;
};

function readQuoted(text: string, start: number, quote: string): number {
  const mark = quote.at(-1) ?? '"';
  const limit = Math.min(text.length, start + MAX_VALUE);
  for (let i = start; i < limit; i += 1) {
    const char = text.charAt(i);
    if (char === "\\" && quote.length === 1) i += 1;
    else if (char === mark) return quote.length > 1 && text.charAt(i - 1) === "\\" ? i - 1 : i;
    else if (char === "\n") return i;
  }
  return limit;
}

const VALUE_END = /[\s,;&"'`)}\]<>|]/g;
const LINE_END = /[\r\n"'`]|\\[rn"]/g;

function readUntil(text: string, start: number, stop: RegExp): number {
  const end = Math.min(text.length, start + MAX_VALUE);
  const length = text.slice(start, end).search(stop);
  return length < 0 ? end : start + length;
}

function readValue(text: string, keyStart: number, keyEnd: number, strength: KeyStrength): Found | null {
  const before = text.slice(Math.max(0, keyStart - 2), keyStart);
  if (before === "--" && text.charAt(keyEnd) === " ") {
    const end = readUntil(text, keyEnd + 1, VALUE_END);
    return {
      value: text.slice(keyEnd + 1, end),
      start: keyEnd + 1,
      end,
      isQuoted: false,
      isTight: true,
      isKeyQuoted: false,
      separator: " ",
    };
  }
  if (before.endsWith("<") && text.charAt(keyEnd) === ">") {
    const end = readUntil(text, keyEnd + 1, /[<\r\n]/g);
    return {
      value: text.slice(keyEnd + 1, end),
      start: keyEnd + 1,
      end,
      isQuoted: true,
      isTight: true,
      isKeyQuoted: true,
      separator: ">",
    };
  }
  SEPARATOR.lastIndex = keyEnd;
  const match = SEPARATOR.exec(text);
  if (!match) return null;
  const [all, closing = "", gap = "", separator = "", after = "", opening = ""] = match;
  // Only lists of header pairs put a comma between name and value; only quoted keys take a fat arrow.
  if (separator === "," && (strength !== "header" || closing === "")) return null;
  if (separator === "=>" && closing === "") return null;
  const start = keyEnd + all.length;
  let end: number;
  if (opening !== "") end = readQuoted(text, start, opening);
  else end = readUntil(text, start, strength === "header" && separator === ":" ? LINE_END : VALUE_END);
  return {
    value: text.slice(start, end),
    start,
    end,
    isQuoted: opening !== "",
    isTight: gap === "" && after === "",
    isKeyQuoted: closing !== "",
    separator,
  };
}

const SCHEME = /^(?:bearer|basic|token|digest|apikey|negotiate) +/i;
const COOKIE_PAIR = /^[\w!#$%&'*.^`|~+-]{1,200}=[^=>\s]/;

/** A header's value in a log or a payload, not the expression that sets it in code. */
function isHeaderValue({ value, isQuoted, separator }: Found): boolean {
  if (!isQuoted && separator !== ":") return false;
  const bare = value.replace(SCHEME, "");
  if (bare.length < 3 || PLACEHOLDER.test(bare)) return false;
  if (COOKIE_PAIR.test(value) || bare !== value) return true;
  return /[0-9]/.test(value) && !/[\s()]/.test(value);
}

function isSecretValue(found: Found, strength: KeyStrength, next: string): boolean {
  const { value } = found;
  if (value.length < 3 || PLACEHOLDER.test(value) || PATH.test(value)) return false;
  if (strength === "header") return isHeaderValue(found);
  const isNumber = /^[0-9.:]+$/.test(value);
  if (strength === "token" && (value.length < 6 || isNumber)) return false;
  // `src/secret:10:5` is a place in a file.
  if (isNumber && !found.isQuoted && found.separator === ":" && found.isTight && !found.isKeyQuoted) return false;
  if (KEY_NAME.test(value)) return false;
  if (found.isQuoted) return strength !== "token" || !value.includes(" ");
  if (next === "(" || /^[\w$.?]*[([]/.test(value) || CODE_ROOT.test(value)) return false;
  // Unquoted after a quoted key, a name is a variable; in JSON it cannot be.
  if (!IDENTIFIERS.test(value)) return true;
  if (found.isTight && found.separator !== ":") return true;
  return !found.isKeyQuoted && /[0-9]/.test(value) && !value.includes(".");
}

/** Values of keys that are named like secrets: in JSON, query strings, env files, YAML, headers, XML and command lines. */
export function findKeyedSecrets(text: string, lower: string): Span[] {
  const spans: Span[] = [];
  HINT.lastIndex = 0;
  for (let hint = HINT.exec(lower); hint !== null; hint = HINT.exec(lower)) {
    let start = hint.index;
    let end = hint.index + hint[0].length;
    while (start > 0 && hint.index - start < MAX_KEY && KEY_CHAR.test(text.charAt(start - 1))) start -= 1;
    const dashes = /^-{1,2}/.exec(text.slice(start, start + 2))?.[0].length ?? 0;
    start += dashes;
    while (end < text.length && end - hint.index < MAX_KEY && KEY_CHAR.test(text.charAt(end))) end += 1;
    HINT.lastIndex = Math.max(end, hint.index + 1);
    const key = text.slice(start, end);
    const strength = key === "PWD" || key === "OLDPWD" ? null : keyStrength(key);
    if (strength === null) continue;
    const found = readValue(text, start, end, strength);
    if (!found || !isSecretValue(found, strength, text.charAt(found.end))) continue;
    spans.push({ start: found.start, end: found.end, kind: kindOf(key, strength) });
    HINT.lastIndex = Math.max(HINT.lastIndex, found.end);
  }
  return spans;
}

/** Sentry's tokens of before 2023 and other bare hex secrets, when a word of a sentence says what they are. */
const HEX_AFTER_WORD =
  /(?<![A-Za-z0-9])(?:token|secret|api[ _-]?key|password)["']?(?: is)?\s{0,3}[:=]?\s{0,3}["']?([0-9a-f]{32,128})(?![A-Za-z0-9])/gi;

/** Long hexadecimal values right behind a word for a secret. */
export function findNamedHex(text: string): Span[] {
  const spans: Span[] = [];
  for (const match of text.matchAll(HEX_AFTER_WORD)) {
    const end = match.index + match[0].length;
    spans.push({ start: end - (match[1]?.length ?? 0), end, kind: "token" });
  }
  return spans;
}

/** The kind that is shown for a value that only its key gave away. */
export function kindOf(key: string, strength: KeyStrength): string {
  if (strength === "header") return wordsOf(key).at(-1) === "authorization" ? "authorization" : "cookie";
  if (strength === "token") return "token";
  const words = wordsOf(key).join("");
  if (/pass|pwd/.test(words)) return "password";
  if (words.includes("aws")) return "aws_secret_key";
  return /key$/.test(words) ? "api_key" : "secret";
}
