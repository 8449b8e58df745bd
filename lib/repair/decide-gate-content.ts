import { isCommentLine } from "../kernel/read-file-role.ts";
import { redact } from "../kernel/redact.ts";
import { ERROR_PATTERNS } from "./gate-errors-model.ts";
import type { Finding, GatePolicy, JudgedFile } from "./gate-model.ts";
import { CODE_PATTERNS } from "./gate-patterns-model.ts";
import { SECURITY_PATTERNS } from "./gate-security-model.ts";
import { TEST_PATTERNS } from "./gate-tests-model.ts";

/** What the changed lines themselves break: hidden text, secrets, code that a repair has no business to add. */
export function decideContent(files: JudgedFile[], policy: GatePolicy): Finding[] {
  return files.flatMap((file) => [
    ...findHidden(file),
    ...findBlobs(file, policy),
    ...findSecrets(file),
    ...findPatterns(file),
  ]);
}

const INVISIBLE = /[\p{Cf}\u3164\u115f\u1160\uffa0\u2028\u2029\ufe00-\ufe0e\u{e0100}-\u{e01ef}]|[\p{Cc}--[\t\f]]/v;
/** Joiners within emoji and within scripts that need them (Arabic, Indic) are ordinary text. */
const JOINED =
  /(?<=[\p{Extended_Pictographic}\ufe0f\p{Emoji_Modifier}])\u200d(?=\p{Extended_Pictographic})|(?<=[[\p{L}\p{M}]--\p{Script=Latin}])[\u200c\u200d](?=[[\p{L}\p{M}]--\p{Script=Latin}])|(?<=\p{Extended_Pictographic})\ufe0e/gv;

const OTHER_SCRIPT = "[\\p{Script=Cyrillic}\\p{Script=Armenian}\\p{Script=Cherokee}ΑΒΕΖΗΙΚΜΝΟΡΤΥΧονρ]";
/** A word of two alphabets; letters of mathematics, which are Latin ones to the eye. */
const LOOK_ALIKE = new RegExp(
  `\\p{Script=Latin}${OTHER_SCRIPT}|${OTHER_SCRIPT}\\p{Script=Latin}|[\\u{1d400}-\\u{1d7cb}]`,
  "u",
);

function findHidden(file: JudgedFile): Finding[] {
  const fresh = newLines(file);
  for (const [index, line] of fresh.entries()) {
    const isFirst = index === 0 && file.change.hunks[0]?.newStart === 1;
    const text = (isFirst ? line.replace(/^\ufeff/, "") : line).replace(/\r$/, "").replace(JOINED, "");
    if (INVISIBLE.test(text)) {
      return [
        deny(
          "hidden-characters",
          file,
          "an added line holds characters that do not show or turn the direction of text",
        ),
      ];
    }
    if (/\S[ \t]{80,}\S/.test(text) && file.role !== "test-data" && file.role !== "docs") {
      return [deny("hidden-characters", file, "code stands so far to the right that nobody sees it")];
    }
    if (text.includes("\ufffd")) return [ask("unreadable-text", file, "an added line holds bytes that are not text")];
    if (LOOK_ALIKE.test(text)) {
      return [ask("look-alike-letters", file, "an added word mixes Latin letters with others that look like them")];
    }
  }
  return [];
}

const BASE64_RUN = /[A-Za-z0-9+/=_-]{400,}/;
const BASE64_PIECE = /[A-Za-z0-9+/]{44,}={0,2}/;

function findBlobs(file: JudgedFile, policy: GatePolicy): Finding[] {
  if (file.role === "test-data") return [];
  const findings: Finding[] = [];
  const fresh = newLines(file);
  const effect = file.role === "test" || file.role === "docs" ? ask : deny;
  if (fresh.some((line) => BASE64_RUN.test(line)) || longestPieces(fresh) >= 6) {
    findings.push(effect("encoded-blob", file, "more than 400 characters of encoded data that nobody can read"));
  }
  const longest = Math.max(0, ...fresh.map((line) => line.length));
  if (longest > policy.maxLineLength) {
    findings.push(
      effect(
        "long-line",
        file,
        `a line of ${longest} characters, where ${policy.maxLineLength} are allowed: it cannot be reviewed`,
      ),
    );
  }
  return findings;
}

/** The longest run of lines that each carry a piece of encoded data. */
function longestPieces(lines: string[]): number {
  let run = 0;
  let longest = 0;
  for (const line of lines) {
    const piece = BASE64_PIECE.exec(line)?.[0] ?? "";
    const isPiece =
      /[A-Z]/.test(piece) &&
      /[a-z]/.test(piece) &&
      /\d/.test(piece) &&
      !/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(piece) &&
      !/sha\d{3}-/.test(line);
    run = isPiece ? run + 1 : 0;
    longest = Math.max(longest, run);
  }
  return longest;
}

