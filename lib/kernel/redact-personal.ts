import type { Span } from "./redact-tokens.ts";

const LOCAL_CHAR = /[A-Za-z0-9._%+'-]/;
const DOMAIN = /(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})\.){1,8}[A-Za-z]{2,24}(?![A-Za-z0-9_-])/y;
/** `logo@2x.png` and `chunk@main.js` are files. */
const FILE_SUFFIX =
  /\.(?:png|jpe?g|gif|svg|webp|avif|ico|[cm]?[jt]sx?|css|scss|json|map|html?|md|vue|svelte|wasm|ya?ml|toml|lock|txt|tgz|gz|zip)$/i;
const MAX_LOCAL = 64;

/** E-mail addresses: found by their `@` and read outwards from it, so that no text is read twice. */
export function findEmails(text: string): Span[] {
  const spans: Span[] = [];
  for (let at = text.indexOf("@"); at >= 0; at = text.indexOf("@", at + 1)) {
    let start = at;
    while (start > 0 && at - start < MAX_LOCAL && LOCAL_CHAR.test(text.charAt(start - 1))) start -= 1;
    while (start < at && /[.'%-]/.test(text.charAt(start))) start += 1;
    // What stands before the host of a URL is a user name, or the public key of a Sentry DSN.
    if (start === at || text.slice(Math.max(0, start - 3), start) === "://") continue;
    DOMAIN.lastIndex = at + 1;
    if (!DOMAIN.test(text)) continue;
    const end = DOMAIN.lastIndex;
    const isRemote = text.slice(start, at) === "git" && /[:/]/.test(text.charAt(end));
    if (isRemote || FILE_SUFFIX.test(text.slice(at + 1, end))) continue;
    spans.push({ start, end, kind: "email" });
  }
  return spans;
}

const USERINFO = /[^\s/?#"'`<>\\@]{1,300}@/y;
const SCHEME_CHAR = /[A-Za-z0-9+.-]/;

/** User and password before the host of a URL. A user alone stays: in a Sentry DSN it is a public key. */
export function findUrlCredentials(text: string): Span[] {
  const spans: Span[] = [];
  for (let at = text.indexOf("://"); at >= 0; at = text.indexOf("://", at + 3)) {
    if (at === 0 || !SCHEME_CHAR.test(text.charAt(at - 1))) continue;
    USERINFO.lastIndex = at + 3;
    if (!USERINFO.test(text)) continue;
    let end = USERINFO.lastIndex - 1;
    // A password may hold an @ of its own: the last one before the host's end decides.
    USERINFO.lastIndex = end + 1;
    if (USERINFO.test(text)) end = USERINFO.lastIndex - 1;
    const userinfo = text.slice(at + 3, end);
    const colon = userinfo.indexOf(":");
    const password = colon >= 0 ? userinfo.slice(colon + 1) : "";
    if (
      password === "" ||
      userinfo.startsWith("[redacted:") ||
      /^(?:\*+|\[redacted.*|\$\{?\w+\}?|x{3,})$/i.test(password)
    )
      continue;
    spans.push({ start: at + 3, end, kind: "url_credentials" });
  }
  return spans;
}

const IPV4 = /(?<![\w.])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![\w]|\.[0-9])/g;

function isPublicIpv4(address: string): boolean {
  const [a = 256, b = 256, c = 256, d = 256] = address
    .split(".")
    .map((part) => (part.length > 1 && part.startsWith("0") ? 256 : Number(part)));
  if (a > 255 || b > 255 || c > 255 || d > 255) return false;
  if (a === 0 || a === 10 || a === 127 || a >= 224) return false;
  if (a === 100 && b >= 64 && b <= 127) return false;
  if ((a === 169 && b === 254) || (a === 192 && b === 168)) return false;
  return !(a === 172 && b >= 16 && b <= 31);
}

/** `pkg@1.2.3.4`, `Chrome/1.2.3.4`, `v1.2.3.4`, “version 1.2.3.4” and “section 4.6.1.2” are no addresses. */
function isVersion(text: string, start: number): boolean {
  const before = text.slice(Math.max(0, start - 16), start);
  if (
    /(?:\bversion|\brelease|\bbuild|\bver\.?|\bsection|\bstep|\bchapter|\/\/|§)["']?[\s:=*]{0,4}["']?$/i.test(before)
  ) {
    return !/:\/\/$/.test(before);
  }
  if (before.endsWith("@")) return !/:\/\/[^/]*@$/.test(text.slice(Math.max(0, start - 100), start));
  return /[^/]\/$|-$/.test(before);
}

const IPV6 = /(?<![\w:.])[23][0-9a-fA-F]{3}:[0-9a-fA-F:]{2,36}(?![\w:])/g;

function isIpv6(address: string): boolean {
  const halves = address.split("::");
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === "" ? [] : half.split(":")));
  if (groups.some((group) => group.length === 0 || group.length > 4)) return false;
  return halves.length === 2 ? groups.length <= 7 : groups.length === 8;
}

/** Public IPv4 addresses and global unicast IPv6 addresses. Private, loopback and link-local ones name nobody. */
export function findAddresses(text: string): Span[] {
  const spans: Span[] = [];
  for (const { index, 0: address } of text.matchAll(IPV4)) {
    if (isPublicIpv4(address) && !isVersion(text, index))
      spans.push({ start: index, end: index + address.length, kind: "ip_address" });
  }
  if (!text.includes(":")) return spans;
  for (const { index, 0: address } of text.matchAll(IPV6)) {
    if (isIpv6(address)) spans.push({ start: index, end: index + address.length, kind: "ip_address" });
  }
  return spans;
}

const CARD =
  /(?<![\w.-])[2-6][0-9]{3}[ -]?[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{2,7}(?![\w-]|\.[0-9])|(?<![\w.-])3[47][0-9]{2}[ -]?[0-9]{6}[ -]?[0-9]{5}(?![\w-]|\.[0-9])/g;
/** Issuers and the lengths of their numbers: Visa, Mastercard, Amex, Discover, JCB, Diners. */
const ISSUER =
  /^(?:4[0-9]{15}|4[0-9]{18}|5[1-5][0-9]{14}|2(?:22[1-9]|2[3-9][0-9]|[3-6][0-9]{2}|7[01][0-9]|720)[0-9]{12}|3[47][0-9]{13}|6(?:011|5[0-9]{2}|4[4-9][0-9])[0-9]{12}|35[0-9]{14}|3(?:0[0-5]|[68][0-9])[0-9]{11})$/;

function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i += 1) {
    const digit = Number(digits[digits.length - 1 - i]);
    const doubled = i % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

const IBAN = /(?<![A-Za-z0-9])[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![A-Za-z0-9])/g;

/** ISO 13616: the first four characters go last, letters count from 10, and the number is 1 modulo 97. */
function passesIban(iban: string): boolean {
  if (iban.length < 15 || iban.length > 34) return false;
  let remainder = 0;
  for (const char of iban.slice(4) + iban.slice(0, 4)) {
    const value = Number.parseInt(char, 36);
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97;
  }
  return remainder === 1;
}

const SSN = /(?<![\w-])(?!000|666|9)[0-9]{3}-(?!00)[0-9]{2}-(?!0000)[0-9]{4}(?![\w-])/g;
const INTERNATIONAL_PHONE =
  /(?<![\w+.])\+[1-9][0-9]{0,2}[ .-]?(?:\([0-9]{1,4}\)[ .-]?)?[0-9]{1,5}(?:[ .-]?[0-9]{2,6}){1,4}(?![\w.]?[0-9])/g;
const US_PHONE = /(?<![\w.-])\([2-9][0-9]{2}\) ?[2-9][0-9]{2}[-. ][0-9]{4}(?![\w-])/g;
const NAMED_PHONE =
  /\b(?:phone|tel|telephone|mobile|cell|fax|call)(?: ?(?:number|no\.?|nr\.?))?["']?[ :=]{1,3}["']?([0-9(][0-9() .-]{6,16}[0-9])(?![\w-])/gi;

const digitsOf = (text: string): string => text.replace(/\D/g, "");

/** Card numbers, IBANs, US social security numbers (only where the text says so) and telephone numbers in clear forms. */
export function findPersonalNumbers(text: string, lower: string): Span[] {
  const spans: Span[] = [];
  const push = (pattern: RegExp, kind: string, isReal: (match: string, index: number) => boolean) => {
    for (const match of text.matchAll(pattern)) {
      const value = match[1] ?? match[0];
      const end = match.index + match[0].length;
      if (isReal(value, match.index)) spans.push({ start: end - value.length, end, kind });
    }
  };
  push(CARD, "credit_card", (value, index) => {
    const digits = digitsOf(value);
    // One in ten of the long ids that providers give also passes Luhn's check.
    const isNamedId =
      digits === value && /id["']?\s{0,3}[:=]\s{0,3}["']?$/i.test(text.slice(Math.max(0, index - 12), index));
    return !isNamedId && ISSUER.test(digits) && passesLuhn(digits);
  });
  push(IBAN, "iban", (value) => passesIban(value.replaceAll(" ", "")));
  if (lower.includes("ssn") || lower.includes("social security")) {
    push(SSN, "ssn", (_value, index) => /\bssn|social security/.test(lower.slice(Math.max(0, index - 60), index)));
  }
  if (text.includes("+"))
    push(INTERNATIONAL_PHONE, "phone", (value) => digitsOf(value).length >= 10 && digitsOf(value).length <= 15);
  push(US_PHONE, "phone", () => true);
  if (/phone|tel|mobile|cell|fax|call/.test(lower)) {
    push(
      NAMED_PHONE,
      "phone",
      (value) =>
        (digitsOf(value).length >= 7 && digitsOf(value).length <= 15 && /[ ().-]/.test(value)) ||
        digitsOf(value).length === 10,
    );
  }
  return spans;
}
