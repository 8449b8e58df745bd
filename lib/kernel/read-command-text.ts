const COMMAND = /^\/(?:patchpilot(?:\s+([a-z-]+))?|(generate-fix)|(implement))\b/;

/** The command's word on the comment's first line (`fix` for its aliases, `status` when none is named), or null. */
export function readCommandWord(comment: string): string | null {
  const match = COMMAND.exec(comment.trimStart());
  if (match === null) return null;
  if (match[2] !== undefined || match[3] !== undefined) return "fix";
  return match[1] ?? "status";
}

/** Whether a comment speaks to us. */
export function isCommandText(comment: string): boolean {
  return readCommandWord(comment) !== null;
}
