import { readProse } from "./read-prose.ts";

const COMMAND = /^\/(?:patchpilot(?:[ \t]+([a-z-]+))?|(generate-fix)|(implement))(?![\w/.-])/i;

/**
 * The command's word on the comment's first line (`fix` for its aliases, `status` when none is named), or null. What is
 * quoted, code or hidden is nobody's command.
 */
export function readCommandWord(comment: string): string | null {
  const isOwn = readProse(comment).trimStart().startsWith("/");
  const match = isOwn ? COMMAND.exec(comment.trimStart()) : null;
  if (match === null) return null;
  if (match[2] !== undefined || match[3] !== undefined) return "fix";
  return match[1]?.toLowerCase() ?? "status";
}

/** Whether a comment speaks to us. */
export function isCommandText(comment: string): boolean {
  return readCommandWord(comment) !== null;
}
