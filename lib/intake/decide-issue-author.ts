import type { GithubIssueText } from "./issue-text-model.ts";

/**
 * Sentry's GitHub App on sentry.io, by its bot's login: `sentry-io[bot]`, and `sentry[bot]`; GitHub's command line writes
 * `app/…` for either. Nobody can have such a login: user names hold neither brackets nor slashes.
 */
const SENTRY_APPS = new Set(["sentry-io[bot]", "sentry[bot]", "app/sentry-io", "app/sentry"]);
const WRITERS = new Set(["admin", "maintain", "write"]);
const NEAR = new Set(["OWNER", "MEMBER", "COLLABORATOR"]);

/**
 * Whether an issue of Sentry's form is believed: what it says sets repairs going, and on a public repository anybody can
 * open one. Believed are Sentry's own App, and people who could push the repair themselves (Sentry's integration writes
 * in the name of the person who clicked). The permission decides where it was asked for; GitHub's association stands in
 * for it, and may be too small (members whose membership is private).
 */
export function decideIssueAuthor(facts: Pick<GithubIssueText, "author" | "authorAssociation" | "permission">): {
  believed: boolean;
  reason: string;
} {
  const { author, permission } = facts;
  if (!author) return { believed: false, reason: "its author is not known, so nobody vouches for it" };
  const login = author.login.toLowerCase();
  const isBot = author.type ? author.type.toLowerCase() !== "user" : /\[bot\]$|^app\//.test(login);
  if (isBot) {
    const believed = SENTRY_APPS.has(login);
    const who = `${author.login} is ${believed ? "Sentry's own app" : "a bot, and only Sentry's own app is believed"}`;
    return { believed, reason: who };
  }
  if (permission) {
    const believed = WRITERS.has(permission);
    return {
      believed,
      reason: `${author.login} has ${permission} permission${believed ? "" : ", and write is needed"}`,
    };
  }
  const association = facts.authorAssociation?.toUpperCase() || "NONE";
  const believed = NEAR.has(association);
  const lack = believed ? "" : ", an outsider: only Sentry's app and people with write permission are believed";
  return { believed, reason: `${author.login} is ${association} of the repository${lack}` };
}
