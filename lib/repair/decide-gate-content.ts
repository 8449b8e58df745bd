import { redact } from "../kernel/redact.ts";
import type { Finding, GatePolicy, JudgedFile } from "./gate-model.ts";
import { CODE_PATTERNS, GUARD, NETWORK_CALL } from "./gate-patterns-model.ts";
import { isCommentLine } from "./read-file-role.ts";

/** What the changed lines themselves break: hidden text, secrets, code that a repair has no business to add. */
export function decideContent(files: JudgedFile[], policy: GatePolicy): Finding[] {
  const known = knownHosts(files);
  return files.flatMap((file) => [
    ...findHidden(file),
    ...findBlobs(file, policy),
    ...findSecrets(file),
    ...findPatterns(file),
    ...findNewHosts(file, known),
    ...findRemovedGuards(file),
  ]);
}

const INVISIBLE = /[\p{Cf}\u3164\u115f\u1160\uffa0\u2028\u2029\ufe00-\ufe0e\u{e0100}-\u{e01ef}]|[\p{Cc}--[\t\f]]/v;
/** Joiners within emoji and within scripts that need them (Arabic, Indic) are ordinary text. */
const JOINED =
  /(?<=[\p{Extended_Pictographic}\ufe0f\p{Emoji_Modifier}])\u200d(?=\p{Extended_Pictographic})|(?<=[[\p{L}\p{M}]--\p{Script=Latin}])[\u200c\u200d](?=[[\p{L}\p{M}]--\p{Script=Latin}])|(?<=\p{Extended_Pictographic})\ufe0e/gv;

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
    if (text.includes("\ufffd")) return [ask("unreadable-text", file, "an added line holds bytes that are not text")];
    if (/\p{Script=Latin}\p{Script=Cyrillic}|\p{Script=Cyrillic}\p{Script=Latin}/u.test(text)) {
      return [ask("look-alike-letters", file, "an added word mixes Latin and Cyrillic letters")];
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
  return kinds.map((kind) => effect("secret", file, `an added line looks like it holds a credential (${kind})`));
}

/** Whether what redaction takes out of the line could be a real secret: no words of a sentence, not a plain word. */
function holdsRandomValue(line: string): boolean {
  const clean = redact(line).text;
  const start = clean.indexOf("[redacted:");
  if (start < 0) return false;
  const value = line.slice(start, line.length - (clean.length - clean.lastIndexOf("]") - 1));
  return !/\s/.test(value) && (value.length >= 24 || (/\d/.test(value) && /[a-z]/i.test(value)));
}

function findPatterns(file: JudgedFile): Finding[] {
  if (file.role === "docs" || file.role === "test-data") return [];
  const findings: Finding[] = [];
  for (const { rule, effect, where, pattern, detail } of CODE_PATTERNS) {
    const isTestCode = file.role === "test";
    if (where !== "code" && (where === "test") !== isTestCode) continue;
    const isAboutComments = rule === "suppression" || rule === "instructions";
    const isHit = (line: string) =>
      pattern.test(line.slice(0, 4000)) && (isAboutComments || !isCommentLine(file.path, line));
    const added = file.added.filter(isHit).length;
    if (added > 0 && added > file.deleted.filter(isHit).length) {
      findings.push({ effect, rule, path: file.path, detail });
    }
  }
  return findings;
}

const HOST = /\b(?:https?|wss?|ftp):\/\/([\w.-]+|\[[0-9a-f:]+\])/gi;

function hostsOf(line: string): string[] {
  return [...line.matchAll(HOST)].map((match) => (match[1] ?? "").toLowerCase());
}

/** Hosts that the touched files named before, and those that are no hosts of others. */
function knownHosts(files: JudgedFile[]): Set<string> {
  const old = files.flatMap((file) =>
    file.change.hunks.flatMap((hunk) => hunk.lines.filter((line) => line.op !== "+").map((line) => line.text)),
  );
  return new Set(old.flatMap(hostsOf));
}

function findNewHosts(file: JudgedFile, known: Set<string>): Finding[] {
  if (file.role === "docs" || file.role === "test-data") return [];
  const code = file.added.filter((line) => !isCommentLine(file.path, line));
  if (!code.some((line) => NETWORK_CALL.test(line))) return [];
  const isOurs = (host: string) =>
    /^(?:localhost|127\.|0\.0\.0\.0|\[::1\])|(?:^|\.)(?:example\.(?:com|org|net)|test|invalid|local|localhost)$/.test(
      host,
    );
  const hosts = new Set(
    code
      .flatMap((line) => hostsOf(line.replace(/(?<!:)\/\/.*$/, "")))
      .filter((host) => !known.has(host) && !isOurs(host)),
  );
  return [...hosts].slice(0, 3).map((host) => ask("new-host", file, `the code now talks to ${host}`));
}

function findRemovedGuards(file: JudgedFile): Finding[] {
  if (file.role !== "source") return [];
  const count = (lines: string[]) => lines.filter((line) => GUARD.test(line) && !isCommentLine(file.path, line)).length;
  if (count(file.deleted) <= count(file.added)) return [];
  return [ask("guard-removed", file, "a check of who may do what, or of what comes in, is taken away")];
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
