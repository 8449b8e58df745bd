import { oneLine, quietMarkdown, quietTitle } from "../kernel/quiet-text.ts";
import type { ChecklistItem, Finding, Proposal } from "./model.ts";

const MAX_PLACES = 20;
const code = (text: string) => `\`${oneLine(text, 200).replace(/`/g, "'")}\``;
const place = ({ path, line }: { path: string; line: number }) => `${path}:${line}`;
const FOOT =
  "A person with write permission can have it done: `/patchpilot plan` for a plan first, `/patchpilot fix` to begin. Closed, it is not proposed again.";

/** The issue that an item of a checklist becomes. */
export function composeItemProposal(item: ChecklistItem, mark: string): Proposal {
  const under = item.heading === null ? "" : `, under "${quietMarkdown(item.heading, 120)}"`;
  return {
    mark,
    title: quietTitle(item.text.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1"), 160),
    body: `${quietMarkdown(item.text, 1_000)}\n\nFrom the checklist in ${code(item.path)}, line ${item.line}${under}.\n\n${FOOT}`,
    from: place(item),
  };
}

/** The issue that findings of one kind become: a mark in the code by itself, an analyser's rule with all its places. */
export function composeFindingProposal(findings: readonly [Finding, ...Finding[]], mark: string): Proposal {
  const [first] = findings;
  const isMark = first.tool === "todo" || first.tool === "fixme";
  const count = `${findings.length} place${findings.length === 1 ? "" : "s"}`;
  const shown = findings.slice(0, MAX_PLACES).map((one) => `- ${code(place(one))}: ${quietMarkdown(one.text, 300)}`);
  const rest = findings.length - shown.length;
  return {
    mark,
    title: isMark
      ? quietTitle(`${first.tool.toUpperCase()}: ${first.text}`, 160)
      : quietTitle(`${first.tool}: ${first.rule} in ${count}`, 160),
    body: `${isMark ? "A comment in the code asks for it" : `${quietMarkdown(first.tool, 60)} reports it`}:\n\n${shown.join("\n")}${rest > 0 ? `\n- and ${rest} more` : ""}\n\n${FOOT}`,
    from: place(first),
  };
}

/** The draft that names the issues in the files that they come from. */
export function composeLinkDraft(links: readonly { path: string; line: number; number: number }[]): {
  title: string;
  body: string;
} {
  const lines = links.slice(0, 100).map(({ path, line, number }) => `- ${code(`${path}:${line}`)}: #${number}`);
  return {
    title: `docs: name ${links.length} issue${links.length === 1 ? "" : "s"} in the backlog`,
    body: `Items of the repository's checklists are issues now; this names them where they come from, so that nobody opens them twice. Nothing else changes.\n\n${lines.join("\n")}`,
  };
}
