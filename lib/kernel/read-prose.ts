/** What in a comment is not its author's own, present words: quoted replies, code, hidden text, items of a checklist. */
const NOT_SAID: readonly RegExp[] = [
  /<!--[\s\S]*?(?:-->|$)/g,
  /^[ \t]*(`{3,}|~{3,})[\s\S]*?(?:^[ \t]*\1[^\n]*$|$(?![\s\S]))/gm,
  /<(details|blockquote|pre|code|del|s)\b[\s\S]*?(?:<\/\1>|$(?![\s\S]))/gi,
  /^[ \t]*(?:[-*+][ \t]+)?>.*$/gm,
  /^[ \t]*[-*+] \[[ xX]\].*$/gm,
  /^(?: {4,}|\t).*$/gm,
];
/** Each leaves `HOLE`, a word that fits nowhere, so that what surrounds a quotation is not read as if it were whole. */
const QUOTATIONS: readonly RegExp[] = [
  /(`+)[^`]*\1/g,
  /~~[^~]*~~/g,
  /"[^"\n]*"|“[^”\n]*”|„[^“”\n]*[“”]|«[^»\n]*»|「[^」\n]*」|『[^』\n]*』|《[^》\n]*》/g,
  /(?<![\w])[‘'][^'’\n]{2,}['’](?![\w])/g,
  /https?:\/\/\S+/g,
];
export const HOLE = "¤";
const INVISIBLE = /\p{Cf}|\u034f|\u115f|\u1160|\u17b4|\u17b5|\u3164/gu;

/** A comment as lines of its author's own words; what was quoted within a line is a hole. */
export function readProse(comment: string): string {
  const own = NOT_SAID.reduce((text, pattern) => text.replace(pattern, "\n"), comment.replace(/\r\n?/g, "\n"));
  const holed = QUOTATIONS.reduce((text, pattern) => text.replace(pattern, ` ${HOLE} `), own.replace(INVISIBLE, ""));
  return holed.normalize("NFKC").replace(/[’‘]/g, "'");
}
