import { quietTitle } from "../kernel/quiet-text.ts";
import type { Round } from "./feedback-model.ts";

const SHOWN = 10;

/** Headline and body of a round's commit: what was asked for, and by whom. */
export function composeRoundCommit(round: Round): { headline: string; body: string } {
  const remarks = round.items.filter((item) => item.kind !== "conflict");
  const isChecks = remarks.length > 0 && remarks.every((item) => item.kind === "check");
  const headline =
    round.mode === "redo"
      ? "fix: bring the repair onto the base as it is now"
      : `fix: ${isChecks ? "what failing checks found" : "what review asked for"}`;
  const lines = remarks.slice(0, SHOWN).map((item) => {
    const where = item.path === null ? "" : `${quietTitle(item.path, 100)}: `;
    return `- ${where}${quietTitle(item.text, 120)} (${quietTitle(item.author, 60)})`;
  });
  const more = remarks.length > SHOWN ? [`- and ${remarks.length - SHOWN} more`] : [];
  return { headline, body: [...lines, ...more].join("\n") };
}
