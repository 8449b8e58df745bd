const TOKEN = /^(apr_[0-9a-z]{10,40})\.[0-9a-f]{40}$/;

/** The id of the approval that a token names, or null where the text is no token. */
export function readApprovalId(token: string): string | null {
  return TOKEN.exec(token)?.[1] ?? null;
}

/** The token after `/patchpilot rollback` on a comment's first line; null where there is none: then an offer is asked for. */
export function readRollbackToken(comment: string): string | null {
  return /^\/patchpilot[ \t]+rollback[ \t]+`?([^\s`]+)/i.exec(comment.trimStart())?.[1]?.slice(0, 200) ?? null;
}
