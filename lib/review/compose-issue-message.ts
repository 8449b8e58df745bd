import { type Fence, oneLineOf, renderFiles, renderWords } from "./render-material.ts";

export interface SimilarIssue {
  kind: "issue" | "pull";
  number: number;
  title: string;
  state: "open" | "closed";
  url: string;
}

/** The message for a first answer to an issue: its words, what is similar, and the files that its words name. */
export function composeIssueMessage(
  material: {
    issue: { number: number; title: string; body: string };
    similar: readonly SimilarIssue[];
    texts: readonly { path: string; text: string }[];
  },
  { mark, limit }: Fence,
): string {
  const { issue, similar, texts } = material;
  const found = similar
    .slice(0, 12)
    .map(({ kind, number, state, title }) => `- ${kind} #${number} (${state}): ${oneLineOf(title, 200)}`);
  const parts = [
    renderWords(`#${issue.number} ${issue.title}\n\n${issue.body}`, {
      mark,
      source: "the issue, as it was opened",
      limit: Math.min(12_000, Math.floor(limit * 0.4)),
    }),
    renderWords(found.join("\n") || "none was found", {
      mark,
      source: "similar issues and pull requests",
      limit: 3_000,
    }),
  ];
  const end = "Answer the issue.";
  const left = limit - parts.reduce((sum, part) => sum + part.length + 2, end.length);
  return [...parts, ...renderFiles(texts, { mark, limit: left }), end].join("\n\n");
}
