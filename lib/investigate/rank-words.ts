import { stemOf } from "./decide-path.ts";

/**
 * Names and words of an error that may point at files. `subjects` are identifiers that the message calls by their role
 * ("in function gcd") or writes as compounds (`parseBody`, `get-payload`); `quoted` are other quoted words, often mere
 * values; `words` are lower-case for loose overlap with paths.
 */
export type ErrorWords = { subjects: Set<string>; quoted: Set<string>; words: Set<string> };

/** Engine phrases that quote a property of the value at hand: it says nothing about files. */
const PROPERTY_PHRASES =
  /\((?:reading|setting|evaluating) '[^'\n]{0,200}'\)|(?:property|method|properties) ['"`][^'"`\n]{0,200}['"`]/g;
const QUOTED = /["'`]([A-Za-z_$@][\w$@./:-]{1,100})["'`]/g;
const BY_ROLE =
  /\b(?:function|method|class|module|component|rule:?|hook|plugin|handler|service) ["'`]?([A-Za-z_$][\w$/-]{1,80})/gi;
const COMPOUND = /\b[A-Za-z][a-z0-9]+(?:[A-Z][a-z0-9]{0,40}){1,8}\b|\b[a-z][a-z0-9]*(?:[-_][a-z0-9]+){1,8}\b/g;
const COMMON = new Set(
  (
    "the and for not was has have with from this that null undefined object string number boolean array function " +
    "property properties read reading cannot error value type invalid expected unexpected must required actual index " +
    "occurred while more than argument arguments supported failed found unable could call method class module test tests " +
    "input output true false name line char file generic anonymous"
  ).split(" "),
);

/** The spellings under which a file could carry an identifier: as written, kebab-case, snake_case, lower case. */
export function spellingsOf(name: string): string[] {
  const kebab = name
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .replaceAll("_", "-")
    .toLowerCase();
  return [...new Set([name, kebab, kebab.replaceAll("-", "_"), kebab.replaceAll("-", "")])];
}

/** Lower-case parts of an identifier or path: `getPayload` and `get-payload` give the same. */
export function partsOf(text: string): string[] {
  return text
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((part) => part.length >= 4 && !COMMON.has(part));
}

function namesIn(message: string, pattern: RegExp): string[] {
  const names: string[] = [];
  for (const match of message.matchAll(pattern)) {
    const name = stemOf((match[1] ?? match[0]).replaceAll(":", "/"));
    if (name.length >= 3 && !COMMON.has(name.toLowerCase())) names.push(name);
  }
  return names;
}

/** Reads what an error's type and message say about files. Only the first 2,000 characters are read. */
export function readErrorWords(errorType: string | null, errorMessage: string | null): ErrorWords {
  const message = (errorMessage ?? "").slice(0, 2_000).replace(PROPERTY_PHRASES, " ");
  const subjects = new Set([...namesIn(message, BY_ROLE), ...namesIn(message, COMPOUND)]);
  const quoted = new Set(namesIn(message, QUOTED).filter((name) => !subjects.has(name)));
  const words = new Set(partsOf(message));
  if (errorType && !/^(?:Type|Range|Syntax|Reference|Eval|URI|Aggregate)?Error$/.test(errorType)) {
    for (const part of partsOf(errorType.replace(/(?:Error|Exception)$/, ""))) words.add(part);
  }
  return { subjects, quoted, words };
}
