interface Commander {
  login: string;
  /** The host's kind of account: `User`, `Bot`, `Organization`. */
  type: string;
  permission: "admin" | "maintain" | "write" | "triage" | "read" | "none";
}

/** Whether this author's word counts at all. */
export function mayCommand(author: Commander): { allowed: boolean; reason: string } {
  if (author.type !== "User" || /\[bot\]$/i.test(author.login)) {
    const kind = author.type === "User" ? "Bot" : author.type;
    return { allowed: false, reason: `${author.login} is a ${kind}, and only people are obeyed` };
  }
  if (author.permission !== "admin" && author.permission !== "maintain" && author.permission !== "write") {
    return {
      allowed: false,
      reason: `${author.login} has ${author.permission} permission, and write is needed`,
    };
  }
  return { allowed: true, reason: `${author.login} has ${author.permission} permission` };
}
