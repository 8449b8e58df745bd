import { oneLine } from "../kernel/quiet-text.ts";

const SHOWN = 4;

/** One line for the timeline: what was said, and what it was taken for. */
export function composeFeedbackSummary(
  pullNumber: number,
  items: readonly { kind: string; author: string; verdict: string; reason: string; path?: string | null | undefined }[],
): string {
  const shown = items.slice(0, SHOWN).map((item) => {
    const who = oneLine(item.author, 60);
    const where = item.path ? ` on ${oneLine(item.path, 80)}` : "";
    const what =
      item.verdict === "actionable" ? "" : `: ${item.verdict.replaceAll("_", " ")}, ${oneLine(item.reason, 160)}`;
    return `${item.kind === "check" ? `check ${who}` : `${who}${where}`}${what}`;
  });
  const more = items.length > SHOWN ? `, and ${items.length - SHOWN} more` : "";
  const asking = items.filter((item) => item.verdict === "actionable").length;
  return `pull request #${pullNumber}: ${asking} of ${items.length} new remarks ask for a change (${shown.join("; ")}${more})`;
}
