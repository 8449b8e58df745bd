import type { EarlierFinding } from "./decide-findings.ts";
import type { ReviewThread } from "./ports.ts";
import { type Fence, oneLineOf, renderEarlier, renderFiles, renderWords } from "./render-material.ts";

const MOST_COMMENTS = 12;

/** The message for a reply under a comment of ours: the finding, what was said, and the file as it is now. */
export function composeReplyMessage(
  material: {
    finding: EarlierFinding;
    comments: ReviewThread["comments"];
    /** The file at the head; null: it is gone or cannot be read. */
    file: { path: string; text: string } | null;
  },
  { mark, limit }: Fence,
): string {
  const { finding, comments, file } = material;
  const said = comments
    .slice(-MOST_COMMENTS)
    .map(({ author, text }) => `- ${author.isOurs ? "you" : oneLineOf(author.login, 60)}: ${oneLineOf(text, 1_500)}`);
  const parts = [
    renderWords(renderEarlier([finding]), { mark, source: "your comment", limit: 2_000 }),
    renderWords(said.join("\n"), { mark, source: "what was said below it, oldest first", limit: 8_000 }),
  ];
  const end = "Reply to the last comment that is not yours.";
  const left = limit - parts.reduce((sum, part) => sum + part.length + 2, end.length);
  const around = file === null ? null : { path: file.path, text: file.text };
  const shown = around === null ? ["The file cannot be read now."] : renderFiles([around], { mark, limit: left });
  return [...parts, ...shown, end].join("\n\n");
}
