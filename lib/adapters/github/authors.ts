import type { HostedAuthor } from "../../repair/feedback-model.ts";

/** GitHub names a bot `x[bot]` in REST and `x` in GraphQL; the account of deleted users is shown as ghost. */
export function authorOf(
  user: { login: string; type?: string | undefined } | null | undefined,
  botLogin: string,
): HostedAuthor {
  const login = (user?.login ?? "ghost").replace(/\[bot\]$/, "");
  const isBot = user?.type === "Bot" || user?.login.endsWith("[bot]") === true;
  return { login, isBot, isOurs: isBot && login === botLogin.replace(/\[bot\]$/, "") };
}

/** Who wrote a node of GraphQL. */
export function authorOfNode(
  actor: { __typename: string; login: string } | null | undefined,
  botLogin: string,
): HostedAuthor {
  return authorOf(actor && { login: actor.login, type: actor.__typename }, botLogin);
}
