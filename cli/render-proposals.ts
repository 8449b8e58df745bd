import type { Proposed } from "../lib/backlog/model.ts";

/** Each proposal on a line of its own, with what becomes of it, and the sum. */
export function renderProposals(proposals: readonly Proposed[]): string[] {
  const lines = proposals.map(
    ({ outcome, from, title, reason }) =>
      `${outcome.replaceAll("_", " ").padEnd(13)}${from.padEnd(28)} ${title.slice(0, 70)}\n${"".padEnd(13)}${reason}`,
  );
  const count = (outcome: Proposed["outcome"]) => proposals.filter((one) => one.outcome === outcome).length;
  const fresh = count("created") + count("would_create");
  return [
    ...lines,
    `${proposals.length} found: ${fresh} new, ${count("known")} known, ${count("duplicate")} duplicates`,
  ];
}
