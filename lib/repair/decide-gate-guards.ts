import { isCommentLine } from "../kernel/read-file-role.ts";
import { REPORTING } from "./gate-errors-model.ts";
import type { Finding, JudgedFile } from "./gate-model.ts";
import { ABOUT_ACCESS, GUARD, PROOF } from "./gate-security-model.ts";

/** Checks and reports that the patch takes away, turns around or answers for good. */
export function decideGuards(files: JudgedFile[]): Finding[] {
  return files
    .filter((file) => file.role === "source")
    .flatMap((file) => [
      ...findFewer(file, GUARD, "guard-removed", "a check of who may do what, or of what comes in, is taken away"),
      ...findFewer(file, REPORTING, "error-reporting", "an error that was reported is not any more"),
      ...findLostProof(file),
      ...findAlwaysYes(file),
      ...findTurned(file),
      ...findUnencrypted(file),
      ...findLoggedSecrets(file),
    ]);
}

function findFewer(file: JudgedFile, pattern: RegExp, rule: string, detail: string): Finding[] {
  const count = (lines: string[]) =>
    lines.filter((line) => pattern.test(line) && !isCommentLine(file.path, line)).length;
  return count(file.deleted) > count(file.added) ? [ask(file, rule, detail)] : [];
}

function findLostProof(file: JudgedFile): Finding[] {
  const proofs = (lines: string[]) =>
    lines.filter((line) => !isCommentLine(file.path, line)).flatMap((line) => line.match(PROOF) ?? []);
  if (proofs(file.deleted).length <= proofs(file.added).length) return [];
  return [ask(file, "guard-removed", "a password, a token or a signature is not checked any more")];
}

const ALWAYS_YES = /(?:^\s*return\s+|=>\s*|->\s*|^\s*)(?:true|True)\s*[;}]?\s*$/;

function findAlwaysYes(file: JudgedFile): Finding[] {
  const text = `${file.path}\n${file.change.hunks.flatMap((hunk) => hunk.lines.map((line) => line.text)).join("\n")}`;
  const isAnswer = (line: string) => /\breturn\b|=>|->/.test(line) && !/\b(?:true|false)\s*;?\s*$/i.test(line);
  const index = file.added.findIndex((line) => ALWAYS_YES.test(line));
  if (index < 0 || !file.deleted.some(isAnswer) || file.added.some(isAnswer) || !ABOUT_ACCESS.test(text)) return [];
  return [ask(file, "guard-removed", "a question about access is now always answered with yes", file.addedAt[index])];
}

/** A condition without what turns it around: two that are the same then differ in nothing else. */
const core = (line: string) =>
  line
    .replace(/&&|\|\||\b(?:and|or)\b/g, "∘")
    .replace(/[!=]==?/g, "≡")
    .replace(/!|\bnot\b/g, "")
    .replace(/\s+/g, "");

function findTurned(file: JudgedFile): Finding[] {
  const isCondition = (line: string) => ABOUT_ACCESS.test(line) && !isCommentLine(file.path, line);
  const before = new Set(file.deleted.filter(isCondition).map(core));
  const same = new Set(file.deleted.map((line) => line.replace(/\s+/g, "")));
  const index = file.added.findIndex(
    (line) =>
      isCondition(line) &&
      before.has(core(line)) &&
      !same.has(line.replace(/\s+/g, "")) &&
      /[!&|=]|\b(?:and|or|not)\b/.test(line),
  );
  if (index < 0) return [];
  return [ask(file, "guard-removed", "a condition about access is turned around", file.addedAt[index])];
}

function findUnencrypted(file: JudgedFile): Finding[] {
  const hosts = (lines: string[], scheme: "http" | "https") =>
    lines.map((line) =>
      [...line.matchAll(new RegExp(`\\b${scheme}://([\\w.-]+)`, "g"))].map((match) => match[1] ?? ""),
    );
  const before = new Set(hosts(file.deleted, "https").flat());
  const index = hosts(file.added, "http").findIndex((found) => found.some((host) => before.has(host)));
  if (index < 0) return [];
  return [ask(file, "security-weakened", "what was sent encrypted is now sent in the clear", file.addedAt[index])];
}

const LOG_CALL =
  /\b(?:console\.\w+|log(?:ger|ging)?\.\w+|Log\.\w+|slog\.\w+|println?!?|printf?|fmt\.F?[pP]rint\w*|puts|echo|error_log|var_dump|NSLog|os_log|System\.(?:out|err)\.print\w*|Rails\.logger\.\w+|tracing::\w+!|(?:info|debug|warn|error|eprintln)!)\s*[( ](?<said>.*)$/;
const SECRET_NAME =
  /(?<![\w])(?!(?:has|is|no|num|max|min|needs?)[A-Z_])[\w.$?]*(?:password(?:_?(?:hash|digest))?|passwd|passphrase|secret|token|api_?key|authorization|credentials?|private_?key|cookies?|card_?number|cvv|ssn|session_?id)(?![\w])/i;

/** What holds secrets whatever it is called: the environment, a whole request. */
const SECRET_SOURCE =
  /\bprocess\.env\.\w*(?:KEY|SECRET|TOKEN|PASS\w*|URL|DSN|CREDENTIALS?)\b|\bos\.environ\b|\bENV\[|\breq(?:uest)?\.(?:body|rawBody|headers)\b|headers\??\.?\[\s*['"](?:authorization|cookie)/i;

/** What a call says beside its fixed texts: `${…}`, `#{…}` and `{…}` of an f-string are values. */
function valuesOf(said: string): string {
  const inner = [...said.matchAll(/[$#]?\{([^{}]*)\}/g)].map((match) => match[1] ?? "").join(" ");
  const isTemplate = /`|\bf["']|#\{|\$\{/.test(said);
  return `${said.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`/g, " ")} ${isTemplate ? inner : ""}`;
}

function findLoggedSecrets(file: JudgedFile): Finding[] {
  const isLeak = (line: string) => {
    const said = LOG_CALL.exec(line.slice(0, 2000))?.groups?.said;
    if (said === undefined || isCommentLine(file.path, line)) return false;
    return SECRET_NAME.test(valuesOf(said)) || SECRET_SOURCE.test(said);
  };
  const before = file.deleted.filter(isLeak).length;
  if (file.added.filter(isLeak).length <= before) return [];
  const index = file.added.findIndex(isLeak);
  return [ask(file, "secret-logged", "what is written to the log looks like a secret", file.addedAt[index])];
}

function ask(file: JudgedFile, rule: string, detail: string, line?: number): Finding {
  return { effect: "require_approval", rule, path: file.path, ...(line !== undefined && { line }), detail };
}