/** What redaction takes out for people's sake; no credential. */
const PERSONAL = new Set(["email", "ip_address", "phone", "credit_card", "iban", "ssn"]);
/** Kinds that only the name before a value gave away; `"password": "Passwort"` of a translation is none. */
const GUESSED = new Set([
  "password",
  "secret",
  "token",
  "api_key",
  "aws_secret_key",
  "cookie",
  "authorization",
  "basic_auth",
  "url_credentials",
]);

/** Credentials that are new: what a moved or edited line already held is not this patch's doing. */
function findSecrets(file: JudgedFile): Finding[] {
  const before = new Map(redact(file.deleted.join("\n")).found.map(({ kind, count }) => [kind, count]));
  const fresh = redact(file.added.join("\n")).found.filter(
    ({ kind, count }) => !PERSONAL.has(kind) && count > (before.get(kind) ?? 0),
  );
  const known = fresh.filter(({ kind }) => !GUESSED.has(kind));
  const isGuessed =
    file.role !== "docs" && fresh.length > known.length && newLines(file).some((line) => holdsRandomValue(line));
  const effect = file.role === "source" ? deny : ask;
  const kinds = [...known.map(({ kind }) => kind), ...(isGuessed ? ["by its name"] : [])];
  if (kinds.length === 0 && file.role === "source" && newLines(file).some(holdsNoise))
    return [ask("secret", file, "an added line holds a long random text, as keys are")];
  return kinds.map((kind) => effect("secret", file, `an added line looks like it holds a credential (${kind})`));
}

const NOISE = /['"`]([A-Za-z0-9+/_-]{32,100})={0,2}['"`]/;
/** Bits a character; text of people and names of code have about 4, keys in base64 near 5. */
const NOISY = 4.4;

function holdsNoise(line: string): boolean {
  const value = NOISE.exec(line.slice(0, 2000))?.[1] ?? "";
  const hasAll = /[a-z]/.test(value) && /[A-Z]/.test(value) && /\d/.test(value);
  if (!hasAll || /sha\d{3}-|integrity/.test(line)) return false;
  const counts = new Map<string, number>();
  for (const char of value) counts.set(char, (counts.get(char) ?? 0) + 1);
  const bits = [...counts.values()].reduce((sum, n) => sum - (n / value.length) * Math.log2(n / value.length), 0);
  return bits >= NOISY;
}

/** Whether what redaction takes out of the line could be a real secret: no words of a sentence, not a plain word. */
function holdsRandomValue(line: string): boolean {
  const clean = redact(line).text;
  const start = clean.indexOf("[redacted:");
  if (start < 0) return false;
  const value = line.slice(start, line.length - (clean.length - clean.lastIndexOf("]") - 1));
  return !/\s/.test(value) && (value.length >= 24 || (/\d/.test(value) && /[a-z]/i.test(value)));
}

const PATTERNS = [...CODE_PATTERNS, ...SECURITY_PATTERNS, ...ERROR_PATTERNS, ...TEST_PATTERNS];

function findPatterns(file: JudgedFile): Finding[] {
  if (file.role === "docs" || file.role === "test-data") return [];
  const findings: Finding[] = [];
  for (const { rule, effect, where, pattern, detail, files, inComments } of PATTERNS) {
    if (where !== "code" && (where === "test") !== (file.role === "test")) continue;
    if (files !== undefined && !files.test(file.path)) continue;
    const isHit = (line: string) =>
      pattern.test(line.slice(0, 4000)) && (inComments === true || !isCommentLine(file.path, line));
    const first = file.added.findIndex(isHit);
    if (first < 0 || file.added.filter(isHit).length <= file.deleted.filter(isHit).length) continue;
    const line = file.addedAt[first];
    findings.push({ effect, rule, path: file.path, ...(line !== undefined && { line }), detail });
  }
  return findings;
}

/** Added lines that did not stand in the file before, so that a moved line is not held against the patch. */
function newLines(file: JudgedFile): string[] {
  const before = new Set(file.deleted);
  return file.added.filter((line) => !before.has(line));
}

function deny(rule: string, file: JudgedFile, detail: string): Finding {
  return { effect: "deny", rule, path: file.path, detail };
}

function ask(rule: string, file: JudgedFile, detail: string): Finding {
  return { effect: "require_approval", rule, path: file.path, detail };
}
